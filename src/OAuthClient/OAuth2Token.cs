using System.Diagnostics;
using System.Runtime.Serialization;
using System.Text.Json.Serialization;

namespace OAuthClient;

/// <summary>An access token as the authorization server issued it (RFC 6749 §5.1). Immutable.</summary>
[DebuggerDisplay("{ToString(),nq}")]
public sealed class OAuth2Token
{
    /// <summary>Creates a token, for instance to stand in for a real one in a test.</summary>
    /// <param name="value">The access token itself.</param>
    /// <param name="tokenType">Its type; <c>Bearer</c> for a bearer token (RFC 6750).</param>
    /// <param name="scope">The granted scope, space-delimited, or null where unknown.</param>
    /// <param name="expiresAt">The instant from which the token is no longer valid.</param>
    /// <exception cref="ArgumentException"><paramref name="value"/> or <paramref name="tokenType"/> is empty.</exception>
    public OAuth2Token(string value, string tokenType, string? scope, DateTimeOffset expiresAt)
    {
        ArgumentException.ThrowIfNullOrEmpty(value);
        ArgumentException.ThrowIfNullOrEmpty(tokenType);
        Value = value;
        TokenType = tokenType;
        Scope = scope;
        ExpiresAt = expiresAt;
    }

    /// <summary>The access token: a secret, not to be logged. Serializers leave it out.</summary>
    /// <remarks>
    /// A logger that takes objects apart by their properties, such as Serilog with <c>{@token}</c>, would print it: log the token as
    /// <c>{token}</c>, which is <see cref="ToString"/>, or have the logger destructure this type as a scalar.
    /// </remarks>
    [JsonIgnore]
    [IgnoreDataMember]
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public string Value { get; }

    /// <summary>The token's type, <c>Bearer</c> unless the server says otherwise (RFC 6749 §7.1).</summary>
    public string TokenType { get; }

    /// <summary>The granted scope, space-delimited: what the server said, or what was asked for where it said nothing (RFC 6749 §3.3).</summary>
    public string? Scope { get; }

    /// <summary>The instant from which the token is no longer valid, counted from when it was asked for.</summary>
    public DateTimeOffset ExpiresAt { get; }

    /// <summary>Type, scope and expiry; never the token itself.</summary>
    public override string ToString() => $"{TokenType} token, scope '{Scope}', expires {ExpiresAt:u}";
}
