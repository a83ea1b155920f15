using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Duende.IdentityModel.Client;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace OAuthClient.Testing.Tests.AuthorizationServer;

/// <summary>An agent signs in without a browser and trades the code that it gets (RFC 6749 section 4.1, RFC 7636).</summary>
public class AgentLoginTests : ServerTests
{
    private const string Redirect = "https://app.example/callback";
    private const string Verifier = "dBjftJeZ4CVP-mBVGQ.8dTc~xYk5aBcD_eFgHiJkLmNoPqRs";

    private static readonly string _challenge = Base64UrlEncoder.Encode(SHA256.HashData(Encoding.ASCII.GetBytes(Verifier)));

    private TestIssuer _acme = null!;

    protected override void Configure(OAuth2TestServerOptions options)
    {
        options.Clients.Add(new TestClient("id", "secret") { Scopes = { "read", "write" }, GrantTypes = { "authorization_code" } });
        options.Clients.Add(new TestClient("app", null) { GrantTypes = { "authorization_code" } });
        options.Clients.Add(new TestClient("service", "secret"));
        options.Clients.Add(new TestClient("blocked", "secret") { GrantTypes = { "authorization_code" }, Blocked = true });
        options.Agents.Add(new TestAgent("agent-1", "agent-secret"));
    }

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        _acme = Server.AddIssuer("t/acme");
    }

    [Theory]
    [InlineData("id", "secret", "read")]
    [InlineData("app", null, "read admin")]
    public async Task Login_RightSecret_EndsInATokenOfTheAgent(string id, string? secret, string scope)
    {
        var begun = await AuthorizeAsync(Form(("client_id", id), ("scope", "read admin")));
        var (flowId, authenticatorId) = Ids(begun);
        Assert.Equal(
            $$$"""{"flowId":"{{{flowId}}}","flowStatus":"INCOMPLETE","nextStep":{"stepType":"AUTHENTICATOR_PROMPT","authenticators":[{"authenticatorId":"{{{authenticatorId}}}","authenticator":"Username \u0026 Password","idp":"LOCAL"}]}}""",
            begun.Body);

        var signedIn = await SignInAsync(flowId, authenticatorId);
        var code = signedIn["code"]!;
        Assert.Equal($$"""{"code":"{{code}}","authData":{"code":"{{code}}"},"flowStatus":"SUCCESS_COMPLETED"}""", signedIn.Body);
        Assert.Equal((HttpStatusCode.OK, "no-store"), (signedIn.Status, signedIn.Headers.CacheControl!.ToString()));

        var token = await RedeemAsync(code, id: id, secret: secret);
        Assert.Equal((false, scope), (token.IsError, token.Scope));
        var jwt = new JsonWebToken(token.AccessToken);
        Assert.Equal(("agent-1", "AGENT", id), (jwt.Subject, jwt.GetClaim("aut").Value, jwt.GetClaim("client_id").Value));
        Assert.Equal("agent-1", (await Caller.CallAsync(token.AccessToken))["user"]);
        var refreshed = await Caller.Http.RequestRefreshTokenAsync(Fill(new RefreshTokenRequest { RefreshToken = token.RefreshToken! }, id, secret));
        Assert.Equal("AGENT", new JsonWebToken(refreshed.AccessToken).GetClaim("aut").Value);
        Assert.Equal((1, 1, 2), (Server.AuthorizationRequests, Server.AuthenticationRequests, Server.TokenRequests));
        Assert.Equal("direct", Server.RecordedAuthorizationRequests[0].Form["response_mode"]);
        Assert.Equal("/oauth2/authn", Server.RecordedAuthenticationRequests[0].Path);
    }

    [Fact]
    public async Task Login_StateSent_ComesBack()
    {
        var answer = await SignInAsync(await AuthorizeAsync(Form(("state", "s-1"))));

        Assert.Equal("s-1", JsonDocument.Parse(answer["authData"]!).RootElement.GetProperty("state").GetString());
    }

    [Theory]
    [InlineData("client_id", null, "invalid_request", "'client_id' is missing")]
    [InlineData("client_id", "nobody", "unauthorized_client", "'nobody' is unknown")]
    [InlineData("client_id", "blocked", "unauthorized_client", "'blocked' is unknown or blocked")]
    [InlineData("client_id", "service", "unauthorized_client", "may not use the grant 'authorization_code'")]
    [InlineData("response_type", null, "invalid_request", "'response_type' is missing")]
    [InlineData("response_type", "token", "unsupported_response_type", "The response_type")]
    [InlineData("response_mode", null, "invalid_request", "'response_mode' is missing")]
    [InlineData("response_mode", "query", "invalid_request", "The response_mode")]
    [InlineData("redirect_uri", null, "invalid_request", "'redirect_uri' is missing")]
    [InlineData("redirect_uri", "/callback", "invalid_request", "The redirect_uri")]
    [InlineData("redirect_uri", "https://app.example/#here", "invalid_request", "The redirect_uri")]
    [InlineData("code_challenge", null, "invalid_request", "'code_challenge' is missing")]
    [InlineData("code_challenge", "short", "invalid_request", "The code_challenge")]
    [InlineData("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-c=", "invalid_request", "The code_challenge")]
    [InlineData("code_challenge_method", null, "invalid_request", "'code_challenge_method' is missing")]
    [InlineData("code_challenge_method", "plain", "invalid_request", "The code_challenge_method")]
    [InlineData("scope", "admin", "invalid_scope", "'admin'")]
    public async Task Authorize_ParameterIsWrong_Is400ThatNamesIt(string name, string? value, string error, string description)
    {
        Server.Options.Strict = true;

        AssertRefused(await AuthorizeAsync(Form((name, value))), error, description);
    }

    [Theory]
    [InlineData("wrong", "agent-1")]
    [InlineData("", "agent-1")]
    [InlineData("agent-secret", "AGENT-1")]
    [InlineData("alice-password", "alice")]
    public async Task Authn_WrongCredentials_AsksAgainAndTheRightOnesEndIt(string secret, string agent)
    {
        var (flowId, authenticatorId) = Ids(await AuthorizeAsync(Form()));

        var wrong = await SignInAsync(flowId, authenticatorId, secret, agent);
        var right = await SignInAsync(flowId, authenticatorId);

        Assert.Equal((HttpStatusCode.OK, "FAIL_INCOMPLETE", flowId, null), (wrong.Status, wrong["flowStatus"], wrong["flowId"], wrong["code"]));
        var step = JsonDocument.Parse(wrong["nextStep"]!).RootElement;
        Assert.Equal(authenticatorId, step.GetProperty("authenticators")[0].GetProperty("authenticatorId").GetString());
        Assert.Equal("ERROR", step.GetProperty("messages")[0].GetProperty("type").GetString());
        Assert.Equal("SUCCESS_COMPLETED", right["flowStatus"]);
    }

    [Fact]
    public async Task Authn_SecretRotated_IsTheNewOne()
    {
        Server.Options.Agents[0].AgentSecret = "new";
        var (flowId, authenticatorId) = Ids(await AuthorizeAsync(Form()));

        Assert.Equal("FAIL_INCOMPLETE", (await SignInAsync(flowId, authenticatorId))["flowStatus"]);
        Assert.Equal("SUCCESS_COMPLETED", (await SignInAsync(flowId, authenticatorId, "new"))["flowStatus"]);
    }

    [Theory]
    [InlineData("", "application/json", "no JSON object")]
    [InlineData("{", "application/json", "no JSON object")]
    [InlineData("[]", "application/json", "no JSON object")]
    [InlineData("{all}", "text/plain", "no JSON object")]
    [InlineData("""{"selectedAuthenticator":{}}""", "application/json", "'flowId' is missing")]
    [InlineData("""{"flowId":1}""", "application/json", "'flowId' is missing")]
    [InlineData("""{"flowId":"unknown"}""", "application/json", "The flowId is unknown")]
    [InlineData("""{"flowId":"{flow}"}""", "application/json", "'selectedAuthenticator' is missing")]
    [InlineData("""{"flowId":"{flow}","selectedAuthenticator":"x"}""", "application/json", "'selectedAuthenticator' is missing")]
    [InlineData("""{"flowId":"{flow}","selectedAuthenticator":{"authenticatorId":"x"}}""", "application/json", "'authenticatorId' is none")]
    [InlineData("""{"flowId":"{flow}","selectedAuthenticator":{"authenticatorId":"{id}"}}""", "application/json", "'params' is missing")]
    [InlineData("""{"flowId":"{flow}","selectedAuthenticator":{"authenticatorId":"{id}","params":{"password":"x"}}}""", "application/json", "'username' is missing")]
    [InlineData("""{"flowId":"{flow}","selectedAuthenticator":{"authenticatorId":"{id}","params":{"username":"x"}}}""", "application/json", "'password' is missing")]
    public async Task Authn_RequestIsWrong_Is400ThatSaysWhat(string body, string contentType, string description)
    {
        var (flowId, authenticatorId) = Ids(await AuthorizeAsync(Form()));
        body = body.Replace("{all}", Body(flowId, authenticatorId), StringComparison.Ordinal)
            .Replace("{flow}", flowId, StringComparison.Ordinal)
            .Replace("{id}", authenticatorId, StringComparison.Ordinal);

        AssertRefused(await AuthnAsync(body, contentType), "invalid_request", description);
    }

    [Fact]
    public async Task Authn_FlowOverOrOldOrOfAnotherIssuer_IsUnknown()
    {
        var (flowId, authenticatorId) = Ids(await AuthorizeAsync(Form()));
        var elsewhere = await Caller.SendAsync(new HttpRequestMessage(HttpMethod.Post, _acme.AuthenticationEndpoint) { Content = Json(Body(flowId, authenticatorId)) });
        Time.Advance(TimeSpan.FromMinutes(5) - TimeSpan.FromTicks(1));
        var used = await SignInAsync(flowId, authenticatorId);
        var again = await SignInAsync(flowId, authenticatorId);
        var (old, _) = Ids(await AuthorizeAsync(Form()));
        Time.Advance(TimeSpan.FromMinutes(5));

        Assert.Equal(HttpStatusCode.OK, used.Status);
        foreach (var answer in new[] { elsewhere, again, await SignInAsync(old, authenticatorId) })
            AssertRefused(answer, "invalid_request", "The flowId is unknown");
    }

    [Fact]
    public async Task Authn_ManyAtOnce_OneGetsTheCode()
    {
        var (flowId, authenticatorId) = Ids(await AuthorizeAsync(Form()));

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => SignInAsync(flowId, authenticatorId)));

        Assert.Single(answers, a => a.Status is HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("code", null, "invalid_request", "'code' is missing")]
    [InlineData("code", "guessed", "invalid_grant", "The code is unknown")]
    [InlineData("redirect_uri", null, "invalid_request", "'redirect_uri' is missing")]
    [InlineData("redirect_uri", Redirect + "/", "invalid_grant", "The redirect_uri is not")]
    [InlineData("code_verifier", null, "invalid_request", "'code_verifier' is missing")]
    [InlineData("code_verifier", "short", "invalid_request", "The code_verifier is not 43")]
    [InlineData("code_verifier", Verifier + "!", "invalid_request", "The code_verifier is not 43")]
    [InlineData("code_verifier", Verifier + Verifier + Verifier, "invalid_request", "The code_verifier is not 43")]
    [InlineData("code_verifier", Verifier + "x", "invalid_grant", "The code_verifier is not the one")]
    public async Task Redeem_ParameterIsWrong_SaysWhichAndTheCodeStaysGood(string name, string? value, string error, string description)
    {
        var code = await GetCodeAsync();
        var fields = new Dictionary<string, string?> { ["grant_type"] = "authorization_code", ["code"] = code, ["redirect_uri"] = Redirect, ["code_verifier"] = Verifier, [name] = value };

        var answer = await Caller.TokenAsync(Encode(fields));

        Assert.Equal((HttpStatusCode.BadRequest, error), (answer.Status, answer["error"]));
        Assert.Contains(description, answer["error_description"], StringComparison.Ordinal);
        Assert.All(new[] { code, Verifier, "guessed" }, secret => Assert.DoesNotContain(secret, answer.Body, StringComparison.Ordinal));
        Assert.False((await RedeemAsync(code)).IsError);
    }

    [Fact]
    public async Task Redeem_Twice_IsInvalidGrantAndRevokesWhatTheFirstGot()
    {
        var code = await GetCodeAsync();

        var first = await RedeemAsync(code);
        Assert.Equal(HttpStatusCode.OK, (await Caller.CallAsync(first.AccessToken)).Status);
        var second = await RedeemAsync(code);

        Assert.Equal(("invalid_grant", HttpStatusCode.Unauthorized), (second.Error, (await Caller.CallAsync(first.AccessToken)).Status));
        Assert.Contains("used before", second.ErrorDescription, StringComparison.Ordinal);
        Assert.Equal("invalid_grant", (await Caller.Http.RequestRefreshTokenAsync(Fill(new RefreshTokenRequest { RefreshToken = first.RefreshToken! }))).Error);
    }

    [Fact]
    public async Task Redeem_OldOrOfAnotherClientOrIssuer_IsInvalidGrant()
    {
        var code = await GetCodeAsync();

        Assert.Equal("invalid_grant", (await RedeemAsync(code, id: "app", secret: null)).Error);
        Assert.Equal("invalid_grant", (await RedeemAsync(code, endpoint: _acme.TokenEndpoint)).Error);
        Time.Advance(TimeSpan.FromMinutes(5));
        var old = await RedeemAsync(code);

        Assert.Equal(("invalid_grant", "The code has expired."), (old.Error, old.ErrorDescription));
    }

    [Fact]
    public async Task Redeem_ClientWithoutTheGrant_IsUnauthorizedClient() =>
        Assert.Equal("unauthorized_client", (await RedeemAsync("x", id: "service")).Error);

    [Fact]
    public async Task Metadata_ClientHasTheGrant_NamesTheEndpointAndWhatItTakes()
    {
        var metadata = await Caller.Http.GetFromJsonAsync<JsonElement>($"{Server.Issuer}/.well-known/openid-configuration");
        var other = await Caller.Http.GetFromJsonAsync<JsonElement>($"{Server.AddIssuer("t/plain", new TestClient("x", "y")).Issuer}/.well-known/openid-configuration");

        Assert.Equal(Server.AuthorizationEndpoint.AbsoluteUri, metadata.GetProperty("authorization_endpoint").GetString());
        Assert.Equal(("""["code"]""", """["S256"]"""), (metadata.GetProperty("response_types_supported").GetRawText(), metadata.GetProperty("code_challenge_methods_supported").GetRawText()));
        Assert.Equal("[]", other.GetProperty("response_types_supported").GetRawText());
        Assert.False(other.TryGetProperty("code_challenge_methods_supported", out _));
    }

    [Fact]
    public async Task Login_FaultsAndCounters_AreTheEndpointsOwn()
    {
        Server.AuthorizationEndpointBehavior.FailNext(1, 503);
        Server.AuthenticationEndpointBehavior.FailNext(1, 502);

        var statuses = new[] { (await AuthorizeAsync("")).Status, (await AuthorizeAsync("")).Status, (await AuthnAsync("")).Status, (await AuthnAsync("")).Status };

        Assert.Equal([HttpStatusCode.ServiceUnavailable, HttpStatusCode.BadRequest, HttpStatusCode.BadGateway, HttpStatusCode.BadRequest], statuses);
        Assert.Equal((2, 2, 0), (Server.AuthorizationRequests, Server.AuthenticationRequests, Server.TokenRequests));
        Server.ResetCounters();
        Assert.Equal((0, 0), (Server.AuthorizationRequests, Server.AuthenticationRequests));
    }

    [Fact]
    public async Task Agents_OneIdTwice_ServerDoesNotStart()
    {
        var exception = await Assert.ThrowsAsync<ArgumentException>(() => OAuth2TestServer.StartAsync(o =>
        {
            o.Agents.Add(new TestAgent("a", "first-secret"));
            o.Agents.Add(new TestAgent("a", "second-secret"));
        }));

        Assert.Contains("Agents holds 'a' more than once", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Agent_WithoutIdOrSecret_Throws()
    {
        Assert.Throws<ArgumentException>(() => new TestAgent(" ", "x"));
        Assert.Throws<ArgumentNullException>(() => new TestAgent("a", null!));
    }

    private static void AssertRefused(Answer answer, string error, string description)
    {
        Assert.Equal((HttpStatusCode.BadRequest, "ABA-60002", error), (answer.Status, answer["code"], answer["message"]));
        Assert.Contains(description, answer["description"], StringComparison.Ordinal);
    }

    private static string Form(params (string Name, string? Value)[] changes)
    {
        var fields = new Dictionary<string, string?>
        {
            ["client_id"] = "id",
            ["response_type"] = "code",
            ["redirect_uri"] = Redirect,
            ["response_mode"] = "direct",
            ["code_challenge"] = _challenge,
            ["code_challenge_method"] = "S256",
        };
        foreach (var (name, value) in changes)
            fields[name] = value;
        return Encode(fields);
    }

    private static string Encode(Dictionary<string, string?> fields) => string.Join('&', fields.Where(f => f.Value is not null).Select(f => $"{f.Key}={Uri.EscapeDataString(f.Value!)}"));

    private static (string FlowId, string AuthenticatorId) Ids(Answer answer) =>
        (answer["flowId"]!, JsonDocument.Parse(answer["nextStep"]!).RootElement.GetProperty("authenticators")[0].GetProperty("authenticatorId").GetString()!);

    private static string Body(string flowId, string authenticatorId, string secret = "agent-secret", string agent = "agent-1") =>
        $$$$"""{"flowId":"{{{{flowId}}}}","selectedAuthenticator":{"authenticatorId":"{{{{authenticatorId}}}}","params":{"username":"{{{{agent}}}}","password":"{{{{secret}}}}"}}}""";

    private static StringContent Json(string body, string contentType = "application/json") => new(body, Encoding.UTF8, contentType);

    private Task<Answer> AuthorizeAsync(string form) => Caller.PostAsync(Server.AuthorizationEndpoint, form, null);

    private Task<Answer> AuthnAsync(string body, string contentType = "application/json") =>
        Caller.SendAsync(new HttpRequestMessage(HttpMethod.Post, Server.AuthenticationEndpoint) { Content = Json(body, contentType) });

    private Task<Answer> SignInAsync(string flowId, string authenticatorId, string secret = "agent-secret", string agent = "agent-1") =>
        AuthnAsync(Body(flowId, authenticatorId, secret, agent));

    private Task<Answer> SignInAsync(Answer begun)
    {
        var (flowId, authenticatorId) = Ids(begun);
        return SignInAsync(flowId, authenticatorId);
    }

    private async Task<string> GetCodeAsync() => (await SignInAsync(await AuthorizeAsync(Form())))["code"]!;

    private Task<TokenResponse> RedeemAsync(string code, string id = "id", string? secret = "secret", Uri? endpoint = null)
    {
        var request = Fill(new AuthorizationCodeTokenRequest { Code = code, RedirectUri = Redirect, CodeVerifier = Verifier }, id, secret);
        request.Address = (endpoint ?? Server.TokenEndpoint).AbsoluteUri;
        return Caller.Http.RequestAuthorizationCodeTokenAsync(request);
    }

    private T Fill<T>(T request, string id = "id", string? secret = "secret")
        where T : ProtocolRequest
    {
        (request.Address, request.ClientId, request.ClientSecret) = (Server.TokenEndpoint.AbsoluteUri, id, secret);
        request.ClientCredentialStyle = ClientCredentialStyle.PostBody;
        return request;
    }
}
