using System.Diagnostics;

namespace OAuthClient;

/// <summary>
/// What one call may ask for differently from its client's options. Pass it to <see cref="IOAuth2TokenProvider"/>, or put it on a
/// request with <see cref="OAuth2HttpRequestMessageExtensions.SetOAuth2TokenRequest"/>. Immutable: make it once and use it for many calls.
/// </summary>
public sealed class OAuth2TokenRequest
{
    /// <summary>Scopes to ask for in place of the client's (RFC 6749 §3.3). Null: the client's.</summary>
    public IReadOnlyList<string>? Scopes { get; init; }

    /// <summary>Resources to ask for in place of the client's (RFC 8707). Null: the client's.</summary>
    public IReadOnlyList<string>? Resources { get; init; }

    /// <summary>Audience to ask for in place of the client's (RFC 8693 §2.1). Null: the client's.</summary>
    public string? Audience { get; init; }

    /// <summary>Further form fields, added to the client's; a field of the same name replaces the client's.</summary>
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public IReadOnlyDictionary<string, string>? Parameters { get; init; }

    /// <summary>Ask the server for a new token even where a cached one is still valid. One that is being fetched already is waited for.</summary>
    public bool ForceNewToken { get; init; }

    /// <summary>Use the token of another registered client. The origins allowed for that client apply too.</summary>
    public string? ClientName { get; init; }

    /// <summary>Send this one request without a token, for instance to a health check that wants none. An API key is left out too.</summary>
    public bool NoToken { get; init; }
}
