using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;

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
    public async Task Jwt_OfUser_HoldsTheClaimsOfTheWire()
    {
        var token = await _caller.GetTokenAsync("grant_type=password&username=alice&password=alice-password&scope=read+write");

        var jwt = new JsonWebToken(token);
        Assert.Equal(
            ("alice", "APPLICATION_USER", _server.Issuer.AbsoluteUri, "test-client", "test-client", "test-client", "read write"),
            (jwt.Subject, Text("aut"), jwt.Issuer, jwt.Audiences.Single(), jwt.Azp, Text("client_id"), Text("scope")));
        var now = _time.GetUtcNow().UtcDateTime;
        Assert.Equal((now, now, now.AddHours(1)), (jwt.IssuedAt, jwt.ValidFrom, jwt.ValidTo));

        string Text(string name) => jwt.GetPayloadValue<string>(name);
    }

    [Fact]
    public async Task Jwt_OfClient_IsTheApplicationsAndNeverTheSameTwice()
    {
        var (first, second) = (new JsonWebToken(await _caller.GetTokenAsync()), new JsonWebToken(await _caller.GetTokenAsync()));

        Assert.Equal(("test-client", "APPLICATION"), (first.Subject, first.GetPayloadValue<string>("aut")));
        Assert.NotEqual(first.Id, second.Id);
    }
}
