using System.Net;
using System.Text;

namespace OAuthClient.Testing.Tests.AuthorizationServer;

public class TokenRequestTests : ServerTests
{
    protected override void Configure(OAuth2TestServerOptions options)
    {
        options.Clients.Add(new TestClient("id", "secret") { Scopes = { "read", "write" } });
        options.Clients.Add(new TestClient("service", "secret"));
        options.Clients[1].GrantTypes.Remove("password");
        options.RepeatableParameters.Add("resource");
    }

    [Fact]
    public async Task ClientCredentials_Granted_AnswersInTheWireShape()
    {
        var answer = await Caller.TokenAsync("grant_type=client_credentials&scope=read");

        Assert.Equal("application/json", answer.ContentType!.ToString());
        Assert.Equal($$"""{"access_token":"{{answer["access_token"]}}","scope":"read","token_type":"Bearer","expires_in":3600}""", answer.Body);
        Assert.Equal("no-store", answer.Headers.CacheControl!.ToString());
    }

    [Theory]
    [InlineData("read admin write read", "read write")]
    [InlineData("admin", "default")]
    [InlineData("", "default")]
    [InlineData("read device_7", "read")]
    public async Task Scope_NotAllowed_IsDroppedWithoutError(string asked, string granted)
    {
        var answer = await Caller.TokenAsync($"grant_type=client_credentials&scope={Uri.EscapeDataString(asked)}");

        Assert.Equal((HttpStatusCode.OK, granted), (answer.Status, answer["scope"]));
    }

    [Fact]
    public async Task Scope_ClientWithoutList_GetsWhatItAsksFor()
    {
        var answer = await Caller.TokenAsync("grant_type=client_credentials&scope=anything+urn%3Aacme%3Aapi%3Aread", Caller.Basic("service", "secret"));

        Assert.Equal("anything urn:acme:api:read", answer["scope"]);
    }

    [Theory]
    [InlineData("grant_type=magic", "unsupported_grant_type")]
    [InlineData(Caller.PasswordGrant, "unauthorized_client")]
    [InlineData("scope=read", "invalid_request")]
    [InlineData("grant_type=", "invalid_request")]
    [InlineData("grant_type=refresh_token&refresh_token=", "invalid_request")]
    [InlineData("grant_type=client_credentials&grant_type=client_credentials", "invalid_request")]
    [InlineData("grant_type=client_credentials&scope=read&scope=write", "invalid_request")]
    public async Task Grant_CannotBeUsed_Is400WithTheError(string form, string error)
    {
        var answer = await Caller.TokenAsync(form, Caller.Basic("service", "secret"));

        Assert.Equal((HttpStatusCode.BadRequest, error), (answer.Status, answer["error"]));
    }

    [Fact]
    public async Task Parameter_RepeatableByOption_MayBeRepeated()
    {
        var answer = await Caller.TokenAsync("grant_type=client_credentials&resource=a&resource=b");

        Assert.Equal(HttpStatusCode.OK, answer.Status);
    }

