using Microsoft.Extensions.Logging.Abstractions;
using OAuthClient.DependencyInjection;

namespace OAuthClient;

/// <summary>The handler without a container, for a script or a test.</summary>
public static class OAuth2Handler
{
    /// <summary>
    /// Creates a handler that puts the client's token on every request. Keep it, and the <see cref="HttpClient"/> around it, for the
    /// life of the program: it is what holds the token.
    /// </summary>
    /// <param name="options">The client's options, read once. What connection and provider fill in is written to them.</param>
    /// <param name="innerHandler">The handler that sends; null: a new <see cref="SocketsHttpHandler"/>. Disposed with the handler.</param>
    /// <param name="timeProvider">The clock; null: the system's.</param>
    /// <param name="tokenEndpointHandler">
    /// The handler that sends token requests, such as one with a proxy, a client certificate or a CA of its own; null: a new
    /// <see cref="SocketsHttpHandler"/>. Redirects and cookies are switched off in it. Disposed with the handler.
    /// </param>
    /// <returns>The handler, for <c>new HttpClient(handler)</c>.</returns>
    /// <exception cref="InvalidOperationException">One of the handlers has sent requests already, and follows redirects by itself.</exception>
    /// <exception cref="OptionsValidationException">The options are not valid; the message lists all that is wrong.</exception>
    public static DelegatingHandler Create(OAuth2ClientOptions options, HttpMessageHandler? innerHandler = null, TimeProvider? timeProvider = null, HttpMessageHandler? tokenEndpointHandler = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        var name = Options.DefaultName;
        new OAuth2ClientOptionsDefaults().PostConfigure(name, options);
        var result = new OAuth2ClientOptionsValidator(findFaults: CredentialCheck.Find).Validate(name, options);
        if (result.Failed)
            throw new OptionsValidationException(name, typeof(OAuth2ClientOptions), result.Failures);

        var tokenEndpointHttpClient = TokenEndpointHttpClient.Create(tokenEndpointHandler);
        var endpoint = new AuthorizationServer(() => tokenEndpointHttpClient, timeProvider ?? TimeProvider.System);
        var engine = new TokenEngine(endpoint, timeProvider ?? TimeProvider.System, NullLogger.Instance);
        var client = new OAuth2Client(new ClientSettings(name, options), engine);
        if (client.State.Settings.HasCertificate && (innerHandler ?? tokenEndpointHandler) is not null)
            throw new InvalidOperationException("ClientCertificateFile or ClientCertificateCallback is set, and a handler of your own is given, which cannot be made to present the certificate once it changes. Leave the handler out, or have it present a certificate by itself and remove the setting.");
        var handler = new AccessTokenHandler(client, onDispose: () => engine.Scheduler.RunWhenIdle(tokenEndpointHttpClient.Dispose)) { InnerHandler = innerHandler ?? (client.State.Settings.HasCertificate ? new ClientCertificates(static () => new SocketsHttpHandler()) { InnerHandler = new SocketsHttpHandler() } : new SocketsHttpHandler()) };
        handler.TakeOver();
        return handler;
    }
}
