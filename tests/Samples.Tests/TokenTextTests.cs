using System.Security.Cryptography;
using System.Text;
using CallApi;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using OAuthClient;

namespace Samples.Tests;

public class TokenTextTests
{
    private const string Opaque = """
        Bearer token, opaque
          scope granted: read
          used until: 2030-01-01 00:00:00Z, expired
        """;

    private static readonly DateTimeOffset _now = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Describe_Jwt_ShowsEachClaimAsItWasSent()
    {
        const string Claims = """
            {"sub":"alice","exp":1893459600,"iat":1893456000.5,"groups":["a","b"],"one":["a"],"roles":[],"act":{"sub":"bot"},"n":1.50,"ok":true,"none":null,"auth_time":-1,"name":"\u001b[2J"}
            """;

        Assert.Equal(
            """
            Bearer token, a JWT, alg ES256, kid k1
              sub          alice
              exp          2030-01-01 01:00:00Z, expires in 01:00:00
              iat          2030-01-01 00:00:00Z
              groups       ["a","b"]
              one          ["a"]
              roles        []
              act          {"sub":"bot"}
              n            1.50
              ok           true
              none         null
              auth_time    -1
              name         "\u001B[2J"
              scope granted: read
              used until: 2030-01-01 00:00:00Z, expired
            """,
            Describe($"{Part("""{"alg":"ES256","typ":"at+jwt","kid":"k1"}""")}.{Part(Claims)}.c2ln"));
    }

    [Fact]
    public void Describe_JwtWithoutSignature_IsAJwt() =>
        Assert.StartsWith("Bearer token, a JWT, alg none", Describe($"{Part("""{"alg":"none"}""")}.{Part("{}")}."), StringComparison.Ordinal);

    [Theory]
    [InlineData("opaque")]
    [InlineData("with.two")]
    [InlineData("with.three.parts")]
    [InlineData("..")]
    [InlineData("eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ.a.b.c.d")]
    [InlineData("{\"alg\":\"ES256\"}", "[]")]
    [InlineData("{\"alg\":\"ES256\"}", "null")]
    [InlineData("{\"alg\":\"ES256\"}", "{}x")]
    [InlineData("{\"alg\":\"ES256\"}", "text")]
    [InlineData("{\"alg\":\"ES256\"}", "")]
    [InlineData("[]", "{}")]
    public void Describe_NoJwt_IsOpaque(params string[] parts)
    {
        var token = parts is [var header, var payload] ? $"{Part(header)}.{Part(payload)}.c2ln" : parts[0];

        Assert.Equal(Opaque, Describe(token));
    }

    [Fact]
    public void Describe_EncryptedJwt_IsOpaque()
    {
        using var key = RSA.Create(2048);
        var token = new JsonWebTokenHandler().CreateToken(
            """{"sub":"alice"}""", new EncryptingCredentials(new RsaSecurityKey(key), SecurityAlgorithms.RsaOAEP, SecurityAlgorithms.Aes256CbcHmacSha512));

        Assert.Equal(5, token.Split('.').Length);
        Assert.Equal(Opaque, Describe(token));
    }

    private static string Part(string json) => WebEncoders.Base64UrlEncode(Encoding.UTF8.GetBytes(json));

    private static string Describe(string token) => TokenText.Describe(new OAuth2Token(token, "Bearer", "read", _now), _now).ReplaceLineEndings("\n");
}
