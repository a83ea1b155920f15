using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.WebUtilities;

namespace OAuthClient.Testing.AuthorizationServer;

/// <summary>Makes access tokens.</summary>
internal sealed class TokenMinter(OAuth2TestServerOptions options)
{
    /// <summary>What WSO2's servers say of a token that never expires.</summary>
    public const long NeverExpires = 9223372036854775;

    /// <summary>Makes a token; the claims of the options, client and user come first, then those of <paramref name="configureClaims"/>.</summary>
    public IssuedToken Mint(
        Authorization authorization, IReadOnlyList<string> scopes, DateTimeOffset now, TimeSpan? ownLifetime = null, Action<JsonObject>? configureClaims = null)
    {
        var id = Guid.NewGuid().ToString();
        var expiresAt = ExpiresAt(now, ownLifetime ?? options.TokenLifetime);
        if (options.TokenFormat is TokenFormat.Opaque && !authorization.AsJwt)
            return new IssuedToken(WebEncoders.Base64UrlEncode(RandomNumberGenerator.GetBytes(24)), id, authorization, scopes, expiresAt) { IssuedAt = now };
        var claims = Claims(authorization, scopes, now, id, expiresAt);
        options.ConfigureClaims?.Invoke(claims);
        configureClaims?.Invoke(claims);
        return new IssuedToken(authorization.Issuer.Signer.Sign(claims), id, authorization, scopes, expiresAt) { IssuedAt = now };
    }

    /// <summary>When what lives so long ends: never, where that is infinite or beyond the calendar.</summary>
    public static DateTimeOffset ExpiresAt(DateTimeOffset now, TimeSpan lifetime) =>
        lifetime == Timeout.InfiniteTimeSpan || lifetime > DateTimeOffset.MaxValue - now ? DateTimeOffset.MaxValue : now + lifetime;

    public static long SecondsLeft(DateTimeOffset expiresAt, DateTimeOffset now) =>
        expiresAt == DateTimeOffset.MaxValue ? NeverExpires : (long)(expiresAt - now).TotalSeconds;

    private static JsonObject Claims(Authorization authorization, IReadOnlyList<string> scopes, DateTimeOffset now, string id, DateTimeOffset expiresAt)
    {
        // A token that is made expired was issued before that: one that begins after its end would be refused as nonsense, and not as expired.
        var expires = now.ToUnixTimeSeconds() + SecondsLeft(expiresAt, now);
        var (client, issuedAt) = (authorization.Client, Math.Min(now.ToUnixTimeSeconds(), expires));
        var claims = new JsonObject
        {
            ["sub"] = authorization.Subject,
            ["aut"] = authorization.Username is null ? "APPLICATION" : "APPLICATION_USER",
            ["iss"] = authorization.Issuer.Issuer.AbsoluteUri,
            ["aud"] = client.ClientId,
            ["azp"] = client.ClientId,
            ["client_id"] = client.ClientId,
            ["keytype"] = client.KeyType is KeyType.Sandbox ? "SANDBOX" : "PRODUCTION",
            ["scope"] = string.Join(' ', scopes),
            ["iat"] = issuedAt,
            ["nbf"] = issuedAt,
            ["exp"] = expires,
            ["jti"] = id,
        };
        if (authorization.Confirmation is { } confirmation)
            claims["cnf"] = confirmation.ToClaim();
        foreach (var (name, value) in authorization.Claims.Concat(client.Claims).Concat(authorization.User?.Claims ?? []))
            claims[name] = value?.DeepClone();
        return claims;
    }
}
