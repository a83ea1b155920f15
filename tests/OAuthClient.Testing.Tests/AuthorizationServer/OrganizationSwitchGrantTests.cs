using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;

namespace OAuthClient.Testing.Tests.AuthorizationServer;

public class OrganizationSwitchGrantTests : ServerTests
{
    private const string OrganizationPath = "t/root/o/10084a8d-113f-4211-a0d5-efe36b082211";

    protected override void Configure(OAuth2TestServerOptions options)
    {
        options.Clients.Add(new TestClient("id", "secret") { GrantTypes = { "organization_switch" } });
        options.Clients.Add(new TestClient("front", "secret"));
        options.Organizations.Add("acme");
        options.Organizations.Add("other");
    }

    [Theory]
    [InlineData("alice", "alice", "APPLICATION_USER")]
    [InlineData(null, "front", "APPLICATION")]
    public async Task Switch_LiveToken_IsForItsSubjectInTheOrganization(string? username, string subject, string kind)
    {
        var first = await SwitchAsync(Server.IssueToken("front", username), "acme", "&scope=read");
        var second = await SwitchAsync(first["access_token"]!, "other");

        Assert.Equal((HttpStatusCode.OK, "read", null), (first.Status, first["scope"], first["refresh_token"]));
        var jwt = new JsonWebToken(first["access_token"]);
        Assert.Equal((subject, kind, "acme", "id"), (jwt.Subject, jwt.GetClaim("aut").Value, jwt.GetClaim("org_id").Value, jwt.GetClaim("client_id").Value));
        Assert.Equal("other", new JsonWebToken(second["access_token"]).GetClaim("org_id").Value);
        Assert.Equal(HttpStatusCode.OK, (await Caller.CallAsync(second["access_token"])).Status);
    }

    [Fact]
    public async Task Switch_SameToken_IsAnotherInEachOrganization()
    {
        Server.Options.ReissueBehavior = ReissueBehavior.SameToken;
        Server.Options.TokenFormat = TokenFormat.Opaque;
        var token = Server.IssueToken(username: "alice");

        var (acme, again, other) = (await SwitchAsync(token, "acme"), await SwitchAsync(token, "acme"), await SwitchAsync(token, "other"));

        Assert.Equal(acme["access_token"], again["access_token"]);
        Assert.NotEqual(acme["access_token"], other["access_token"]);
    }

    [Theory]
    [InlineData("switching_organization=acme", "invalid_request", "'token' is missing")]
    [InlineData("token=&switching_organization=acme", "invalid_request", "'token' is missing")]
    [InlineData("token={live}", "invalid_request", "'switching_organization' is missing")]
    [InlineData("token={live}&switching_organization=", "invalid_request", "'switching_organization' is missing")]
    [InlineData("token={live}&switching_organization=nowhere", "invalid_request", "'nowhere' is not among")]
    [InlineData("token=unknown&switching_organization=acme", "invalid_grant", "The token is no access token of this server")]
    [InlineData("token={revoked}&switching_organization=acme", "invalid_grant", "The token is revoked")]
    [InlineData("token={expired}&switching_organization=acme", "invalid_grant", "The token has expired")]
    public async Task Switch_RequestIsWrong_SaysWhat(string form, string error, string description)
    {
        var (live, revoked, expired) = (Server.IssueToken(), Server.IssueToken(), Server.IssueToken(lifetime: TimeSpan.FromSeconds(-1)));
        Server.RevokeToken(revoked);
        form = form.Replace("{live}", live, StringComparison.Ordinal).Replace("{revoked}", revoked, StringComparison.Ordinal).Replace("{expired}", expired, StringComparison.Ordinal);

        var answer = await Caller.TokenAsync($"grant_type=organization_switch&{form}");

        Assert.Equal((HttpStatusCode.BadRequest, error), (answer.Status, answer["error"]));
        Assert.Contains(description, answer["error_description"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Switch_ClientWithoutTheGrant_IsUnauthorizedClient() =>
        Assert.Equal("unauthorized_client", (await Caller.TokenAsync("grant_type=organization_switch", Caller.Basic("front", "secret")))["error"]);

    /// <summary>Identity Server has an issuer for each organization below the root's.</summary>
    [Fact]
    public async Task Issuer_OfAnOrganization_IssuesTokensAtItsOwnPath()
    {
        var organization = Server.AddIssuer(OrganizationPath);

        var answer = await Caller.PostAsync(organization.TokenEndpoint, "grant_type=client_credentials", Caller.Basic("id", "secret"));
        var metadata = await Caller.Http.GetFromJsonAsync<JsonElement>($"{organization.Issuer}/.well-known/openid-configuration");

        Assert.Equal($"{Server.BaseAddress}{OrganizationPath}/oauth2/token", organization.TokenEndpoint.AbsoluteUri);
        Assert.Equal(organization.TokenEndpoint.AbsoluteUri, metadata.GetProperty("token_endpoint").GetString());
        Assert.Equal(organization.Issuer.AbsoluteUri, new JsonWebToken(answer["access_token"]).Issuer);
        Assert.Equal(HttpStatusCode.OK, (await Caller.CallAsync(answer["access_token"])).Status);
    }

    private Task<Answer> SwitchAsync(string token, string organization, string more = "") =>
        Caller.TokenAsync($"grant_type=organization_switch&token={token}&switching_organization={organization}{more}");
}
