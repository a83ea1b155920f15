using System.Net;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.DependencyInjection;
using OAuthClient.Testing;

namespace OAuthClient.Tests.Scars;

/// <summary>Every call gets the token that was meant for it: of its client, its scopes, its present settings.</summary>
public sealed class SeparationTests
{
    /// <summary>Guards against a rotated secret that is read only when the program starts again.</summary>
    [Fact]
    public async Task Scar17_SecretChanges_TheNextTokenRequestUsesTheNewOne()
    {
        var registered = new TestClient(OAuth2TestServer.DefaultClientId, "first");
        var secret = "first";
        await using var app = await TestApp.StartAsync(server => server.Clients.Add(registered), client => client.ClientSecret = secret);
        var old = await app.GetTokenAsync();
        registered.ClientSecret = secret = "second";

        app.ReloadOptions();
        var fresh = await app.UntilAsync(token => token.Value != old.Value);

        Assert.Equal(2, app.Server.TokenRequests);
        Assert.Equal(200, app.Server.RecordedTokenRequests[1].StatusCode);
        Assert.Equal(fresh.Value, (await app.GetTokenAsync()).Value);
    }

    /// <summary>Guards against a refused secret that is still remembered, or still sent, after it was corrected.</summary>
    [Fact]
    public async Task Scar17_WrongSecretIsCorrected_TheNextCallSucceeds()
    {
        var secret = "wrong";
        await using var app = await TestApp.StartAsync(client: client => client.ClientSecret = secret);
        await Assert.ThrowsAsync<OAuth2TokenException>(() => app.GetTokenAsync());
        secret = OAuth2TestServer.DefaultClientSecret;

        app.ReloadOptions();

        await app.GetTokenAsync();
    }

    /// <summary>Guards against serving a token that was issued for other settings.</summary>
    [Fact]
    public async Task Scar17_ScopesChange_TheOldTokenIsDropped()
    {
        var scope = "read";
        await using var app = await TestApp.StartAsync(client: client => client.Scopes.Add(scope));
        await app.GetTokenAsync();
        scope = "write";

        app.ReloadOptions();

        Assert.Equal("write", (await app.GetTokenAsync()).Scope);
    }

    /// <summary>Guards against tokens that live in a handler, or in a scope, and go with it.</summary>
    [Fact]
    public async Task Scar20_ManyHandlersAndScopesOfOneClient_ShareOneToken()
    {
        await using var app = await TestApp.StartAsync(services: services =>
        {
            for (var i = 0; i < 10; i++)
                services.AddHttpClient($"http-{i}", http => http.BaseAddress = new Uri("http://127.0.0.1:1/")).AddOAuth2Handler(TestApp.ClientName);
        });

        for (var i = 0; i < 10; i++)
        {
            await using var scope = app.Services.CreateAsyncScope();
            var factory = scope.ServiceProvider.GetRequiredService<IHttpMessageHandlerFactory>();
            using var http = new HttpClient(factory.CreateHandler($"http-{i}"), disposeHandler: false);
            using var response = await http.GetAsync(new Uri(app.Server.ApiBaseAddress, "orders"));
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            GC.Collect();
        }

        Assert.Equal(1, app.Server.TokenRequests);
    }

    /// <summary>Guards against one client's call carrying another client's token when both are busy.</summary>
    [Fact]
    public async Task Scar20_TwoClientsAtOnce_EachCallCarriesItsOwnToken()
    {
        await using var app = await TestApp.StartAsync(
            server =>
            {
                server.Clients.Add(new TestClient(OAuth2TestServer.DefaultClientId, OAuth2TestServer.DefaultClientSecret));
                server.Clients.Add(new TestClient("second-id", OAuth2TestServer.DefaultClientSecret));
            },
            services: services => AddSecond(services, client => client.ClientId = "second-id"));
        var clients = new[] { app.CreateClient(), app.CreateClient("second") };

        var answers = await Task.WhenAll(Enumerable.Range(0, 400).Select(i => clients[i % 2].GetStringAsync("orders")));

        Assert.Equal(2, app.Server.TokenRequests);
        Assert.All(answers, (answer, i) =>
        {
            using var echo = JsonDocument.Parse(answer);
            Assert.Equal(i % 2 == 0 ? OAuth2TestServer.DefaultClientId : "second-id", echo.RootElement.GetProperty("client_id").GetString());
        });
    }

