namespace OAuthClient;

/// <summary>How many clients that are known only at run time are kept, and for how long.</summary>
public sealed class OAuth2ClientResolverOptions
{
    /// <summary>
    /// How many are kept. Where there are more, the least recently used ones leave with their tokens, and are asked for anew when they are needed.
    /// Default 10,000; at least 1.
    /// </summary>
    public int MaxClients { get; set; } = 10_000;

    /// <summary>After how long without a call a client leaves with its tokens. Default 1 hour; from 1 second to 30 days.</summary>
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How long finding a client may take; then its callers get an <see cref="OAuth2TokenException"/>. Default 30 seconds; from 1 second to 1 day.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(30);
}
