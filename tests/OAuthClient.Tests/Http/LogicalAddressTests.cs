using System.Net;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using OAuthClient.Testing;

namespace OAuthClient.Tests.Http;

/// <summary>Addresses that a service discovery resolves: what the user configured may see the token, and what it stands for must not have it travel in clear.</summary>
public sealed class LogicalAddressTests
{
    private const string Reports = "reports";
    private const string InTheOpen = "http://service.internal:8080";
    private const string TokenAnswer = """{"access_token":"stubbed","token_type":"Bearer","expires_in":3600}""";

    private static readonly Uri _orders = new("https+http://orders/");

    [Theory]
    [InlineData("https+http://orders/")]
    [InlineData("http+https://orders/")]
    public async Task Call_ToALogicalBaseAddress_CarriesTheTokenToWhatItStandsFor(string address)
    {
        await using var app = await TestApp.StartAsync();
        await using var ours = app.StartAnother(client => client.BaseAddress = null, services =>
        {
            Discover(services, ("orders", app.Server.BaseAddress));
            services.ConfigureHttpClientDefaults(builder => builder.AddServiceDiscovery());
            services.AddHttpClient(Reports, http => http.BaseAddress = new Uri(address)).AddOAuth2Handler(TestApp.ClientName);
        });

        using var response = await ours.CreateClient(Reports).GetAsync("api/orders");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal($"Bearer {(await ours.GetTokenAsync()).Value}", app.Server.RecordedApiCalls[0].Headers["Authorization"]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Call_WhicheverIsRegisteredFirst_IsResolvedBehindTheCheckOfItsOrigin(bool discoveryFirst)
    {
        await using var app = await TestApp.StartAsync();
        await using var ours = app.StartAnother(client => client.BaseAddress = null, services =>
        {
            Discover(services, ("orders", app.Server.BaseAddress));
            var builder = services.AddHttpClient(Reports, http => http.BaseAddress = _orders);
            if (discoveryFirst)
                builder.AddServiceDiscovery().AddOAuth2Handler(TestApp.ClientName);
            else
                builder.AddOAuth2Handler(TestApp.ClientName).AddServiceDiscovery();
        });

        using var response = await ours.CreateClient(Reports).GetAsync("api/orders");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task Call_ToTheClientsOwnLogicalBaseAddress_CarriesTheToken()
    {
        await using var app = await TestApp.StartAsync();
        await using var ours = app.StartAnother(client => client.BaseAddress = _orders, services =>
        {
            services.ConfigureHttpClientDefaults(builder => builder.AddServiceDiscovery());
            Discover(services, ("orders", app.Server.BaseAddress));
        });

        using var response = await ours.CreateClient().GetAsync("api/orders");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task Call_ToALogicalOriginThatIsAllowed_CarriesTheToken()
    {
        await using var app = await TestApp.StartAsync();
        await using var ours = app.StartAnother(client => client.AllowedOrigins.Add("https+http://orders"), services =>
        {
            services.ConfigureHttpClientDefaults(builder => builder.AddServiceDiscovery());
            Discover(services, ("orders", app.Server.BaseAddress));
        });

        using var response = await ours.CreateClient().GetAsync("https+http://orders/api/orders");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task Call_ToALogicalAddressThatIsNotAllowed_IsRefused()
    {
        await using var app = await TestApp.StartAsync();
        await using var ours = app.StartAnother(services: services =>
        {
            services.ConfigureHttpClientDefaults(builder => builder.AddServiceDiscovery());
            Discover(services, ("orders", app.Server.BaseAddress));
        });

        var exception = await Assert.ThrowsAsync<InvalidOperationException>(() => ours.CreateClient().GetAsync("https+http://orders/api/orders"));

        Assert.Contains("https+http://orders/", exception.Message, StringComparison.Ordinal);
        Assert.Contains("AllowedOrigins", exception.Message, StringComparison.Ordinal);
        Assert.Equal((0, 0), (app.Server.ApiCalls, app.Server.TokenRequests));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Call_ResolvedToPlainHttpElsewhere_IsRefusedUnlessThatIsAllowed(bool isAllowed)
    {
        using var network = new RecordingHandler();
        await using var app = await TestApp.StartAsync(
            client: client => (client.BaseAddress, client.AllowInsecureHttp) = (_orders, isAllowed),
            services: services =>
            {
                Discover(services, ("orders", new Uri(InTheOpen)));
                services.AddHttpClient(TestApp.ClientName).AddServiceDiscovery().ConfigurePrimaryHttpMessageHandler(() => network);
            });
        var call = app.CreateClient().GetAsync("api/orders");

        if (isAllowed)
        {
            using var response = await call;
            Assert.Equal([(new Uri($"{InTheOpen}/api/orders"), $"Bearer {(await app.GetTokenAsync()).Value}")], network.Calls);
        }
        else
        {
            var exception = await Assert.ThrowsAsync<InvalidOperationException>(() => call);
            Assert.Contains($"'orders': {InTheOpen}/api/orders was not called, since a token must not travel over plain http", exception.Message, StringComparison.Ordinal);
            Assert.Contains("AllowInsecureHttp", exception.Message, StringComparison.Ordinal);
            Assert.Empty(network.Calls);
        }
    }

    [Fact]
    public async Task Call_WithoutATokenResolvedToPlainHttpElsewhere_IsSent()
    {
        using var network = new RecordingHandler();
        await using var app = await TestApp.StartAsync(client: client => client.BaseAddress = _orders, services: services =>
        {
            Discover(services, ("orders", new Uri(InTheOpen)));
            services.AddHttpClient(TestApp.ClientName).AddServiceDiscovery().ConfigurePrimaryHttpMessageHandler(() => network);
        });
        using var request = new HttpRequestMessage(HttpMethod.Get, "health").SetOAuth2TokenRequest(new OAuth2TokenRequest { NoToken = true });

        using var response = await app.CreateClient().SendAsync(request);

        Assert.Equal([(new Uri($"{InTheOpen}/health"), null)], network.Calls);
    }

    [Fact]
    public async Task Redirect_WithinALogicalAddress_IsFollowedWithTheToken()
    {
        await using var app = await TestApp.StartAsync();
        app.Server.ApiBehavior.Override = context =>
        {
            app.Server.ApiBehavior.Override = null;
            context.Response.StatusCode = 307;
            context.Response.Headers.Location = "/api/moved";
            return Task.CompletedTask;
        };
        await using var ours = app.StartAnother(client => client.BaseAddress = _orders, services =>
        {
            services.ConfigureHttpClientDefaults(builder => builder.AddServiceDiscovery());
            Discover(services, ("orders", app.Server.BaseAddress));
        });

        using var response = await ours.CreateClient().GetAsync("api/orders");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("/api/moved", app.Server.RecordedApiCalls[^1].Path);
    }

    [Fact]
    public async Task TokenEndpoint_ThatIsLogical_IsResolved()
    {
        await using var app = await TestApp.StartAsync();
        await using var ours = app.StartAnother(client => client.TokenEndpoint = new Uri("https+http://idp/oauth2/token"), services =>
        {
            Discover(services, ("idp", app.Server.BaseAddress));
            services.AddHttpClient(OAuth2Defaults.TokenEndpointHttpClientName).AddServiceDiscovery();
        });

        await ours.GetTokenAsync();

        Assert.Equal(1, app.Server.TokenRequests);
    }

    [Fact]
    public async Task Issuer_ThatIsLogical_IsResolvedAndItsMetadataIsTaken()
    {
        await using var app = await TestApp.StartAsync();
        await using var ours = app.StartAnother(
            client =>
            {
                client.TokenEndpoint = client.RevocationEndpoint = null;
                client.Issuer = new Uri($"https+http://idp{app.Server.Issuer.AbsolutePath}");
            },
            services =>
            {
                Discover(services, ("idp", app.Server.BaseAddress));
                services.AddHttpClient(OAuth2Defaults.TokenEndpointHttpClientName).AddServiceDiscovery();
            });

        await ours.GetTokenAsync();

        Assert.Equal((1, 1), (app.Server.DiscoveryRequests, app.Server.TokenRequests));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task TokenEndpoint_ResolvedToPlainHttpElsewhere_IsRefusedUnlessThatIsAllowed(bool isAllowed)
    {
        using var network = new RecordingHandler(TokenAnswer);
        await using var app = await TestApp.StartAsync(
            client: client => (client.TokenEndpoint, client.AllowInsecureHttp) = (new Uri("https+http://idp/oauth2/token"), isAllowed),
            services: services =>
            {
                Discover(services, ("idp", new Uri(InTheOpen)));
                services.AddHttpClient(OAuth2Defaults.TokenEndpointHttpClientName).AddServiceDiscovery().ConfigurePrimaryHttpMessageHandler(() => network);
            });

        if (isAllowed)
        {
            Assert.Equal("stubbed", (await app.GetTokenAsync()).Value);
            Assert.Equal(new Uri($"{InTheOpen}/oauth2/token"), Assert.Single(network.Calls).Address);
        }
        else
        {
            var exception = await Assert.ThrowsAsync<OAuth2TokenException>(() => app.GetTokenAsync());
            Assert.Contains($"resolved to {InTheOpen}/oauth2/token", exception.Message, StringComparison.Ordinal);
            Assert.Contains("AllowInsecureHttp", exception.Message, StringComparison.Ordinal);
            Assert.Empty(network.Calls);
        }
    }

    /// <summary>What its origin is held to is the address before it is resolved, whoever else stands in the chain.</summary>
    [Fact]
    public async Task Call_ToALogicalAddressThroughAnotherHandler_CarriesTheToken()
    {
        using var network = new RecordingHandler();
        await using var app = await TestApp.StartAsync(client: client => client.BaseAddress = _orders, services: services =>
        {
            Discover(services, ("orders", new Uri("http://127.0.0.1:1/")));
            services.AddHttpClient(TestApp.ClientName).AddHttpMessageHandler(() => new Stay()).AddServiceDiscovery().ConfigurePrimaryHttpMessageHandler(() => network);
        });

        using var response = await app.CreateClient().GetAsync("api/orders");

        Assert.Equal([(new Uri("http://127.0.0.1:1/api/orders"), $"Bearer {(await app.GetTokenAsync()).Value}")], network.Calls);
    }

    // What tells a resolver from other handlers is its namespace: another version may have moved it.
    [Fact]
    public async Task Chain_WithAServiceDiscovery_ResolvesLastAndLooksWhereTheCallGoesOnBothSides()
    {
        await using var app = await TestApp.StartAsync(services: services =>
        {
            Discover(services);
            services.ConfigureHttpClientDefaults(builder => builder.AddServiceDiscovery());
        });
        var names = new List<string>();
        for (HttpMessageHandler? handler = app.Services.GetRequiredService<IHttpMessageHandlerFactory>().CreateHandler(TestApp.ClientName); handler is DelegatingHandler { InnerHandler: var inner }; handler = inner)
            names.Add(handler.GetType().Name);

        var resolver = Assert.Single(names, name => name.StartsWith("Resolving", StringComparison.Ordinal));
        Assert.Equal(nameof(OriginCheck), names[names.IndexOf(resolver) + 1]);
        Assert.True(names.IndexOf(nameof(AccessTokenHandler)) < names.IndexOf(resolver));
    }

    private static void Discover(IServiceCollection services, params (string Name, Uri Address)[] known)
    {
        var endpoints = known.ToDictionary(service => $"Services:{service.Name}:http:0", service => (string?)service.Address.GetLeftPart(UriPartial.Authority));
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(endpoints).Build());
        services.AddServiceDiscovery();
    }

    private sealed class Stay : DelegatingHandler;
}
