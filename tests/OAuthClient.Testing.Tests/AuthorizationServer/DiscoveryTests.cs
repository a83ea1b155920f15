using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;

namespace OAuthClient.Testing.Tests.AuthorizationServer;

public class DiscoveryTests : IAsyncLifetime
{
    private readonly ManualTimeProvider _time = new();
    private OAuth2TestServer _server = null!;
    private Caller _caller = null!;

    public async Task InitializeAsync()
    {
        _server = await OAuth2TestServer.StartAsync(o =>
        {
            o.TimeProvider = _time;
            o.CustomGrants["urn:custom"] = _ => { };
        });
        _caller = new Caller(_server);
    }

    public async Task DisposeAsync()
    {
        _caller.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Metadata_FromIssuer_NamesTheEndpoints()
    {
        var metadata = await _caller.Http.GetFromJsonAsync<JsonElement>($"{_server.Issuer}/.well-known/openid-configuration");

        string? Text(string name) => metadata.GetProperty(name).GetString();
        Assert.Equal(
            (_server.Issuer.AbsoluteUri, _server.TokenEndpoint.AbsoluteUri, _server.RevocationEndpoint.AbsoluteUri, _server.JwksUri.AbsoluteUri),
            (Text("issuer"), Text("token_endpoint"), Text("revocation_endpoint"), Text("jwks_uri")));
        Assert.Equal(
            ["client_credentials", "password", "refresh_token", "urn:custom"],
            metadata.GetProperty("grant_types_supported").EnumerateArray().Select(g => g.GetString()));
        Assert.Equal(1, _server.DiscoveryRequests);
    }

    [Fact]
    public async Task Metadata_OfTheRevocationEndpoint_NamesTheMethodsThatItTakes()
    {
        var metadata = await _caller.Http.GetFromJsonAsync<JsonElement>($"{_server.Issuer}/.well-known/openid-configuration");

        foreach (var name in (string[])["auth_methods_supported", "auth_signing_alg_values_supported"])
            Assert.Equal(metadata.GetProperty($"token_endpoint_{name}").GetRawText(), metadata.GetProperty($"revocation_endpoint_{name}").GetRawText());
    }

    [Fact]
    public async Task Metadata_WhereRfc8414LooksForIt_IsTheSame()
    {
        var openId = await _caller.Http.GetStringAsync($"{_server.Issuer}/.well-known/openid-configuration");
        var oauth = await _caller.Http.GetStringAsync(new Uri(_server.BaseAddress, "/.well-known/oauth-authorization-server" + _server.Issuer.AbsolutePath));

        Assert.Equal(openId, oauth);
        Assert.Equal(2, _server.DiscoveryRequests);
    }

    [Fact]
    public async Task Jwks_PublishedKey_VerifiesAnAccessToken()
    {
        var token = await _caller.GetTokenAsync("grant_type=password&username=alice&password=alice-password&scope=read+write");
        var key = (await _caller.Http.GetFromJsonAsync<JsonElement>(_server.JwksUri)).GetProperty("keys")[0];
        var parts = token.Split('.');

        using var publicKey = ECDsa.Create(new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP256,
            Q = { X = WebEncoders.Base64UrlDecode(key.GetProperty("x").GetString()!), Y = WebEncoders.Base64UrlDecode(key.GetProperty("y").GetString()!) },
        });
        Assert.True(publicKey.VerifyData(Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"), WebEncoders.Base64UrlDecode(parts[2]), HashAlgorithmName.SHA256));

        var header = JsonDocument.Parse(WebEncoders.Base64UrlDecode(parts[0])).RootElement;
        Assert.Equal(("ES256", key.GetProperty("kid").GetString()), (header.GetProperty("alg").GetString(), header.GetProperty("kid").GetString()));
    }

    [Fact]
    public async Task Jwt_OfUser_HoldsTheClaimsOfTheWire()
    {
        var token = await _caller.GetTokenAsync("grant_type=password&username=alice&password=alice-password&scope=read+write");

        var claims = Claims(token);
        string? Text(string name) => claims.GetProperty(name).GetString();
        Assert.Equal(
            ("alice", "APPLICATION_USER", _server.Issuer.AbsoluteUri, "test-client", "test-client", "test-client", "read write"),
            (Text("sub"), Text("aut"), Text("iss"), Text("aud"), Text("azp"), Text("client_id"), Text("scope")));
        var now = _time.GetUtcNow().ToUnixTimeSeconds();
        Assert.Equal(
            (now, now, now + 3600),
            (claims.GetProperty("iat").GetInt64(), claims.GetProperty("nbf").GetInt64(), claims.GetProperty("exp").GetInt64()));
    }

    [Fact]
    public async Task Jwt_OfClient_IsTheApplicationsAndNeverTheSameTwice()
    {
        var (first, second) = (Claims(await _caller.GetTokenAsync()), Claims(await _caller.GetTokenAsync()));

        Assert.Equal(("test-client", "APPLICATION"), (first.GetProperty("sub").GetString(), first.GetProperty("aut").GetString()));
        Assert.NotEqual(first.GetProperty("jti").GetString(), second.GetProperty("jti").GetString());
    }

    private static JsonElement Claims(string jwt) => JsonDocument.Parse(WebEncoders.Base64UrlDecode(jwt.Split('.')[1])).RootElement;
}