    [Theory]
    [InlineData("client_id=id&client_secret=secret")]
    [InlineData("password=x")]
    [InlineData("subject_token=x")]
    [InlineData("actor_token=x")]
    [InlineData("code=x")]
    [InlineData("device_code=x")]
    public async Task Query_HoldsSecret_IsInvalidRequestThatDoesNotRepeatIt(string query)
    {
        var answer = await Caller.PostAsync(new Uri($"{Server.TokenEndpoint}?{query}"), "grant_type=client_credentials", Caller.Basic("id", "secret"));

        Assert.Equal((HttpStatusCode.BadRequest, "invalid_request"), (answer.Status, answer["error"]));
        Assert.DoesNotContain("=", answer["error_description"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Body_NoForm_IsInvalidRequest()
    {
        var answer = await Caller.SendAsync(new HttpRequestMessage(HttpMethod.Post, Server.TokenEndpoint)
        {
            Content = new StringContent("""{"grant_type":"client_credentials"}""", Encoding.UTF8, "application/json"),
            Headers = { Authorization = Caller.Basic("id", "secret") },
        });

        Assert.Equal((HttpStatusCode.BadRequest, "invalid_request"), (answer.Status, answer["error"]));
        Assert.Contains("application/json", answer["error_description"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("say \"no\"", "say 'no'")]
    [InlineData("a\\b", "a/b")]
    [InlineData("two\r\nlines\tand\u007f", "two  lines and?")]
    [InlineData("gr\u00fc\u00df \ud83d\ude00 ~!", "gr?? ?? ~!")]
    public async Task ErrorDescription_CharactersThatTheProtocolForbids_AreReplaced(string description, string expected)
    {
        await using var server = await OAuth2TestServer.StartAsync(o =>
        {
            o.Clients.Add(new TestClient("id", "secret") { GrantTypes = { "custom" } });
            o.CustomGrants["custom"] = grant => grant.Refuse("invalid_grant\n", description);
        });
        using var caller = new Caller(server);

        var custom = await caller.TokenAsync("grant_type=custom");
        var echoed = await caller.TokenAsync($"grant_type={Uri.EscapeDataString(description)}");

        Assert.Equal((expected, "invalid_grant "), (custom["error_description"], custom["error"]));
        Assert.Contains(expected, echoed["error_description"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("application/x-www-form-urlencodedX")]
    [InlineData("application/x-www-form-urlencoded, text/plain")]
    [InlineData("multipart/form-data; boundary=x")]
    [InlineData("nonsense")]
    [InlineData("")]
    public async Task ContentType_NotThatOfAForm_IsInvalidRequest(string contentType)
    {
        var answer = await PostAsync("grant_type=client_credentials", contentType);

        Assert.Equal((HttpStatusCode.BadRequest, "invalid_request"), (answer.Status, answer["error"]));
    }

    [Theory]
    [InlineData("Application/X-WWW-Form-UrlEncoded")]
    [InlineData("application/x-www-form-urlencoded;charset=\"utf-8\"")]
    [InlineData("application/x-www-form-urlencoded; charset=nonsense")]
    public async Task ContentType_OfAForm_IsTakenHoweverItIsSpelled(string contentType)
    {
        var answer = await PostAsync("grant_type=client_credentials", contentType);

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal("client_credentials", Server.RecordedTokenRequests[0].Form["grant_type"]);
    }

    [Theory]
    [InlineData("value")]
    [InlineData("name")]
    [InlineData("fields")]
    [InlineData("null character")]
    public async Task Form_CannotBeRead_IsInvalidRequestAtBothEndpoints(string fault)
    {
        var form = "grant_type=client_credentials&token=x&" + fault switch
        {
            "value" => "a=" + new string('a', 5 * 1024 * 1024),
            "name" => new string('a', 4096) + "=a",
            "fields" => string.Join('&', Enumerable.Range(0, 2000).Select(i => $"f{i}=a")),
            _ => "a=%00",
        };

        foreach (var endpoint in new[] { Server.TokenEndpoint, Server.RevocationEndpoint })
        {
            var answer = await Caller.PostAsync(endpoint, form, Caller.Basic("id", "secret"));
            Assert.Equal((HttpStatusCode.BadRequest, "invalid_request"), (answer.Status, answer["error"]));
        }
    }

    [Fact]
    public async Task Form_ChunkedBodyIsBroken_IsInvalidRequest()
    {
        var answer = await Caller.SendRawAsync(
            "POST /oauth2/token HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n");

        Assert.StartsWith("HTTP/1.1 400 ", answer, StringComparison.Ordinal);
        Assert.Contains("\"error\":\"invalid_request\"", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ConfigureTokenResponse_ChangesMembers_AreSentAsSet()
    {
        await using var server = await OAuth2TestServer.StartAsync(o => o.ConfigureTokenResponse = response =>
        {
            response["token_type"] = "bearer";
            response["expires_in"] = "3600";
            response.Remove("scope");
        });
        using var caller = new Caller(server);

        var answer = await caller.TokenAsync("grant_type=client_credentials&scope=a");

        Assert.EndsWith(""","token_type":"bearer","expires_in":"3600"}""", answer.Body, StringComparison.Ordinal);
        Assert.Null(answer["scope"]);
    }

    [Fact]
    public async Task CustomGrant_TokenExchange_NamesUserAndAddsToTheResponse()
    {
        const string TokenExchange = "urn:ietf:params:oauth:grant-type:token-exchange";
        await using var server = await OAuth2TestServer.StartAsync(o =>
        {
            o.Clients.Add(new TestClient("id", "secret") { GrantTypes = { TokenExchange } });
            o.CustomGrants[TokenExchange] = grant =>
            {
                if (grant.Parameters["subject_token"] != "good")
                {
                    grant.Refuse("invalid_grant", "The subject token is bad.");
                    return;
                }

                grant.Username = "bob";
                grant.IssueRefreshToken = true;
                grant.Response["issued_token_type"] = "urn:ietf:params:oauth:token-type:access_token";
            };
        });
        using var caller = new Caller(server);
        var form = $"grant_type={Uri.EscapeDataString(TokenExchange)}&subject_token=";

        var bad = await caller.TokenAsync(form + "bad");
        var good = await caller.TokenAsync(form + "good");
        var call = await caller.CallAsync(good["access_token"]);

        Assert.Equal((HttpStatusCode.BadRequest, "invalid_grant", "The subject token is bad."), (bad.Status, bad["error"], bad["error_description"]));
        Assert.Equal("urn:ietf:params:oauth:token-type:access_token", good["issued_token_type"]);
        Assert.NotNull(good["refresh_token"]);
        Assert.Equal("bob", call["user"]);
    }

    [Fact]
    public async Task CustomGrant_ClientMayNotRefresh_ComesWithoutRefreshToken()
    {
        await using var server = await OAuth2TestServer.StartAsync(o =>
        {
            o.Clients.Add(new TestClient("id", "secret") { GrantTypes = { "custom" } });
            o.Clients[0].GrantTypes.Remove("refresh_token");
            o.CustomGrants["custom"] = grant => grant.IssueRefreshToken = true;
        });
        using var caller = new Caller(server);

        var answer = await caller.TokenAsync("grant_type=custom");

        Assert.Equal((HttpStatusCode.OK, null), (answer.Status, answer["refresh_token"]));
    }

    [Theory]
    [InlineData("/oauth2/token", 405)]
    [InlineData("/oauth2/tokens", 404)]
    [InlineData("/apis", 404)]
    public async Task Get_NotServed_SaysWhatIs(string path, int status)
    {
        var answer = await Caller.SendAsync(new HttpRequestMessage(HttpMethod.Get, new Uri(Server.BaseAddress, path)));

        Assert.Equal(status, (int)answer.Status);
        Assert.Contains(path, answer["message"], StringComparison.Ordinal);
    }

    private Task<Answer> PostAsync(string form, string contentType)
    {
        var content = new ByteArrayContent(Encoding.UTF8.GetBytes(form));
        if (contentType.Length > 0)
            content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        return Caller.SendAsync(new HttpRequestMessage(HttpMethod.Post, Server.TokenEndpoint) { Content = content, Headers = { Authorization = Caller.Basic("id", "secret") } });
    }
}
