using System.Net;
using Duende.IdentityModel.Client;
using Microsoft.IdentityModel.JsonWebTokens;

namespace OAuthClient.Testing.Tests.AuthorizationServer;

/// <summary>RFC 7662.</summary>
public class IntrospectionEndpointTests : ServerTests
{
    private TestIssuer _acme = null!;

    protected override void Configure(OAuth2TestServerOptions options)
    {
        options.Clients.Add(new TestClient("id", "secret") { GrantTypes = { "organization_switch" } });
        options.Clients.Add(new TestClient("api", "secret"));
        options.Clients.Add(new TestClient("public", null));
        options.Organizations.Add("acme");
    }

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        _acme = Server.AddIssuer("t/acme");
    }

    [Theory]
    [InlineData(TokenFormat.Jwt)]
    [InlineData(TokenFormat.Opaque)]
    public async Task AccessToken_OfAUser_IsDescribedToAnyClientOfTheIssuer(TokenFormat format)
    {
        Server.Options.TokenFormat = format;
        var token = await Caller.GetTokenAsync(Caller.PasswordGrant + "&scope=read+write");
        Time.Advance(TimeSpan.FromMinutes(10));

        var answer = await IntrospectAsync(token, "access_token");

        var (issuedAt, id) = (Time.GetUtcNow().ToUnixTimeSeconds() - 600, (await Caller.CallAsync(token))["token_id"]);
        Assert.Equal(
            $$"""{"active":true,"scope":"read write","client_id":"id","username":"alice","sub":"alice","iss":"{{Server.Issuer}}","exp":{{issuedAt + 3600}},"token_type":"Bearer","iat":{{issuedAt}},"aud":"id","jti":"{{id}}"}""",
            answer.Raw);
        Assert.Equal((false, true), (answer.IsError, answer.IsActive));
        Assert.Equal((1, "access_token"), (Server.IntrospectionRequests, Server.RecordedIntrospectionRequests[0].Form["token_type_hint"]));
    }

    [Fact]
    public async Task AccessToken_JwtOfAClient_HasTheTimesOfTheJwtAndNoUsername()
    {
        Time.Advance(TimeSpan.FromSeconds(0.7));
        Server.Options.TokenLifetime = TimeSpan.FromSeconds(60.5);
        var token = await Caller.GetTokenAsync();

        var answer = await IntrospectAsync(token);

        var jwt = new JsonWebToken(token);
        Assert.Equal((jwt.GetClaim("exp").Value, jwt.GetClaim("iat").Value), (answer.TryGet("exp"), answer.TryGet("iat")));
        Assert.Equal(("id", null), (answer.TryGet("sub"), answer.TryGet("username")));
    }

    [Fact]
    public async Task Token_ThatNeverExpires_HasNoExp()
    {
        Server.Options.TokenLifetime = Server.Options.RefreshTokenLifetime = Timeout.InfiniteTimeSpan;
        var token = await Caller.TokenAsync(Caller.PasswordGrant);

        foreach (var value in new[] { token["access_token"]!, token["refresh_token"]! })
        {
            var answer = await IntrospectAsync(value, client: "id");
            Assert.Equal((true, null), (answer.IsActive, answer.TryGet("exp")));
        }
    }

    [Fact]
    public async Task AccessToken_WithClaimsOfItsGrant_ShowsThem()
    {
        Server.Options.TokenFormat = TokenFormat.Opaque;
        var token = await Caller.GetTokenAsync($"grant_type=organization_switch&switching_organization=acme&token={Server.IssueToken(username: "alice")}");

        Assert.Equal("acme", (await IntrospectAsync(token)).TryGet("org_id"));
    }

    [Theory]
    [InlineData("unknown")]
    [InlineData("revoked")]
    [InlineData("expired")]
    [InlineData("of another issuer")]
    public async Task AccessToken_NoGood_IsInactiveAndNoMore(string what)
    {
        var token = what switch
        {
            "unknown" => "unknown",
            "of another issuer" => _acme.IssueToken(),
            _ => Server.IssueToken(lifetime: TimeSpan.FromMinutes(1)),
        };
        if (what is "revoked")
            Server.RevokeToken(token);
        if (what is "expired")
            Time.Advance(TimeSpan.FromMinutes(1));

        var answer = await IntrospectAsync(token);

        Assert.Equal((HttpStatusCode.OK, """{"active":false}""", false), (answer.HttpStatusCode, answer.Raw, answer.IsActive));
    }

    [Fact]
    public async Task RefreshToken_ShownByItsClient_IsDescribedToThatClientAlone()
    {
        var token = (await Caller.TokenAsync(Caller.PasswordGrant + "&scope=read"))["refresh_token"]!;

        var own = await IntrospectAsync(token, "refresh_token", "id");
        var others = await IntrospectAsync(token, "refresh_token", "api");
        Server.RevokeToken(token);
        var revoked = await IntrospectAsync(token, "refresh_token", "id");

        Assert.Equal((true, "read", "alice", null), (own.IsActive, own.TryGet("scope"), own.TryGet("sub"), own.TryGet("token_type")));
        Assert.Equal($"{Time.GetUtcNow().AddDays(1).ToUnixTimeSeconds()}", own.TryGet("exp"));
        Assert.Equal(("""{"active":false}""", """{"active":false}"""), (others.Raw, revoked.Raw));
    }

    [Theory]
    [InlineData("token={token}", HttpStatusCode.Unauthorized, "invalid_client", "")]
    [InlineData("token={token}&client_id=public", HttpStatusCode.Unauthorized, "invalid_client", "sends no credentials")]
    [InlineData("token={token}&client_id=api&client_secret=wrong", HttpStatusCode.Unauthorized, "invalid_client", "")]
    [InlineData("client_id=api&client_secret=secret", HttpStatusCode.BadRequest, "invalid_request", "'token' is missing")]
    [InlineData("token=&client_id=api&client_secret=secret", HttpStatusCode.BadRequest, "invalid_request", "'token' is missing")]
    [InlineData("token=a&token=b&client_id=api&client_secret=secret", HttpStatusCode.BadRequest, "invalid_request", "'token' is repeated")]
    public async Task Request_WrongOrUnproven_IsRefused(string form, HttpStatusCode status, string error, string description)
    {
        var token = Server.IssueToken();

        var answer = await Caller.PostAsync(Server.IntrospectionEndpoint, form.Replace("{token}", token, StringComparison.Ordinal), null);

        Assert.Equal((status, error), (answer.Status, answer["error"]));
        Assert.Contains(description, answer["error_description"], StringComparison.Ordinal);
        Assert.DoesNotContain(token, answer.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Introspection_FaultsAndCounter_AreItsOwn()
    {
        Server.IntrospectionEndpointBehavior.FailNext(1, 503);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await IntrospectAsync("x")).HttpStatusCode);
        Assert.False((await IntrospectAsync("x")).IsError);
        Assert.Equal((2, 0, 0), (Server.IntrospectionRequests, Server.TokenRequests, Server.RevocationRequests));
        Server.ResetCounters();
        Assert.Equal(0, Server.IntrospectionRequests);
    }

    private Task<TokenIntrospectionResponse> IntrospectAsync(string token, string? hint = null, string client = "api") => Caller.Http.IntrospectTokenAsync(new TokenIntrospectionRequest
    {
        Address = Server.IntrospectionEndpoint.AbsoluteUri,
        ClientId = client,
        ClientSecret = "secret",
        Token = token,
        TokenTypeHint = hint!,
    });
}
