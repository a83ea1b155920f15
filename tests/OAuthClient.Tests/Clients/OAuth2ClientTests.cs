using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OAuthClient.Testing;

namespace OAuthClient.Tests.Clients;

/// <summary>What becomes of tokens when a client's options change.</summary>
public sealed class OAuth2ClientTests
{
    private const string Override = "override";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Reload_OnlyTheSecretChanged_OldTokenServesUntilOneFetchReplacesIt(bool overridden)
    {
        var registered = new TestClient(OAuth2TestServer.DefaultClientId, "first");
        var secret = "first";
        await using var app = await TestApp.StartAsync(server => server.Clients.Add(registered), client => client.ClientSecret = secret);
        string[] scopes = overridden ? [Override] : [];
        var old = await app.GetTokenAsync(scopes);
        registered.ClientSecret = secret = "second";
        app.Server.TokenEndpointBehavior.Hang = true;

        app.ReloadOptions();
        for (var i = 0; i < 50; i++)
            Assert.Equal(old.Value, (await app.GetTokenAsync(scopes)).Value);
        await app.Server.WaitForTokenRequestsAsync(2);
        app.Server.TokenEndpointBehavior.Hang = false;
        await TestApp.UntilAsync(() => app.Log.Count(LogLevel.Debug, "obtained a token") == 2);
        var fresh = await app.UntilAsync(token => overridden || token.Value != old.Value);
        for (var i = 0; i < 50; i++)
            fresh = await app.GetTokenAsync(scopes);

        Assert.NotEqual(old.Value, fresh.Value);
        Assert.Equal(overridden ? 3 : 2, app.Server.TokenRequests);
        Assert.Equal("test-client:second", DecodeBasic(app.Server.RecordedTokenRequests[1]));
    }

    [Fact]
    public async Task PasswordGrant_WhateverHappens_IsWarnedOfOnceWithItsAlternatives()
    {
        await using var app = await TestApp.StartAsync(client: client =>
            (client.GrantType, client.Username, client.Password) = (GrantTypes.Password, OAuth2TestServer.DefaultUsername, OAuth2TestServer.DefaultPassword));
        for (var i = 0; i < 3; i++)
        {
            using var response = await app.CreateClient().GetAsync("orders");
            app.ReloadOptions();
            await app.GetTokenAsync($"scope-{i}");
        }

        var (_, level, message) = Assert.Single(app.Log.Entries, entry => entry.Message.Contains("RFC 9700", StringComparison.Ordinal));
        Assert.Equal(LogLevel.Warning, level);
        Assert.StartsWith("OAuth2 client 'orders' uses the password grant", message, StringComparison.Ordinal);
        Assert.All(["client_credentials", "token-exchange", "jwt-bearer", "refresh_token"], grant => Assert.Contains(grant, message, StringComparison.Ordinal));
    }

    [Fact]
    public async Task PasswordGrant_AfterMuchElseWasSaid_IsNotWarnedOfAgain()
    {
        var margin = 1;
        await using var app = await TestApp.StartAsync(client: client => (client.GrantType, client.Username, client.Password, client.RefreshBeforeExpiry) =
            (GrantTypes.Password, OAuth2TestServer.DefaultUsername, OAuth2TestServer.DefaultPassword, TimeSpan.FromSeconds(margin)));
        var client = app.Services.GetRequiredService<OAuth2Clients>().Get(TestApp.ClientName);
        Assert.All(Enumerable.Range(0, 1_000), number => Assert.True(client.IsNews($"cause {number}")));
        margin = 2;

        app.ReloadOptions();

        Assert.Equal(TimeSpan.FromSeconds(2), client.State.Settings.RefreshBeforeExpiry);
        Assert.Equal(1, app.Log.Count(LogLevel.Warning, "RFC 9700"));
    }

    [Fact]
    public async Task PasswordGrant_ThatComesWithAReload_IsWarnedOf()
    {
        var grant = GrantTypes.ClientCredentials;
        await using var app = await TestApp.StartAsync(client: client =>
        {
            client.GrantType = grant;
            if (grant == GrantTypes.Password)
                (client.Username, client.Password) = (OAuth2TestServer.DefaultUsername, OAuth2TestServer.DefaultPassword);
        });
        await app.GetTokenAsync();
        Assert.Equal(0, app.Log.Count(LogLevel.Warning, "RFC 9700"));
        grant = GrantTypes.Password;

        app.ReloadOptions();

        Assert.Equal(1, app.Log.Count(LogLevel.Warning, "RFC 9700"));
    }

    [Fact]
    public async Task Reload_IdentityChanged_DropsTheToken()
    {
        var scope = "read";
        await using var app = await TestApp.StartAsync(client: client => client.Scopes.Add(scope));
        await app.GetTokenAsync();
        scope = "write";
        app.Server.TokenEndpointBehavior.FailNext(1, 503);

        app.ReloadOptions();

        await Assert.ThrowsAsync<OAuth2TokenException>(() => app.GetTokenAsync());
        app.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("write", (await app.GetTokenAsync()).Scope);
    }

