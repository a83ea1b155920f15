using System.Collections.Concurrent;
using System.Security.Cryptography;
using Microsoft.AspNetCore.WebUtilities;

namespace OAuthClient.Testing.AuthorizationServer;

/// <summary>All tokens of one server. Look-ups take no lock; whatever issues or revokes does.</summary>
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
                Revoke(previous, withRefreshToken: true);
            var token = AddAccessToken(authorization, scopes, now);
            if (withRefreshToken)
                token.RefreshToken = AddRefreshToken(authorization, scopes, now.Add(options.RefreshTokenLifetime));
            return new Issuance(token, now);
        }
    }

    /// <summary>Trades a refresh token for an access token.</summary>
    public OAuthError? Refresh(string refreshToken, TestClient client, IReadOnlyList<string> asked, out Issuance? issuance)
    {
        issuance = null;
        lock (_gate)
        {
            var now = timeProvider.GetUtcNow();
            if (!_refreshTokens.TryGetValue(refreshToken, out var used) || used.Authorization.Client != client || !used.IsLive(now))
                return OAuthError.InvalidGrant("The refresh token is unknown, expired, revoked or used already.");
            if (used.Authorization.User is { IsLocked: true } user)
                return new OAuthError(400, "17003", $"17003:Account is locked for user {user.Username}");
            if (asked.FirstOrDefault(s => !used.Scopes.Contains(s)) is { } wider)
                return new OAuthError(400, "invalid_scope", $"The refresh token does not cover the scope '{wider}'.");
            if (options.ReissueBehavior is not ReissueBehavior.NewToken)
                used.Authorization.RevokeAccessTokens();
            var token = AddAccessToken(used.Authorization, asked.Count > 0 ? asked : used.Scopes, now);
            if (options.RotateRefreshTokens)
            {
                used.Spent = true;
                used = AddRefreshToken(used.Authorization, used.Scopes, now.Add(options.RefreshTokenLifetime));
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
                Revoke(access, withRefreshToken: false);
                return live;
            }

            if (!_refreshTokens.TryGetValue(token, out var refresh))
                return false;
            var good = refresh.IsLive(now);
            refresh.Spent = true;
            refresh.Authorization.RevokeAccessTokens();
            return good;
        }
    }

    public void RevokeAll(bool keepRefreshTokens)
    {
        lock (_gate)
        {
            foreach (var token in _accessTokens)
                Revoke(token.Value, !keepRefreshTokens);
            foreach (var token in _refreshTokens.Values)
                token.Spent |= !keepRefreshTokens;
        }
    }

    /// <summary>Whose a token is; <see langword="null"/> when it is unknown.</summary>
    public TestClient? FindClient(string token)
    {
        lock (_gate)
            return (Find(token)?.Authorization ?? _refreshTokens.GetValueOrDefault(token)?.Authorization)?.Client;
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

    private static void Revoke(IssuedToken token, bool withRefreshToken)
    {
        token.Revoke();
        if (withRefreshToken && token.RefreshToken is { } refreshToken)
            refreshToken.Spent = true;
    }

    private static string Key(Authorization authorization, IReadOnlyList<string> scopes) =>
        string.Join('\n', scopes.Order(StringComparer.Ordinal).Prepend(authorization.Username ?? "").Prepend(authorization.Client.ClientId));

    /// <summary>Forgets what is dead once much has piled up.</summary>
    private void Sweep(DateTimeOffset now)
    {
        if (_accessTokens.Count + _refreshTokens.Count < _nextSweep)
            return;
        foreach (var (value, _) in _accessTokens.Where(t => !t.Value.IsLive(now)))
            _accessTokens.TryRemove(value, out _);
        foreach (var (value, _) in _refreshTokens.Where(t => !t.Value.IsLive(now)))
            _refreshTokens.Remove(value);
        foreach (var (key, _) in _current.Where(t => !t.Value.IsLive(now)))
            _current.Remove(key);
        _nextSweep = Math.Max(FirstSweep, 2 * (_accessTokens.Count + _refreshTokens.Count));
    }
}
