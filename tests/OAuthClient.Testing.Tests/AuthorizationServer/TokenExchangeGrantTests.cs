using System.Net;
using Duende.IdentityModel.Client;
using Microsoft.IdentityModel.JsonWebTokens;

namespace OAuthClient.Testing.Tests.AuthorizationServer;

/// <summary>RFC 8693.</summary>
public class TokenExchangeGrantTests : ServerTests
{
    private const string TokenExchange = "urn:ietf:params:oauth:grant-type:token-exchange";
    private const string AccessToken = "urn:ietf:params:oauth:token-type:access_token";
    private const string Jwt = "urn:ietf:params:oauth:token-type:jwt";

    private TestIssuer _acme = null!;

    protected override void Configure(OAuth2TestServerOptions options)
    {
        options.Clients.Add(new TestClient("id", "secret") { Scopes = { "read", "write" }, GrantTypes = { TokenExchange, "urn:ietf:params:oauth:grant-type:jwt-bearer", "organization_switch" } });
        options.Organizations.Add("acme");
        options.Organizations.Add("other");
        options.Clients.Add(new TestClient("front", "secret"));
        options.Clients.Add(new TestClient("back", "secret"));
        options.RepeatableParameters.Add("audience");
        options.RepeatableParameters.Add("resource");
    }

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        _acme = Server.AddIssuer("t/acme");
    }

    [Theory]
    [InlineData("alice", "alice", "APPLICATION_USER")]
    [InlineData("stranger", "stranger", "APPLICATION_USER")]
    [InlineData(null, "front", "APPLICATION")]
    public async Task Exchange_OfAToken_IsForItsSubjectAndTheClientThatAsks(string? username, string subject, string kind)
    {
        var token = await ExchangeAsync(Server.IssueToken("front", username), r => r.Scope = "write admin");

        Assert.Equal((false, AccessToken, "write", 3600, null), (token.IsError, token.IssuedTokenType, token.Scope, token.ExpiresIn, token.RefreshToken));
        var jwt = new JsonWebToken(token.AccessToken);
        Assert.Equal((subject, "id", kind), (jwt.Subject, jwt.Audiences.Single(), jwt.GetClaim("aut").Value));
        Assert.False(jwt.TryGetClaim("act", out _));
        var call = await Caller.CallAsync(token.AccessToken);
        Assert.Equal((HttpStatusCode.OK, "id", username ?? ""), (call.Status, call["client_id"], call["user"]));
    }

    [Fact]
    public async Task Exchange_OfATokenOfAnotherIssuer_IsGranted()
    {
        var token = await ExchangeAsync(_acme.IssueToken(username: "alice"));

        var jwt = new JsonWebToken(token.AccessToken);
        Assert.Equal(("alice", Server.Issuer.AbsoluteUri), (jwt.Subject, jwt.Issuer));
    }

    [Theory]
    [InlineData("subject_token_type=" + AccessToken + "&subject_token={0}&grant_type=" + TokenExchange)]
    [InlineData("assertion={0}&grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer")]
    [InlineData("token={0}&switching_organization=other&grant_type=organization_switch")]
    public async Task Exchange_OfATokenOfAnOrganization_StaysThere(string form)
    {
        var token = await Caller.GetTokenAsync($"grant_type=organization_switch&switching_organization=acme&token={Server.IssueToken(username: "alice")}");

        var jwt = new JsonWebToken(await Caller.GetTokenAsync(form.Replace("{0}", token, StringComparison.Ordinal)));

        Assert.Equal(("alice", form[0] is 't' ? "other" : "acme"), (jwt.Subject, jwt.GetClaim("org_id").Value));
    }

    [Fact]
    public async Task Exchange_WithActors_NestsThemLastFirst()
    {
        var first = await ExchangeAsync(Server.IssueToken(username: "alice"), r => (r.ActorToken, r.ActorTokenType) = (Server.IssueToken("front"), AccessToken));
        var second = await ExchangeAsync(first.AccessToken!, r => (r.ActorToken, r.ActorTokenType) = (Server.IssueToken(username: "bob"), Jwt));

        Assert.Equal("""{"sub":"front"}""", new JsonWebToken(first.AccessToken).GetClaim("act").Value);
        Assert.Equal("""{"sub":"bob","act":{"sub":"front"}}""", new JsonWebToken(second.AccessToken).GetClaim("act").Value);
        Assert.Equal("alice", new JsonWebToken(second.AccessToken).Subject);
    }

    [Fact]
    public async Task Exchange_ForAudiencesAndResources_NamesThemInTheToken()
    {
        var one = await ExchangeAsync(Server.IssueToken(), r => r.Audience = "orders");
        var many = await Caller.TokenAsync(Form(Server.IssueToken(), "&audience=a&audience=b&resource=https%3A%2F%2Fc.example%2Fx&resource=urn%3Ad"));

        Assert.Equal(["orders"], new JsonWebToken(one.AccessToken).Audiences);
        Assert.Equal(["a", "b", "https://c.example/x", "urn:d"], new JsonWebToken(many["access_token"]).Audiences);
    }

    [Theory]
    [InlineData(AccessToken, false)]
    [InlineData(Jwt, true)]
    public async Task Exchange_RequestedTokenType_DecidesWhatIsIssued(string type, bool isJwt)
    {
        Server.Options.TokenFormat = TokenFormat.Opaque;

        var token = await ExchangeAsync(Server.IssueToken(), r => r.RequestedTokenType = type);

        Assert.Equal((type, isJwt), (token.IssuedTokenType, token.AccessToken!.Contains('.', StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(ReissueBehavior.SameToken)]
    [InlineData(ReissueBehavior.RevokePrevious)]
    public async Task Exchange_ReissueBehavior_KeepsTokensOfOtherSubjectsActorsAndAudiencesApart(ReissueBehavior behavior)
    {
        var (alice, front, back) = (Server.IssueToken(username: "alice"), Server.IssueToken("front"), Server.IssueToken("back"));
        Server.Options.ReissueBehavior = behavior;

        string?[] tokens =
        [
            (await ExchangeAsync(alice)).AccessToken,
            (await ExchangeAsync(front)).AccessToken,
            (await ExchangeAsync(back)).AccessToken,
            (await ExchangeAsync(alice, r => (r.ActorToken, r.ActorTokenType) = (front, AccessToken))).AccessToken,
            (await ExchangeAsync(alice, r => r.Audience = "a")).AccessToken,
            (await ExchangeAsync(alice, r => r.RequestedTokenType = Jwt)).AccessToken,
            await Caller.GetTokenAsync(),
        ];

        Assert.Equal(7, tokens.Distinct().Count());
        foreach (var token in tokens)
            Assert.Equal(HttpStatusCode.OK, (await Caller.CallAsync(token)).Status);
        Assert.Equal(behavior is ReissueBehavior.SameToken, tokens[0] == (await ExchangeAsync(alice)).AccessToken);
    }

    [Theory]
    [InlineData("subject_token_type=" + AccessToken, "invalid_request", "'subject_token' is missing")]
    [InlineData("subject_token=&subject_token_type=" + AccessToken, "invalid_request", "'subject_token' is missing")]
    [InlineData("subject_token={live}", "invalid_request", "'subject_token_type' is missing")]
    [InlineData("subject_token={live}&subject_token_type=urn:ietf:params:oauth:token-type:saml2", "invalid_request", "The subject_token_type is")]
    [InlineData("subject_token=unknown&subject_token_type=" + AccessToken, "invalid_request", "The subject_token is no access token of this server")]
    [InlineData("subject_token={revoked}&subject_token_type=" + AccessToken, "invalid_request", "The subject_token is revoked")]
    [InlineData("subject_token={expired}&subject_token_type=" + AccessToken, "invalid_request", "The subject_token has expired")]
    [InlineData("subject_token={opaque}&subject_token_type=" + Jwt, "invalid_request", "The subject_token is no JWT")]
    [InlineData("{good}&actor_token={live}", "invalid_request", "'actor_token_type' is missing")]
    [InlineData("{good}&actor_token_type=" + AccessToken, "invalid_request", "without an 'actor_token'")]
    [InlineData("{good}&actor_token={live}&actor_token_type=magic", "invalid_request", "The actor_token_type is 'magic'")]
    [InlineData("{good}&actor_token={revoked}&actor_token_type=" + AccessToken, "invalid_request", "The actor_token is revoked")]
    [InlineData("{good}&requested_token_type=urn:ietf:params:oauth:token-type:refresh_token", "invalid_request", "The requested_token_type is")]
    [InlineData("{good}&resource=orders", "invalid_target", "The resource 'orders'")]
    [InlineData("{good}&resource=/orders", "invalid_target", "The resource '/orders'")]
    [InlineData("{good}&resource=https://a.example/%23part", "invalid_target", "without a fragment")]
    [InlineData("{good}&resource=https://a.example&resource=orders", "invalid_target", "The resource 'orders'")]
    [InlineData("{good}&subject_token={live}", "invalid_request", "'subject_token' is repeated")]
    public async Task Exchange_RequestIsWrong_SaysWhatAndNoToken(string form, string error, string description)
    {
        var (live, revoked, expired) = (Server.IssueToken(username: "alice"), Server.IssueToken(), Server.IssueToken(lifetime: TimeSpan.FromSeconds(-1)));
        Server.RevokeToken(revoked);
        Server.Options.TokenFormat = TokenFormat.Opaque;
        var opaque = Server.IssueToken();
        form = form.Replace("{good}", $"subject_token={live}&subject_token_type={AccessToken}", StringComparison.Ordinal)
            .Replace("{live}", live, StringComparison.Ordinal)
            .Replace("{revoked}", revoked, StringComparison.Ordinal)
            .Replace("{expired}", expired, StringComparison.Ordinal)
            .Replace("{opaque}", opaque, StringComparison.Ordinal);

        var answer = await Caller.TokenAsync($"grant_type={TokenExchange}&{form}");

        Assert.Equal((HttpStatusCode.BadRequest, error), (answer.Status, answer["error"]));
        Assert.Contains(description, answer["error_description"], StringComparison.Ordinal);
        Assert.All(new[] { live, revoked, expired, opaque }, t => Assert.DoesNotContain(t, answer.Body, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Exchange_StrictAndScopeNotAllowed_IsInvalidScope()
    {
        Server.Options.Strict = true;

        Assert.Equal("invalid_scope", (await ExchangeAsync(Server.IssueToken(), r => r.Scope = "admin")).Error);
    }

    [Fact]
    public async Task Exchange_ClientWithoutTheGrant_IsUnauthorizedClient() =>
        Assert.Equal("unauthorized_client", (await Caller.TokenAsync(Form(Server.IssueToken()), Caller.Basic("front", "secret")))["error"]);

    private static string Form(string subjectToken, string more = "") => $"grant_type={TokenExchange}&subject_token={subjectToken}&subject_token_type={AccessToken}{more}";

    private Task<TokenResponse> ExchangeAsync(string subjectToken, Action<TokenExchangeTokenRequest>? configure = null)
    {
        var request = new TokenExchangeTokenRequest
        {
            Address = Server.TokenEndpoint.AbsoluteUri,
            ClientId = "id",
            ClientSecret = "secret",
            SubjectToken = subjectToken,
            SubjectTokenType = AccessToken,
        };
        configure?.Invoke(request);
        return Caller.Http.RequestTokenExchangeTokenAsync(request);
    }
}