    [Fact]
    public async Task Reload_NothingChanged_KeepsEveryToken()
    {
        await using var app = await TestApp.StartAsync();
        var own = await app.GetTokenAsync();
        var overridden = await app.GetTokenAsync(Override);

        for (var i = 0; i < 3; i++)
        {
            app.ReloadOptions();
            GC.Collect();
        }

        Assert.Equal(own.Value, (await app.GetTokenAsync()).Value);
        Assert.Equal(overridden.Value, (await app.GetTokenAsync(Override)).Value);
        Assert.Equal(2, app.Server.TokenRequests);
    }

    [Fact]
    public async Task Reload_NotValid_KeepsTheLastGoodOptionsAndLogs()
    {
        var secret = OAuth2TestServer.DefaultClientSecret;
        await using var app = await TestApp.StartAsync(client: client => client.ClientSecret = secret);
        var token = await app.GetTokenAsync();
        secret = null;

        app.ReloadOptions();

        Assert.Equal(token.Value, (await app.GetTokenAsync()).Value);
        await app.ForceTokenAsync();
        Assert.Equal(1, app.Log.Count(LogLevel.Warning, "keeps its last good settings"));
        Assert.Equal(1, app.Log.Count(LogLevel.Warning, "ClientSecret is not set"));
    }

    [Fact]
    public async Task Reload_ThatThrows_KeepsTheLastGoodOptionsAndLogs()
    {
        var isBroken = false;
        await using var app = await TestApp.StartAsync(client: _ =>
        {
            if (isBroken)
                throw new FormatException("secret things");
        });
        var token = await app.GetTokenAsync();
        isBroken = true;

        app.ReloadOptions();

        Assert.Equal(token.Value, (await app.GetTokenAsync()).Value);
        Assert.Equal(1, app.Log.Count(LogLevel.Warning, "FormatException"));
        Assert.Equal(0, app.Log.Count(LogLevel.Warning, "secret things"));
    }

    [Fact]
    public async Task Reload_WhileAFetchIsUnderWay_WhatItBringsIsNotKept()
    {
        var scope = "read";
        await using var app = await TestApp.StartAsync(client: client => client.Scopes.Add(scope));
        app.Server.TokenEndpointBehavior.Hang = true;
        var early = app.GetTokenAsync();
        await app.Server.WaitForTokenRequestsAsync(1);
        scope = "write";

        app.ReloadOptions();
        app.Server.TokenEndpointBehavior.Hang = false;

        Assert.Equal("read", (await early).Scope);
        Assert.Equal("write", (await app.GetTokenAsync()).Scope);
        Assert.Equal(2, app.Server.TokenRequests);
    }

    [Fact]
    public async Task Reload_SecretChangedWhileAFetchIsUnderWay_WhatItBringsIsNotKept()
    {
        var registered = new TestClient(OAuth2TestServer.DefaultClientId, "first");
        var secret = "first";
        await using var app = await TestApp.StartAsync(server => server.Clients.Add(registered), client => client.ClientSecret = secret);
        app.Server.TokenEndpointBehavior.Hang = true;
        var early = app.GetTokenAsync();
        await app.Server.WaitForTokenRequestsAsync(1);
        registered.ClientSecret = secret = "second";

        app.ReloadOptions();
        app.Server.TokenEndpointBehavior.Hang = false;

        await Assert.ThrowsAsync<OAuth2TokenException>(() => early);
        await app.GetTokenAsync();
        Assert.Equal("test-client:second", DecodeBasic(app.Server.RecordedTokenRequests[^1]));
    }

    [Fact]
    public async Task Invalidate_WhileAFetchIsUnderWay_WhatItBringsIsNotKept()
    {
        await using var app = await TestApp.StartAsync();
        app.Server.TokenEndpointBehavior.Hang = true;
        var early = app.GetTokenAsync();
        await app.Server.WaitForTokenRequestsAsync(1);

        await app.Tokens.InvalidateAsync(TestApp.ClientName);
        app.Server.TokenEndpointBehavior.Hang = false;

        Assert.NotEqual((await early).Value, (await app.GetTokenAsync()).Value);
    }

    [Fact]
    public async Task Get_InvalidatedWhileAFetchIsUnderWay_WaitsForThatAndSendsItsOwn()
    {
        await using var app = await TestApp.StartAsync();
        app.Server.TokenEndpointBehavior.Hang = true;
        var early = app.GetTokenAsync();
        await app.Server.WaitForTokenRequestsAsync(1);

        await app.Tokens.InvalidateAsync(TestApp.ClientName);
        var late = app.GetTokenAsync();
        app.Server.TokenEndpointBehavior.Hang = false;

        Assert.NotEqual((await early).Value, (await late).Value);
        Assert.Equal((await late).Value, (await app.GetTokenAsync()).Value);
        Assert.Equal(2, app.Server.TokenRequests);
        Assert.Equal(1, app.Server.MaxConcurrentTokenRequests);
    }