    /// <summary>Guards against a device scope that is new for each token, which would leave one more token space behind each time.</summary>
    [Fact]
    public async Task Scar21_DeviceScope_IsAddedOnceAndStaysTheSame()
    {
        await using var app = await TestApp.StartAsync(
            server => server.DeviceScopes = true,
            client =>
            {
                client.DeviceScope = "auto";
                client.Scopes.Add("read");
            },
            services => AddSecond(services, client => client.DeviceScope = "AUTO"));
        await app.GetTokenAsync();
        await app.ForceTokenAsync();
        await app.GetTokenAsync("write");
        await app.Tokens.GetTokenAsync("second");
        app.ReloadOptions();
        await app.ForceTokenAsync();

        var scopes = app.Server.RecordedTokenRequests.Select(request => request.Form["scope"].Split(' ')).ToArray();

        Assert.Equal(5, scopes.Length);
        Assert.Equal(["read", "read", "write", "read"], new[] { scopes[0], scopes[1], scopes[2], scopes[4] }.Select(asked => Assert.Single(asked, scope => !IsDevice(scope))));
        Assert.Single(scopes.Select(asked => Assert.Single(asked, IsDevice)).Distinct());

        static bool IsDevice(string scope) => scope.StartsWith("device_", StringComparison.Ordinal);
    }

    /// <summary>Guards against a token that was issued for something else being found in the cache.</summary>
    [Fact]
    public async Task Scar26_ScopesAndEveryParameter_ArePartOfTheKey()
    {
        await using var app = await TestApp.StartAsync();
        OAuth2TokenRequest[] different =
        [
            new(),
            new() { Scopes = ["a"] },
            new() { Scopes = ["a", "b"] },
            new() { Resources = ["urn:a"] },
            new() { Audience = "a" },
            new() { Parameters = new Dictionary<string, string> { ["orgHandle"] = "a" } },
            new() { Parameters = new Dictionary<string, string> { ["orgHandle"] = "b" } },
            new() { Parameters = new Dictionary<string, string> { ["orgHandle"] = "a", ["more"] = "a" } },
        ];

        var tokens = new List<string>();
        foreach (var request in different.Concat(different).Append(new OAuth2TokenRequest { Scopes = ["b", "a", "b"] }))
            tokens.Add((await app.Tokens.GetTokenAsync(TestApp.ClientName, request)).Value);

        Assert.Equal(different.Length, tokens.Distinct().Count());
        Assert.Equal(different.Length, app.Server.TokenRequests);
        Assert.Equal(tokens[2], tokens[^1]);
    }

    /// <summary>Guards against a cache that grows with every set of scopes that was ever asked for.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(20)]
    public async Task Scar27_MoreTokensThanMaxTokens_TheLeastRecentlyUsedGo(int maxTokens)
    {
        await using var app = await TestApp.StartAsync(client: client => client.MaxTokens = maxTokens);
        var client = app.Services.GetRequiredService<OAuth2Clients>().Get(TestApp.ClientName);
        for (var i = 0; i < maxTokens + 3; i++)
        {
            await app.GetTokenAsync($"scope-{i}");
            app.Clock.Advance(TimeSpan.FromSeconds(1));
            Assert.InRange(Others(client.State).Value.Count, 1, maxTokens);
        }

        await app.GetTokenAsync($"scope-{maxTokens + 2}");
        Assert.Equal(maxTokens + 3, app.Server.TokenRequests);
    }

    private static void AddSecond(IServiceCollection services, Action<OAuth2ClientOptions> configure) =>
        services.AddOAuth2Client("second", (provider, options) =>
        {
            var first = provider.GetRequiredService<Microsoft.Extensions.Options.IOptionsMonitor<OAuth2ClientOptions>>().Get(TestApp.ClientName);
            options.TokenEndpoint = first.TokenEndpoint;
            options.BaseAddress = first.BaseAddress;
            options.ClientId = first.ClientId;
            options.ClientSecret = first.ClientSecret;
            configure(options);
        });

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_others")]
    private static extern ref Lazy<MemoryCache> Others(ClientState state);
}
