using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;
using OAuthClient.Testing.Jwt;

namespace OAuthClient.Testing.AuthorizationServer;

/// <summary>Makes access tokens.</summary>
internal sealed class TokenMinter(OAuth2TestServerOptions options, JwtSigner signer, Func<Uri> issuer)
{
    /// <summary>What WSO2's servers say of a token that never expires.</summary>
    public const long NeverExpires = 9223372036854775;

    public IssuedToken Mint(Authorization authorization, IReadOnlyList<string> scopes, DateTimeOffset now)
    {
        var id = Guid.NewGuid().ToString();
        var lifetime = options.TokenLifetime;
        var expiresAt = lifetime == Timeout.InfiniteTimeSpan || lifetime > DateTimeOffset.MaxValue - now ? DateTimeOffset.MaxValue : now + lifetime;
        var value = options.TokenFormat is TokenFormat.Opaque
            ? WebEncoders.Base64UrlEncode(RandomNumberGenerator.GetBytes(24))
            : signer.Sign((authorization, scopes, now, id, issuer: issuer(), expiresIn: SecondsLeft(expiresAt, now)), static (writer, token) => WriteClaims(writer, token));
        return new IssuedToken(value, id, authorization, scopes, expiresAt);
    }

    public static long SecondsLeft(DateTimeOffset expiresAt, DateTimeOffset now) =>
        expiresAt == DateTimeOffset.MaxValue ? NeverExpires : (long)(expiresAt - now).TotalSeconds;

    private static void WriteClaims(
        Utf8JsonWriter writer,
        (Authorization Authorization, IReadOnlyList<string> Scopes, DateTimeOffset Now, string Id, Uri Issuer, long ExpiresIn) token)
    {
        var (authorization, client, issuedAt) = (token.Authorization, token.Authorization.Client, token.Now.ToUnixTimeSeconds());
        writer.WriteString("sub", authorization.Subject);
        writer.WriteString("aut", authorization.Username is null ? "APPLICATION" : "APPLICATION_USER");
        writer.WriteString("iss", token.Issuer.AbsoluteUri);
        writer.WriteString("aud", client.ClientId);
        writer.WriteString("azp", client.ClientId);
        writer.WriteString("client_id", client.ClientId);
        writer.WriteString("keytype", client.KeyType is KeyType.Sandbox ? "SANDBOX" : "PRODUCTION");
        writer.WriteString("scope", string.Join(' ', token.Scopes));
        writer.WriteNumber("iat", issuedAt);
        writer.WriteNumber("nbf", issuedAt);
        writer.WriteNumber("exp", issuedAt + token.ExpiresIn);
        writer.WriteString("jti", token.Id);
    }
}
