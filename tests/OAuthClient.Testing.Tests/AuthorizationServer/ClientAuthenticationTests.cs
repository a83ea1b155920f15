using System.Net;
using System.Net.Http.Headers;

namespace OAuthClient.Testing.Tests.AuthorizationServer;

public class ClientAuthenticationTests
{
    private const string Grant = "grant_type=client_credentials";

    [Fact]
    public async Task Basic_RightSecret_IsAccepted()
    {
        var answer = await TokenAsync(Grant, Caller.Basic("id", "secret"));

        Assert.Equal(HttpStatusCode.OK, answer.Status);
    }

    [Theory]
    [InlineData("id", "wrong")]
    [InlineData("unknown", "secret")]
    [InlineData("id", "")]
    public async Task Basic_WrongSecretOrUnknownClient_IsInvalidClientWithUnquotedChallenge(string id, string secret)
    {
        var answer = await TokenAsync(Grant, Caller.Basic(id, secret));

        Assert.Equal((HttpStatusCode.Unauthorized, "invalid_client", "Basic realm=127.0.0.1"), (answer.Status, answer["error"], answer.Challenge));
        Assert.StartsWith("{\"error_description\":", answer.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task QuotedRealm_Set_QuotesTheChallengeOfFaultsToo()
    {
        await using var server = await OAuth2TestServer.StartAsync(o => o.QuotedRealm = true);
        using var caller = new Caller(server);
        var refused = await caller.TokenAsync(Grant, Caller.Basic("id", "wrong"));
        server.TokenEndpointBehavior.FailNext(1, 401);
        var failed = await caller.TokenAsync(Grant);

        Assert.Equal(("Basic realm=\"127.0.0.1\"", "Basic realm=\"127.0.0.1\""), (refused.Challenge, failed.Challenge));
    }

    [Theory]
    [InlineData("Basic", "not-base64!")]
    [InlineData("Basic", "aWQ=")]
    [InlineData("Bearer", "token")]
    public async Task Authorization_NoBasicCredentials_IsInvalidClient(string scheme, string parameter)
    {
        var answer = await TokenAsync(Grant + (scheme is "Bearer" ? "&client_id=id&client_secret=secret" : ""), new AuthenticationHeaderValue(scheme, parameter));

        Assert.Equal((HttpStatusCode.Unauthorized, "invalid_client"), (answer.Status, answer["error"]));
    }

    [Theory]
    [InlineData("s&cret 1", false, "s%26cret+1", HttpStatusCode.Unauthorized)]
    [InlineData("s&cret 1", false, "s&cret 1", HttpStatusCode.OK)]
    [InlineData("s&cret 1", true, "s%26cret+1", HttpStatusCode.OK)]
    [InlineData("s&cret 1", true, "s%2Bcret", HttpStatusCode.Unauthorized)]
    [InlineData("a:b", false, "a:b", HttpStatusCode.Unauthorized)]
    [InlineData("a:b", true, "a%3Ab", HttpStatusCode.OK)]
    public async Task Basic_SecretWithSpecialCharacters_IsReadRawUnlessEncoded(string secret, bool encoded, string sent, HttpStatusCode expected)
    {
        var answer = await TokenAsync(Grant, Caller.Basic("id", sent), o => (o.EncodedBasic, o.Clients[0].ClientSecret) = (encoded, secret));

        Assert.Equal(expected, answer.Status);
    }

    [Theory]
    [InlineData("&client_id=id&client_secret=secret", HttpStatusCode.OK)]
    [InlineData("&client_id=id&client_secret=wrong", HttpStatusCode.Unauthorized)]
    [InlineData("&client_id=id", HttpStatusCode.Unauthorized)]
    [InlineData("", HttpStatusCode.Unauthorized)]
    public async Task Post_Secret_IsRequiredOfConfidentialClient(string credentials, HttpStatusCode expected)
    {
        var answer = await TokenAsync(Grant + credentials, null);

        Assert.Equal(expected, answer.Status);
    }

    [Theory]
    [InlineData("&client_secret=secret")]
    [InlineData("&client_id=other")]
    [InlineData("&client_assertion=a.b.c")]
    public async Task Basic_OtherCredentialsInBodyToo_IsInvalidRequest(string body)
    {
        var answer = await TokenAsync(Grant + body, Caller.Basic("id", "secret"));

        Assert.Equal((HttpStatusCode.BadRequest, "invalid_request"), (answer.Status, answer["error"]));
    }

    [Fact]
    public async Task Basic_SameClientIdInBody_IsAccepted()
    {
        var answer = await TokenAsync(Grant + "&client_id=id", Caller.Basic("id", "secret"));

        Assert.Equal(HttpStatusCode.OK, answer.Status);
    }

    [Theory]
    [InlineData("&client_id=id", HttpStatusCode.OK)]
    [InlineData("&client_id=id&client_secret=", HttpStatusCode.Unauthorized)]
    public async Task None_PublicClient_SendsItsIdAlone(string credentials, HttpStatusCode expected)
    {
        var answer = await TokenAsync(Grant + credentials, null, o => o.Clients[0].ClientSecret = null);

        Assert.Equal(expected, answer.Status);
    }

    [Fact]
    public async Task AuthenticationMethods_PostOnly_RefusesBasic()
    {
        static void PostOnly(OAuth2TestServerOptions options) => options.Clients[0].AuthenticationMethods.Add("client_secret_post");

        var basic = await TokenAsync(Grant, Caller.Basic("id", "secret"), PostOnly);
        var post = await TokenAsync(Grant + "&client_id=id&client_secret=secret", null, PostOnly);

        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.OK), (basic.Status, post.Status));
        Assert.Contains("client_secret_basic", basic["error_description"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Blocked_Client_IsInvalidClient()
    {
        var answer = await TokenAsync(Grant, Caller.Basic("id", "secret"), o => o.Clients[0].Blocked = true);

        Assert.Equal((HttpStatusCode.Unauthorized, "invalid_client"), (answer.Status, answer["error"]));
    }

    [Fact]
    public async Task ClientSecret_ChangedWhileRunning_CountsAtOnce()
    {
        await using var server = await OAuth2TestServer.StartAsync();
        using var caller = new Caller(server);

        server.Options.Clients[0].ClientSecret = "rotated";
        var old = await caller.TokenAsync(Grant, Caller.Basic("test-client", "test-secret"));
        var rotated = await caller.TokenAsync(Grant, Caller.Basic("test-client", "rotated"));

        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.OK), (old.Status, rotated.Status));
    }

    private static async Task<Answer> TokenAsync(string form, AuthenticationHeaderValue? credentials, Action<OAuth2TestServerOptions>? configure = null)
    {
        await using var server = await OAuth2TestServer.StartAsync(o =>
        {
            o.Clients.Add(new TestClient("id", "secret"));
            configure?.Invoke(o);
        });
        using var caller = new Caller(server);
        return await caller.TokenAsync(form, credentials);
    }
}
