using System.Diagnostics;

namespace OAuthClient;

/// <summary>
/// What one call may ask for differently from its client's options. Pass it to <see cref="IOAuth2TokenProvider"/>, or put it on a
/// request with <see cref="OAuth2HttpRequestMessageExtensions.SetOAuth2TokenRequest"/>. Immutable: make it once and use it for many calls.
/// </summary>
public sealed class OAuth2TokenRequest
{
    private readonly string[]? _scopes;
    private readonly string[]? _resources;
    private readonly Dictionary<string, string>? _parameters;

    /// <summary>Scopes to ask for in place of the client's (RFC 6749 §3.3). Null: the client's.</summary>
    public IReadOnlyList<string>? Scopes
    {
        get => _scopes;
        init => _scopes = value?.ToArray();
    }

    /// <summary>Resources to ask for in place of the client's (RFC 8707). Null: the client's.</summary>
    public IReadOnlyList<string>? Resources
    {
        get => _resources;
        init => _resources = value?.ToArray();
    }

    /// <summary>Audience to ask for in place of the client's (RFC 8693 §2.1). Null: the client's.</summary>
    public string? Audience { get; init; }

    /// <summary>Further form fields, added to the client's; a field of the same name replaces the client's.</summary>
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public IReadOnlyDictionary<string, string>? Parameters
    {
        get => _parameters;
        init => _parameters = value is null ? null : new Dictionary<string, string>(value, StringComparer.Ordinal);
    }

    /// <summary>The token to exchange, in place of the client's (RFC 8693 §2.1): that of the user whom this call is for, say. Null: the client's.</summary>
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public string? SubjectToken { get; init; }

    /// <summary>The token of who acts for the subject, in place of the client's (RFC 8693 §2.1). Null: the client's.</summary>
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public string? ActorToken { get; init; }

    /// <summary>The assertion to exchange, in place of the client's (RFC 7521 §4.1). Null: the client's.</summary>
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public string? Assertion { get; init; }

    /// <summary>Ask the server for a new token even where a cached one is still valid. One that is being fetched already is waited for.</summary>
    public bool ForceNewToken { get; init; }

    /// <summary>Use the token of another registered client. The origins allowed for that client apply too.</summary>
    public string? ClientName { get; init; }

    /// <summary>Send this one request without a token, for instance to a health check that wants none. An API key is left out too. For new messages: one that was sent before has its token in its headers.</summary>
    public bool NoToken { get; init; }

    internal static OAuth2TokenRequest WithScopes(OAuth2TokenRequest? request, IReadOnlyList<string>? scopes) => new()
    {
        Scopes = scopes,
        Resources = request?.Resources,
        Audience = request?.Audience,
        Parameters = request?.Parameters,
        SubjectToken = request?.SubjectToken,
        ActorToken = request?.ActorToken,
        Assertion = request?.Assertion,
        ForceNewToken = request?.ForceNewToken ?? false,
        ClientName = request?.ClientName,
        NoToken = request?.NoToken ?? false,
    };

    internal bool IsPlain => !ForceNewToken && !NoToken && ClientName is null; // True where nothing is said but what token to ask for.
    internal bool IsDefault => _scopes is null && _resources is null && _parameters is null && (Audience ?? SubjectToken ?? ActorToken ?? Assertion) is null; // True where the client's own token is asked for.

    // Whose token this led to when it was last looked up, and what it was looked up by, for who uses the same object again.
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    internal object? Memo { get; set; }

    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    internal string? Key { get; set; }
}
