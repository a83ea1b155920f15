using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;

namespace OAuthClient.Testing.Tests.AuthorizationServer;

public class DiscoveryTests : ServerTests
{
    protected override void Configure(OAuth2TestServerOptions options) => options.CustomGrants["urn:custom"] = _ => { };

    [Fact]
    public async Task Metadata_FromIssuer_NamesTheEndpoints()
    {
        var metadata = await Caller.Http.GetFromJsonAsync<JsonElement>($"{Server.Issuer}/.well-known/openid-configuration");

        string? Text(string name) => metadata.GetProperty(name).GetString();
        Assert.Equal(
            (Server.Issuer.AbsoluteUri, Server.TokenEndpoint.AbsoluteUri, Server.RevocationEndpoint.AbsoluteUri, Server.JwksUri.AbsoluteUri),
            (Text("issuer"), Text("token_endpoint"), Text("revocation_endpoint"), Text("jwks_uri")));
        Assert.Equal(
            ["client_credentials", "password", "refresh_token", "urn:custom"],
            metadata.GetProperty("grant_types_supported").EnumerateArray().Select(g => g.GetString()));
        Assert.Equal(1, Server.DiscoveryRequests);
    }

    [Fact]
    public async Task Metadata_OfEachIssuer_NamesTheEndpointsAndTheGrantsOfItsClients()
    {
        const string DeviceCode = "urn:ietf:params:oauth:grant-type:device_code";
        var client = new TestClient("tv", null) { GrantTypes = { DeviceCode, "nobody-knows" } };
        client.GrantTypes.Remove("client_credentials");
        client.GrantTypes.Remove("password");
        var acme = Server.AddIssuer("t/acme", client);

        var metadata = await Caller.Http.GetFromJsonAsync<JsonElement>($"{acme.Issuer}/.well-known/openid-configuration");

        string? Text(string name) => metadata.GetProperty(name).GetString();
        Assert.Equal((acme.IntrospectionEndpoint.AbsoluteUri, acme.DeviceAuthorizationEndpoint.AbsoluteUri), (Text("introspection_endpoint"), Text("device_authorization_endpoint")));
        Assert.Equal(["refresh_token", DeviceCode, "urn:custom"], metadata.GetProperty("grant_types_supported").EnumerateArray().Select(g => g.GetString()));
        Assert.Equal(Methods("token_endpoint").Where(m => m is not "none"), Methods("introspection_endpoint"));

        IEnumerable<string?> Methods(string endpoint) => metadata.GetProperty($"{endpoint}_auth_methods_supported").EnumerateArray().Select(m => m.GetString());
    }

    [Fact]
    public async Task Metadata_OfTheRevocationEndpoint_NamesTheMethodsThatItTakes()
    {
        var metadata = await Caller.Http.GetFromJsonAsync<JsonElement>($"{Server.Issuer}/.well-known/openid-configuration");

        foreach (var name in (string[])["auth_methods_supported", "auth_signing_alg_values_supported"])
            Assert.Equal(metadata.GetProperty($"token_endpoint_{name}").GetRawText(), metadata.GetProperty($"revocation_endpoint_{name}").GetRawText());
    }

    [Fact]
    public async Task Metadata_WhereRfc8414LooksForIt_IsTheSame()
    {
        var openId = await Caller.Http.GetStringAsync($"{Server.Issuer}/.well-known/openid-configuration");
        var oauth = await Caller.Http.GetStringAsync(new Uri(Server.BaseAddress, "/.well-known/oauth-authorization-server" + Server.Issuer.AbsolutePath));

        Assert.Equal(openId, oauth);
        Assert.Equal(2, Server.DiscoveryRequests);
    }

    [Fact]
    public async Task Jwt_OfUser_HoldsTheClaimsOfTheWire()
    {
        var token = await Caller.GetTokenAsync(Caller.PasswordGrant + "&scope=read+write");

        var jwt = new JsonWebToken(token);
        Assert.Equal(
            ("alice", "APPLICATION_USER", Server.Issuer.AbsoluteUri, "test-client", "test-client", "test-client", "read write"),
            (jwt.Subject, Text("aut"), jwt.Issuer, jwt.Audiences.Single(), jwt.Azp, Text("client_id"), Text("scope")));
        var now = Time.GetUtcNow().UtcDateTime;
        Assert.Equal((now, now, now.AddHours(1)), (jwt.IssuedAt, jwt.ValidFrom, jwt.ValidTo));

        string Text(string name) => jwt.GetPayloadValue<string>(name);
    }

    [Fact]
    public async Task Jwt_OfClient_IsTheApplicationsAndNeverTheSameTwice()
    {
        var (first, second) = (new JsonWebToken(await Caller.GetTokenAsync()), new JsonWebToken(await Caller.GetTokenAsync()));

        Assert.Equal(("test-client", "APPLICATION"), (first.Subject, first.GetPayloadValue<string>("aut")));
        Assert.NotEqual(first.Id, second.Id);
    }
}
