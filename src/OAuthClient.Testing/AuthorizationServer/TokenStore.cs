using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.WebUtilities;

namespace OAuthClient.Testing.AuthorizationServer;

/// <summary>All tokens of one server, whichever of its issuers they are of. Look-ups take no lock; whatever issues or revokes does.</summary>
internal sealed class TokenStore(OAuth2TestServerOptions options, TokenMinter minter, TimeProvider timeProvider)
{
    private const int FirstSweep = 10_000;
    private readonly object _gate = new();
    private readonly ConcurrentDictionary<string, IssuedToken> _accessTokens = new(StringComparer.Ordinal);
    private readonly Dictionary<string, RefreshToken> _refreshTokens = new(StringComparer.Ordinal);
    private readonly Dictionary<string, IssuedToken> _current = new(StringComparer.Ordinal);
    private int _nextSweep = FirstSweep;

    public int LiveTokens
    {
        get
        {
            var now = timeProvider.GetUtcNow();
            return _accessTokens.Count(t => t.Value.IsLive(now));
        }
    }

    public IReadOnlyList<TestToken> Describe()
    {
        var now = timeProvider.GetUtcNow();
        return [.. _accessTokens.Values.OrderByDescending(t => t.IssuedAt).Select(t => new TestToken(t, now))];
    }

    public IssuedToken? Find(string accessToken) => _accessTokens.GetValueOrDefault(accessToken);

    /// <summary>Issues a token for the credentials of a client or user, or hands out the one there is, as the options have it.</summary>
    public Issuance Issue(Authorization authorization, IReadOnlyList<string> scopes, bool withRefreshToken)
    {
        lock (_gate)
        {
            var now = timeProvider.GetUtcNow();
            var previous = _current.GetValueOrDefault(Key(authorization, scopes));
            // What expires within the second has nothing left that expires_in could say.
            if (options.ReissueBehavior is ReissueBehavior.SameToken && previous is not null && previous.IsLive(now.AddSeconds(1)))
                return new Issuance(previous, now);
            if (options.ReissueBehavior is ReissueBehavior.RevokePrevious && previous is not null)
                previous.Authorization.Revoke();
            var token = AddAccessToken(authorization, scopes, now);
            if (withRefreshToken)
                token.RefreshToken = AddRefreshToken(authorization, scopes, TokenMinter.ExpiresAt(now, options.RefreshTokenLifetime));
            return new Issuance(token, now);
        }
    }

    /// <summary>Issues a token that nobody has asked for over the wire, nor will: it is not handed out again.</summary>
    public IssuedToken IssueApart(Authorization authorization, IReadOnlyList<string> scopes, TimeSpan? lifetime, Action<JsonObject>? configureClaims)
    {
        lock (_gate)
        {
            var now = timeProvider.GetUtcNow();
            Sweep(now);
            var token = minter.Mint(authorization, scopes, now, lifetime, configureClaims);
            return _accessTokens[token.Value] = token;
        }
    }

    /// <summary>Trades a refresh token for an access token.</summary>
    public OAuthError? Refresh(string refreshToken, TestIssuer issuer, TestClient client, Confirmation? confirmation, IReadOnlyList<string> asked, out Issuance? issuance)
    {
        issuance = null;
        lock (_gate)
        {
            var now = timeProvider.GetUtcNow();
            if (!_refreshTokens.TryGetValue(refreshToken, out var used) || used.Authorization.Issuer != issuer || used.Authorization.Client != client)
                return OAuthError.InvalidGrant("The refresh token is unknown.");
            if (used.Used)
            {
                // Two hold this token, and nobody can tell which of them is the thief (RFC 9700 section 4.14.2).
                used.Authorization.Revoke();
                return OAuthError.InvalidGrant("The refresh token has been used before; all tokens that came of its authorization are revoked.");
            }

            if (!used.IsLive(now))
                return OAuthError.InvalidGrant("The refresh token is expired or revoked.");
            if (used.Confirmation?.FindContradiction(confirmation) is { } check)
                return OAuthError.InvalidGrant("The refresh token is bound to what the request does not prove.").By(check);
            if (used.Authorization.User is { IsLocked: true } user)
                return new OAuthError(400, options.Strict ? "invalid_grant" : "17003", $"17003:Account is locked for user {user.Username}");
            if (asked.FirstOrDefault(s => !used.Scopes.Contains(s)) is { } wider)
                return OAuthError.InvalidScope($"The refresh token does not cover the scope '{wider}'.");
            used.Authorization.Confirmation = confirmation;
            if (options.ReissueBehavior is not ReissueBehavior.NewToken)
                used.Authorization.RevokeAccessTokens();
            var token = AddAccessToken(used.Authorization, asked.Count > 0 ? asked : used.Scopes, now);
            if (options.RotateRefreshTokens)
            {
                used.Used = true;
                used = AddRefreshToken(used.Authorization, used.Scopes, TokenMinter.ExpiresAt(now, options.RefreshTokenLifetime));
            }

            token.RefreshToken = used;
            issuance = new Issuance(token, now);
            return null;
        }
    }

