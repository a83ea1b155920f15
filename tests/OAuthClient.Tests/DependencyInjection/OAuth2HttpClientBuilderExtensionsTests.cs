using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using OAuthClient.Testing;

namespace OAuthClient.Tests.DependencyInjection;

public sealed class OAuth2HttpClientBuilderExtensionsTests
{
    [Fact]
    public async Task AddOAuth2Handler_TypedClientWithItsOwnBaseAddress_CarriesTheToken()
    {
        await using var api = await OAuth2TestServer.StartAsync();
        await using var app = await TestApp.StartAsync(
            client: client => client.BaseAddress = null,
            services: services => services.AddHttpClient<Orders>(http => http.BaseAddress = api.ApiBaseAddress).AddOAuth2Handler(TestApp.ClientName));
        var token = await app.Tokens.GetTokenAsync(TestApp.ClientName);

        using var response = await app.Services.GetRequiredService<Orders>().Http.GetAsync("orders");

        Assert.Equal($"Bearer {token.Value}", api.RecordedApiCalls[0].Headers["Authorization"]);
    }

    [Fact]
    public async Task AddOAuth2Handler_HttpClientWithoutBaseAddress_GetsNoneFromTheClient()
    {
        await using var app = await TestApp.StartAsync(services: services => services.AddHttpClient("reports").AddOAuth2Handler(TestApp.ClientName));

        Assert.Null(app.CreateClient("reports").BaseAddress);
    }

    [Fact]
    public async Task AddOAuth2Handler_TwiceOnOneHttpClient_GivesOneHandler()
    {
        await using var app = await TestApp.StartAsync(services: services =>
            services.AddHttpClient("reports").AddOAuth2Handler(TestApp.ClientName).AddOAuth2Handler(TestApp.ClientName));
        app.Server.ApiBehavior.FailUntilCleared(401);

        using var response = await app.CreateClient("reports").GetAsync(app.Server.ApiBaseAddress);

        Assert.Equal(2, app.Server.ApiCalls);
    }

    [Fact]
    public async Task AddOAuth2Handler_WithoutAClientAndWithOne_IsAnError()
    {
        var services = new ServiceCollection();
        var first = services.AddHttpClient("first").AddOAuth2Handler().AddOAuth2Handler();
        first.AddOAuth2Handler(TestApp.ClientName);
        var second = services.AddHttpClient("second").AddOAuth2Handler(TestApp.ClientName);
        Assert.Contains("HttpClient 'second' has the handler of OAuth2 client 'orders' already", Assert.Throws<InvalidOperationException>(() => second.AddOAuth2Handler()).Message, StringComparison.Ordinal);

        await using var app = await TestApp.StartAsync(services: services => services.AddHttpClient("first").AddOAuth2Handler().AddOAuth2Handler(TestApp.ClientName));
        Assert.Contains("HttpClient 'first' has a handler whose requests name their clients already", Assert.ThrowsAny<Exception>(() => app.CreateClient()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AddOAuth2Handler_OnDefaultsAndOnTheClient_GivesOneHandler()
    {
        await using var app = await TestApp.StartAsync(services: services =>
            services.ConfigureHttpClientDefaults(builder => builder.AddOAuth2Handler(TestApp.ClientName)));
        app.Server.ApiBehavior.FailUntilCleared(401);

        using var response = await app.CreateClient().GetAsync("orders");
        Assert.Equal(2, app.Server.ApiCalls);

        using var other = await app.CreateClient("any").GetAsync(app.Server.ApiBaseAddress);
        Assert.True(app.Server.RecordedApiCalls[2].Headers.ContainsKey("Authorization"));
    }

    [Fact]
    public async Task AddOAuth2Handler_BeforeTheClientIsRegistered_Works()
    {
        await using var server = await OAuth2TestServer.StartAsync();
        var services = new ServiceCollection();
        services.AddHttpClient("reports", http => http.BaseAddress = server.ApiBaseAddress).AddOAuth2Handler("orders");
        services.AddOAuth2Client("orders", client =>
            (client.TokenEndpoint, client.ClientId, client.ClientSecret) = (server.TokenEndpoint, OAuth2TestServer.DefaultClientId, OAuth2TestServer.DefaultClientSecret));
        await using var provider = services.BuildServiceProvider();

        using var response = await provider.GetRequiredService<IHttpClientFactory>().CreateClient("reports").GetAsync("orders");

        Assert.True(response.IsSuccessStatusCode);
    }

    [Fact]
    public async Task AddOAuth2Handler_UnknownClient_FailsWhenTheHostStarts()
    {
        var exception = await StartHostAsync(services =>
        {
            AddClient(services, "orders");
            services.AddHttpClient("reports").AddOAuth2Handler("odrers");
        });

        Assert.Equal(
            "OAuth2 client 'odrers': AddOAuth2Handler on HttpClient 'reports' names a client that does not exist; registered are 'orders'. Register it with AddOAuth2Client(\"odrers\", ...).",
            exception.Message);
    }

    [Fact]
    public async Task AddOAuth2Handler_UnknownClientAndNoneRegistered_FailsWhenTheHostStarts()
    {
        var exception = await StartHostAsync(services => services.AddHttpClient("reports").AddOAuth2Handler("orders"));

        Assert.Contains("names a client that does not exist; none is registered.", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AddOAuth2Handler_UnknownClientWithoutHost_FirstCallSaysSo()
    {
        await using var app = await TestApp.StartAsync(services: services => services.AddHttpClient("reports").AddOAuth2Handler("odrers"));

        var exception = await Assert.ThrowsAsync<InvalidOperationException>(() => app.CreateClient("reports").GetAsync(app.Server.ApiBaseAddress));

        Assert.Contains("AddOAuth2Handler on HttpClient 'reports' names a client that does not exist", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AddOAuth2Handler_TwoClientsOnOneHttpClient_FailsWhenTheHostStarts()
    {
        var exception = await StartHostAsync(services =>
        {
            AddClient(services, "orders");
            AddClient(services, "billing");
            services.AddHttpClient("reports").AddOAuth2Handler("orders").AddOAuth2Handler("billing");
        });

        Assert.Equal(
            "OAuth2 client 'billing': HttpClient 'reports' has the handler of OAuth2 client 'orders' already. One HttpClient carries one token; register another HttpClient, or override the client for each request.",
            exception.Message);
    }

    [Fact]
    public async Task AddOAuth2Handler_OnTheHttpClientOfAnotherClient_FailsWhenTheHostStarts()
    {
        var exception = await StartHostAsync(services =>
        {
            AddClient(services, "billing");
            AddClient(services, "orders").AddOAuth2Handler("billing");
        });

        Assert.Contains("HttpClient 'orders' has the handler of OAuth2 client 'orders' already.", exception.Message, StringComparison.Ordinal);
    }

    private static IHttpClientBuilder AddClient(IServiceCollection services, string name) =>
        services.AddOAuth2Client(name, client => (client.TokenEndpoint, client.ClientId, client.ClientSecret) = (new Uri("https://idp.example/token"), "app", "secret"));

    private static async Task<OptionsValidationException> StartHostAsync(Action<IServiceCollection> configure)
    {
        var builder = Host.CreateEmptyApplicationBuilder(settings: null);
        configure(builder.Services);
        using var host = builder.Build();
        return await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync());
    }

    private sealed class Orders(HttpClient http)
    {
        public HttpClient Http => http;
    }
}
