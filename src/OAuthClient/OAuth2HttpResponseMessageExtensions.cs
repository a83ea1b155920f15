namespace OAuthClient;

/// <summary>What an answer says that is an error.</summary>
public static class OAuth2HttpResponseMessageExtensions
{
    /// <summary>Reads what a gateway of WSO2 says in an answer that is an error, in each of the shapes that they have, whatever its Content-Type says.</summary>
    /// <remarks>
    /// At most 64 KiB of the content are read, for ten seconds at most, and nothing of it is lost: read it from <see cref="HttpResponseMessage.Content"/>
    /// afterwards, which may be another object by then, and not from a stream that was taken before. So it is for answers that are streamed
    /// (<see cref="HttpCompletionOption.ResponseHeadersRead"/>) too. Content that breaks off, is no text, or is anything else, throws nothing. The first
    /// error of each code that is read of a client's calls is logged.
    /// </remarks>
    /// <param name="response">The answer, to a call of any HttpClient.</param>
    /// <param name="cancellationToken">Ends the reading; the rest of the content may then be lost.</param>
    /// <returns>What the gateway says; null for a status below 400, and where it was not a gateway that answered, or not in a way that is known here.</returns>
    /// <exception cref="OperationCanceledException">The reading was cancelled.</exception>
    public static ValueTask<GatewayError?> ReadGatewayErrorAsync(this HttpResponseMessage response, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(response);
        return GatewayAnswer.ReadAsync(response, cancellationToken);
    }

    /// <summary>Returns an answer that is a success (2xx), and throws for any other: as <see cref="HttpResponseMessage.EnsureSuccessStatusCode"/>, with what the gateway says.</summary>
    /// <remarks>Nothing is disposed, as by EnsureSuccessStatusCode: the answer stays its owner's, and its content can still be read, as after <see cref="ReadGatewayErrorAsync"/>.</remarks>
    /// <param name="response">The answer, to a call of any HttpClient.</param>
    /// <param name="cancellationToken">Ends the reading of what the gateway says.</param>
    /// <returns>The same answer.</returns>
    /// <exception cref="OAuth2ApiException">The status is no success; the message says what it means and what to do.</exception>
    /// <exception cref="OperationCanceledException">The reading was cancelled.</exception>
    public static ValueTask<HttpResponseMessage> EnsureApiSuccessAsync(this HttpResponseMessage response, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(response);
        return GatewayAnswer.EnsureSuccessAsync(response, cancellationToken);
    }
}