    [Fact]
    public async Task Reload_ClientAuthenticationMethodChanged_TheNextTokenRequestUsesTheNewOne()
    {
        var method = ClientAuthenticationMethod.ClientSecretBasic;
        await using var app = await TestApp.StartAsync(client: client => client.ClientAuthenticationMethod = method);
        await app.GetTokenAsync();
        method = ClientAuthenticationMethod.ClientSecretPost;

        app.ReloadOptions();
        await app.ForceTokenAsync();

        Assert.Equal(OAuth2TestServer.DefaultClientSecret, app.Server.RecordedTokenRequests[^1].Form.GetValueOrDefault("client_secret"));
    }

    [Fact]
    public async Task Reload_RequireAllScopesIsSet_AppliesToTheNextToken()
    {
        var isRequired = false;
        await using var app = await TestApp.StartAsync(
            server => server.ConfigureTokenResponse = response => response["scope"] = "read",
            client =>
            {
                client.Scopes.Add("write");
                client.RequireAllScopes = isRequired;
            });
        await app.GetTokenAsync();
        isRequired = true;

        app.ReloadOptions();

        await Assert.ThrowsAsync<OAuth2TokenException>(() => app.ForceTokenAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Reload_OnlyTheTimeoutChanged_KeepsTheTokenAndTheNextRequestHasTheNewOne(bool overridden)
    {
        var timeout = TimeSpan.FromSeconds(30);
        await using var app = await TestApp.StartAsync(client: client => client.TokenRequestTimeout = timeout);
        string[] scopes = overridden ? [Override] : [];
        var old = await app.GetTokenAsync(scopes);
        timeout = TimeSpan.FromSeconds(5);

        app.ReloadOptions();
        Assert.Equal(old.Value, (await app.GetTokenAsync(scopes)).Value);
        app.Clock.Advance(TimeSpan.FromHours(1));
        app.Server.TokenEndpointBehavior.HangNext();
        var call = app.GetTokenAsync(scopes);
        await app.Server.WaitForTokenRequestsAsync(2);
        app.Clock.Advance(timeout);

        var exception = await Assert.ThrowsAsync<OAuth2TokenException>(() => call);
        Assert.Contains("within 00:00:05", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reload_OnlyTheSecretsCallbackChanged_KeepsTheTokenAndTheNextRequestAsksTheNewOne()
    {
        var registered = new TestClient(OAuth2TestServer.DefaultClientId, "first");
        var secret = "first";
        await using var app = await TestApp.StartAsync(server => server.Clients.Add(registered), client =>
        {
            var now = secret;
            (client.ClientSecret, client.ClientSecretCallback) = (null, _ => ValueTask.FromResult(now));
        });
        var old = await app.GetTokenAsync();
        registered.ClientSecret = secret = "second";

        app.ReloadOptions();
        for (var i = 0; i < 50; i++)
        {
            Assert.Equal(old.Value, (await app.GetTokenAsync()).Value);
            app.Clock.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.Equal(1, app.Server.TokenRequests);
        app.Clock.Advance(TimeSpan.FromMinutes(10));
        Assert.NotEqual(old.Value, (await app.GetTokenAsync()).Value);
        Assert.Equal(["test-client:first", "test-client:second"], app.Server.RecordedTokenRequests.Select(DecodeBasic));
    }

    // However a base address is spelt; an HttpClient of each tenant may bring one.
    [Theory]
    [InlineData("https://b\u00fccher.example/a/", "https://xn--bcher-kva.example/b/")]
    [InlineData("https://xn--bcher-kva.example/", "https://B\u00dcCHER.example:443/")]
    [InlineData("https://[fe80::1%25eth0]/a/", "https://[fe80:0:0:0:0:0:0:1%25eth0]:443/b/")]
    [InlineData("wss://api.example/", "https://API.example/")]
    public async Task AddAddress_OfOneOriginInTwoSpellings_AddsItOnce(string first, string second)
    {
        await using var app = await TestApp.StartAsync(client: client => client.BaseAddress = null);
        var client = app.Services.GetRequiredService<OAuth2Clients>().Get(TestApp.ClientName);

        client.AddAddress(new Uri(first));
        client.AddAddress(new Uri(second));

        var origins = client.State.Origins;
        Assert.NotNull(origins.Find(new Uri(first)));
        Assert.NotNull(origins.Find(new Uri(second)));
        Assert.DoesNotContain(", ", origins.ToString(), StringComparison.Ordinal);
    }

    private static string DecodeBasic(RecordedRequest request) =>
        Encoding.UTF8.GetString(Convert.FromBase64String(request.Headers["Authorization"]["Basic ".Length..]));
}
