namespace OAuthClient;

/// <summary>An API, or the gateway before it, answered with a status that is no success. Thrown by <see cref="OAuth2HttpResponseMessageExtensions.EnsureApiSuccessAsync"/>.</summary>
/// <remarks>The message says method, address without its query, status and code, what that means and what to do. It holds no secret.</remarks>
public sealed class OAuth2ApiException : HttpRequestException
{
    /// <summary>Creates the exception, for instance to stand in for a real one in a test.</summary>
    /// <param name="message">What happened and what to do.</param>
    /// <param name="statusCode">The answer's status.</param>
    /// <param name="gatewayError">What the gateway says; null where it was not the gateway that answered.</param>
    /// <param name="innerException">The cause, where there is one.</param>
    public OAuth2ApiException(string message, HttpStatusCode statusCode, GatewayError? gatewayError = null, Exception? innerException = null)
        : base(message, innerException, statusCode) => GatewayError = gatewayError;

    /// <summary>What the gateway says; null where its answer is none of a gateway that is known here, such as an error of the API itself.</summary>
    public GatewayError? GatewayError { get; }
}