    /// <summary>Revokes an access token, or a refresh token with the access tokens that came of it; whether there was anything left to revoke.</summary>
    public bool Revoke(string token)
    {
        lock (_gate)
        {
            var now = timeProvider.GetUtcNow();
            if (_accessTokens.TryGetValue(token, out var access))
            {
                var live = access.IsLive(now);
                access.Revoke();
                return live;
            }

            if (!_refreshTokens.TryGetValue(token, out var refresh))
                return false;
            var good = refresh.IsLive(now);
            refresh.Authorization.Revoke();
            return good;
        }
    }

    /// <summary>Revokes all tokens that came of an authorization.</summary>
    public void Revoke(Authorization authorization)
    {
        lock (_gate)
            authorization.Revoke();
    }

    public void RevokeAll(bool keepRefreshTokens)
    {
        lock (_gate)
        {
            foreach (var token in _accessTokens)
                token.Value.Revoke();
            foreach (var token in _refreshTokens.Values.Where(_ => !keepRefreshTokens))
                token.Authorization.Revoke();
        }
    }

    public RefreshToken? FindRefreshToken(string refreshToken)
    {
        lock (_gate)
            return _refreshTokens.GetValueOrDefault(refreshToken);
    }

    /// <summary>What a token came of; <see langword="null"/> when it is unknown.</summary>
    public Authorization? FindAuthorization(string token)
    {
        lock (_gate)
            return Find(token)?.Authorization ?? _refreshTokens.GetValueOrDefault(token)?.Authorization;
    }

    private IssuedToken AddAccessToken(Authorization authorization, IReadOnlyList<string> scopes, DateTimeOffset now)
    {
        Sweep(now);
        var token = minter.Mint(authorization, scopes, now);
        authorization.Add(token, now);
        _accessTokens[token.Value] = _current[Key(authorization, scopes)] = token;
        return token;
    }

    private RefreshToken AddRefreshToken(Authorization authorization, IReadOnlyList<string> scopes, DateTimeOffset expiresAt)
    {
        var token = new RefreshToken(WebEncoders.Base64UrlEncode(RandomNumberGenerator.GetBytes(24)), authorization, scopes, expiresAt);
        return _refreshTokens[token.Value] = token;
    }

    private static string Key(Authorization authorization, IReadOnlyList<string> scopes) =>
        string.Join('\n', scopes.Order(StringComparer.Ordinal).Prepend(authorization.Username ?? "").Prepend(authorization.Client.ClientId).Prepend(authorization.Issuer.Issuer.AbsoluteUri))
        + authorization.Variant;

    /// <summary>Forgets what is dead once much has piled up.</summary>
    private void Sweep(DateTimeOffset now)
    {
        if (_accessTokens.Count + _refreshTokens.Count < _nextSweep)
            return;
        foreach (var (value, _) in _accessTokens.Where(t => !t.Value.IsLive(now)))
            _accessTokens.TryRemove(value, out _);
        // Used ones are kept as long as they would have lived: they are what a second use is known by.
        foreach (var (value, _) in _refreshTokens.Where(t => t.Value.Expired(now) || t.Value.Authorization.Revoked))
            _refreshTokens.Remove(value);
        foreach (var (key, _) in _current.Where(t => !t.Value.IsLive(now)))
            _current.Remove(key);
        _nextSweep = Math.Max(FirstSweep, 2 * (_accessTokens.Count + _refreshTokens.Count));
    }
}
