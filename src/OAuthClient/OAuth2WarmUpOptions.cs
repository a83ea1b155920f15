namespace OAuthClient;

/// <summary>Whose tokens are fetched before a host starts, and what it means where one cannot be had.</summary>
/// <remarks>Clients that nothing can be fetched for yet are left out: those that a user signs in for, whose calls bring what is exchanged, or that send no token.</remarks>
public sealed class OAuth2WarmUpOptions
{
    /// <summary>The names of the clients, as given to <c>AddOAuth2Client</c>. Default: empty, which means all that are registered. A name that nobody has is an error when the host starts.</summary>
    public IList<string> Clients { get; } = [];

    /// <summary>
    /// Whether the host does not start where a token cannot be had, because the authorization server is out of order or not to be reached, within
    /// <see cref="Timeout"/>, or for want of something here, such as the file of a secret. Default: false, which logs a warning for each client without a token;
    /// their calls ask for one.
    /// </summary>
    /// <remarks>
    /// What the server refuses, such as a wrong secret or password, stops no host: one that is started again and again would send it each time, and servers
    /// lock accounts. That is logged as an error, and a health check of OAuthClient.HealthChecks tells of it.
    /// </remarks>
    public bool FailFast { get; set; }

    /// <summary>
    /// How long the host's start may wait for all tokens together, from 1 s to 10 minutes; default: 30 s. Requests that are under way then go on.
    /// Each client is asked for once; where an outage may end meanwhile, set its <see cref="OAuth2ClientOptions.TransientFailureWait"/>.
    /// </summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(30);
}
