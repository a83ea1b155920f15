using Microsoft.Extensions.DependencyInjection;
using OAuthClient.Testing;

namespace OAuthClient.Tests.Tokens;

/// <summary>What is sent for one token, and what is not sent again.</summary>
public sealed class TokenAcquirerTests
{
    [Theory]
    [InlineData("DPoP")]
    [InlineData("mac")]
    [InlineData("N_A")]
    public async Task Get_TokenOfAnotherType_ThrowsAndNothingIsCalledWithIt(string tokenType)
    {
        await using var app = await TestApp.StartAsync(server => server.ConfigureTokenResponse = response => response["token_type"] = tokenType);

        var exception = await Assert.ThrowsAsync<OAuth2TokenException>(() => app.CreateClient().GetAsync("orders"));

        Assert.False(exception.IsTransient);
        Assert.Contains($"'{tokenType}'", exception.Message, StringComparison.Ordinal);
        Assert.Equal(0, app.Server.ApiCalls);
    }

    [Fact]
    public async Task Get_WrongPasswordInTenScopeSets_IsSentOnceAndLocksNoAccount()
    {
        var user = new TestUser(OAuth2TestServer.DefaultUsername, "right");
        var password = "wrong";
        await using var app = await TestApp.StartAsync(
            server => server.Users.Add(user),
            client => (client.GrantType, client.Username, client.Password) = (GrantTypes.Password, user.Username, password));

        for (var i = 0; i < 14; i++)
        {
            foreach (var call in Enumerable.Range(0, 10).Select(scope => app.GetTokenAsync($"scope-{scope}")).ToArray())
                Assert.Equal("invalid_grant", (await Assert.ThrowsAsync<OAuth2TokenException>(() => call)).Error);
            app.Clock.Advance(TimeSpan.FromSeconds(45));
        }

        Assert.Equal(1, user.WrongPasswords);
        Assert.Equal(1, app.Server.TokenRequests);
        password = "right";
        app.ReloadOptions();
        await app.GetTokenAsync();
    }

    [Fact]
    public async Task Get_TenScopeSetsAtOnceWithAGoodPassword_TryItOnceAndThenAllAtOnce()
    {
        await using var app = await TestApp.StartAsync(client: client =>
            (client.GrantType, client.Username, client.Password) = (GrantTypes.Password, OAuth2TestServer.DefaultUsername, OAuth2TestServer.DefaultPassword));
        app.Server.TokenEndpointBehavior.HangNext();
        var calls = Enumerable.Range(0, 10).Select(i => app.GetTokenAsync($"scope-{i}")).ToArray();
        await app.Server.WaitForTokenRequestsAsync(1);

        app.Server.TokenEndpointBehavior.Clear();
        await Task.WhenAll(calls);

        Assert.Equal(10, app.Server.TokenRequests);
    }

    [Fact]
    public async Task Get_WrongSecretInTenScopeSets_IsSentOnce()
    {
        await using var app = await TestApp.StartAsync(client: client => client.ClientSecret = "wrong");

        for (var i = 0; i < 10; i++)
            Assert.Equal("invalid_client", (await Assert.ThrowsAsync<OAuth2TokenException>(() => app.GetTokenAsync($"scope-{i}"))).Error);

        Assert.Equal(1, app.Server.TokenRequests);
    }

    [Fact]
    public async Task Get_SecretWasRotatedAtItsSource_SucceedsWithinTheSameCall()
    {
        var secrets = new Queue<string>(["old", OAuth2TestServer.DefaultClientSecret]);
        await using var app = await TestApp.StartAsync(client: client => (client.ClientSecret, client.ClientSecretCallback) = (null, _ => new(secrets.Dequeue())));

        await app.GetTokenAsync();

        Assert.Equal([401, 200], app.Server.RecordedTokenRequests.Select(request => request.StatusCode));
    }

    [Fact]
    public async Task Get_BothSecretsAreRefused_SaysSo()
    {
        await using var app = await TestApp.StartAsync(client: client => (client.ClientSecret, client.SecondaryClientSecret) = ("wrong", "wrong too"));

        var exception = await Assert.ThrowsAsync<OAuth2TokenException>(() => app.GetTokenAsync());

        Assert.Equal("invalid_client", exception.Error);
        Assert.Contains("The server refused ClientSecret and SecondaryClientSecret alike.", exception.Message, StringComparison.Ordinal);
        Assert.Equal(2, app.Server.TokenRequests);
    }

    [Fact]
    public async Task Get_SecretIsRefusedAndTheOtherCannotBeRead_TellsOfBoth()
    {
        await using var app = await TestApp.StartAsync(client: client =>
            (client.ClientSecret, client.SecondaryClientSecretFile) = ("wrong", Path.Combine(Path.GetTempPath(), Path.GetRandomFileName())));

        var exception = await Assert.ThrowsAsync<OAuth2TokenException>(() => app.GetTokenAsync());

        Assert.Equal("invalid_client", exception.Error);
        Assert.Contains(" And ", exception.Message, StringComparison.Ordinal);
        Assert.Contains("SecondaryClientSecretFile", exception.Message, StringComparison.Ordinal);
        Assert.Equal(1, app.Server.TokenRequests);
    }

    [Fact]
    public void Acquisition_AsText_TellsWhatFailedAndNotTheRefreshToken() =>
        Assert.Equal(" It failed.", new Acquisition(null, new TokenFailure("It failed."), "a-refresh-token").ToString());

    [Fact]
    public async Task Get_ConnectionIsRefused_TriesOnceMoreAtOnce()
    {
        var attempts = new AttemptCounter();
        await using var app = await TestApp.StartAsync(
            client: client => client.TokenEndpoint = new Uri("http://127.0.0.1:1/token"),
            services: services => services.AddHttpClient(OAuth2Defaults.TokenEndpointHttpClientName).AddHttpMessageHandler(() => attempts));

        var first = await Assert.ThrowsAsync<OAuth2TokenException>(() => app.GetTokenAsync());
        var second = await Assert.ThrowsAsync<OAuth2TokenException>(() => app.GetTokenAsync());

        Assert.True(first.IsTransient);
        Assert.True(second.IsTransient);
        Assert.Equal(2, attempts.Count);
    }

    [Fact]
    public async Task Get_AuthenticationMethodIsCorrected_TheNextCallSucceeds()
    {
        var registered = new TestClient(OAuth2TestServer.DefaultClientId, OAuth2TestServer.DefaultClientSecret) { AuthenticationMethods = { "client_secret_post" } };
        var method = ClientAuthenticationMethod.ClientSecretBasic;
        await using var app = await TestApp.StartAsync(server => server.Clients.Add(registered), client => client.ClientAuthenticationMethod = method);
        await Assert.ThrowsAsync<OAuth2TokenException>(() => app.GetTokenAsync());
        method = ClientAuthenticationMethod.ClientSecretPost;

        app.ReloadOptions();

        await app.GetTokenAsync();
    }

    private sealed class AttemptCounter : DelegatingHandler
    {
        private int _count;

        public int Count => _count;

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _count);
            return base.SendAsync(request, cancellationToken);
        }
    }
}
