using System.Text;
using OAuthClient.Testing;

namespace OAuthClient.Tests.Protocol;

public sealed class ClientAuthenticationTests
{
    // Every character that one of the two encodings could get wrong.
    private const string ClientId = "app+1 %41&ü";
    private const string ClientSecret = "s+c%20r t/~*=ß€";

    [Fact]
    public async Task BasicRaw_OddCharacters_GoAsTheyAre()
    {
        await using var app = await StartAsync(encodedBasic: false, client => client.BasicCredentialEncoding = BasicCredentialEncoding.Raw);

        await app.Tokens.GetTokenAsync(TestApp.ClientName);

        var request = Assert.Single(app.Server.RecordedTokenRequests);
        Assert.Equal($"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes($"{ClientId}:{ClientSecret}"))}", request.Headers["Authorization"]);
        AssertNotInForm(request);
    }

    [Fact]
    public async Task BasicFormUrlEncoded_OddCharacters_ArriveDecoded()
    {
        await using var app = await StartAsync(encodedBasic: true, client => client.BasicCredentialEncoding = BasicCredentialEncoding.FormUrlEncoded);

        await app.Tokens.GetTokenAsync(TestApp.ClientName);

        var request = Assert.Single(app.Server.RecordedTokenRequests);
        var sent = Encoding.UTF8.GetString(Convert.FromBase64String(request.Headers["Authorization"]["Basic ".Length..]));
        Assert.Equal("app%2B1+%2541%26%C3%BC:s%2Bc%2520r+t%2F~%2A%3D%C3%9F%E2%82%AC", sent);
        AssertNotInForm(request);
    }

    [Fact]
    public async Task BasicFormUrlEncoded_IsTheDefaultWithoutProvider()
    {
        await using var app = await StartAsync(encodedBasic: true, client => { });

        Assert.NotNull(await app.Tokens.GetTokenAsync(TestApp.ClientName));
    }

    [Fact]
    public async Task BasicFormUrlEncoded_SecretWithColon_ArrivesDecoded()
    {
        await using var app = await TestApp.StartAsync(
            server =>
            {
                server.EncodedBasic = true;
                server.Clients.Add(new TestClient("a:b", "c:d"));
            },
            client => (client.ClientId, client.ClientSecret) = ("a:b", "c:d"));

        Assert.NotNull(await app.Tokens.GetTokenAsync(TestApp.ClientName));
    }

    [Fact]
    public async Task Post_OddCharacters_GoInTheFormAlone()
    {
        await using var app = await StartAsync(encodedBasic: false, client => client.ClientAuthenticationMethod = ClientAuthenticationMethod.ClientSecretPost);

        await app.Tokens.GetTokenAsync(TestApp.ClientName);

        var request = Assert.Single(app.Server.RecordedTokenRequests);
        Assert.Equal((ClientId, ClientSecret), (request.Form["client_id"], request.Form["client_secret"]));
        Assert.False(request.Headers.ContainsKey("Authorization"));
    }

    [Fact]
    public async Task None_SendsTheClientIdAlone()
    {
        await using var app = await TestApp.StartAsync(
            server => server.Clients.Add(new TestClient("public", null)),
            client => (client.ClientId, client.ClientSecret, client.ClientAuthenticationMethod) = ("public", null, ClientAuthenticationMethod.None));

        await app.Tokens.GetTokenAsync(TestApp.ClientName);

        var request = Assert.Single(app.Server.RecordedTokenRequests);
        Assert.Equal("public", request.Form["client_id"]);
        Assert.False(request.Form.ContainsKey("client_secret"));
        Assert.False(request.Headers.ContainsKey("Authorization"));
    }

    [Theory]
    [InlineData(ClientAuthenticationMethod.ClientSecretBasic)]
    [InlineData(ClientAuthenticationMethod.ClientSecretPost)]
    public async Task Revocation_AuthenticatesAsTheTokenRequestDid(ClientAuthenticationMethod method)
    {
        await using var app = await StartAsync(encodedBasic: true, client => client.ClientAuthenticationMethod = method);
        var token = await app.Tokens.GetTokenAsync(TestApp.ClientName);

        await app.Tokens.RevokeAsync(TestApp.ClientName);

        var request = Assert.Single(app.Server.RecordedRevocationRequests);
        Assert.Equal((token.Value, "access_token"), (request.Form["token"], request.Form["token_type_hint"]));
        Assert.Equal(method == ClientAuthenticationMethod.ClientSecretBasic, request.Headers.ContainsKey("Authorization"));
        Assert.Equal(method == ClientAuthenticationMethod.ClientSecretPost, request.Form.ContainsKey("client_secret"));
        Assert.Equal(0, app.Server.LiveTokens);
    }

    private static Task<TestApp> StartAsync(bool encodedBasic, Action<OAuth2ClientOptions> configure) => TestApp.StartAsync(
        server =>
        {
            server.EncodedBasic = encodedBasic;
            server.Clients.Add(new TestClient(ClientId, ClientSecret));
        },
        client =>
        {
            (client.ClientId, client.ClientSecret) = (ClientId, ClientSecret);
            configure(client);
        });

    private static void AssertNotInForm(RecordedRequest request)
    {
        Assert.False(request.Form.ContainsKey("client_id"));
        Assert.False(request.Form.ContainsKey("client_secret"));
    }
}
