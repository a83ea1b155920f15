using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using OAuthClient.Testing;

namespace OAuthClient.Tests.TokenEndpoint;

public sealed class TokenEndpointHttpClientTests
{
    // Our own handler on the token endpoint's client would wait for the token that it is to fetch.
    [Fact(Timeout = 60_000)]
    public async Task DefaultsOfAllHttpClients_DoNotReachTheTokenEndpoint()
    {
        var seen = 0;
        await using var app = await TestApp.StartAsync(services: services => services.ConfigureHttpClientDefaults(builder => builder
            .AddOAuth2Handler(TestApp.ClientName)
            .AddHttpMessageHandler(() => new Interceptor(_ => seen++))
            .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler { Proxy = new System.Net.WebProxy("http://127.0.0.1:1") })
            .ConfigureHttpClient(http =>
            {
                http.BaseAddress = new Uri("https://elsewhere.invalid/");
                http.DefaultRequestHeaders.Add("X-Default", "1");
                http.Timeout = TimeSpan.FromMilliseconds(1);
            })));

        await app.Tokens.GetTokenAsync(TestApp.ClientName);

        Assert.Equal(0, seen);
        var request = Assert.Single(app.Server.RecordedTokenRequests);
        Assert.False(request.Headers.ContainsKey("X-Default"));
        Assert.StartsWith("Basic ", request.Headers["Authorization"], StringComparison.Ordinal);
        var http = app.Services.GetRequiredService<IHttpClientFactory>().CreateClient(OAuth2Defaults.TokenEndpointHttpClientName);
        Assert.Equal((null, Timeout.InfiniteTimeSpan), (http.BaseAddress, http.Timeout));
    }

    [Fact]
    public async Task HandlersThatTheUserAddsLater_SendTheTokenRequest()
    {
        var inner = 0;
        var outer = 0;
        await using var app = await TestApp.StartAsync(services: services => services
            .AddHttpClient(OAuth2Defaults.TokenEndpointHttpClientName)
            .ConfigurePrimaryHttpMessageHandler(() => new Interceptor(_ => inner++) { InnerHandler = new SocketsHttpHandler() })
            .AddHttpMessageHandler(() => new Interceptor(_ => outer++)));

        await app.Tokens.GetTokenAsync(TestApp.ClientName);

        Assert.Equal((1, 1), (inner, outer));
    }

    [Fact]
    public async Task HandlersThatTheUserAddedBefore_SendTheTokenRequest()
    {
        var inner = 0;
        var outer = 0;
        var inherited = 0;
        await using var server = await OAuth2TestServer.StartAsync();
        var services = new ServiceCollection();
        services.ConfigureHttpClientDefaults(builder => builder.AddHttpMessageHandler(() => new Interceptor(_ => inherited++)));
        services.AddHttpClient(OAuth2Defaults.TokenEndpointHttpClientName)
            .ConfigurePrimaryHttpMessageHandler(() => new Interceptor(_ => inner++) { InnerHandler = new SocketsHttpHandler() })
            .AddHttpMessageHandler(() => new Interceptor(_ => outer++));
        services.AddOAuth2Client(TestApp.ClientName, client =>
        {
            client.TokenEndpoint = server.TokenEndpoint;
            client.ClientId = OAuth2TestServer.DefaultClientId;
            client.ClientSecret = OAuth2TestServer.DefaultClientSecret;
        });
        await using var provider = services.BuildServiceProvider();

        await provider.GetRequiredService<IOAuth2TokenProvider>().GetTokenAsync(TestApp.ClientName);

        Assert.Equal((1, 1, 0), (inner, outer, inherited));
    }

    [Fact]
    public async Task CookiesOfTheTokenEndpoint_AreNotSentBack()
    {
        await using var app = await TestApp.StartAsync();
        app.Server.TokenEndpointBehavior.Override = context =>
        {
            context.Response.Headers.SetCookie = "session=1; Path=/";
            return context.Response.WriteAsync("""{"access_token":"a"}""");
        };

        await app.Tokens.GetTokenAsync(TestApp.ClientName);
        await app.Tokens.GetTokenAsync(TestApp.ClientName, new OAuth2TokenRequest { ForceNewToken = true });

        Assert.Equal(2, app.Server.TokenRequests);
        Assert.All(app.Server.RecordedTokenRequests, request => Assert.False(request.Headers.ContainsKey("Cookie")));
    }

    [Theory]
    [InlineData(302)]
    [InlineData(307)]
    [InlineData(308)]
    public async Task RedirectOfTheTokenEndpoint_IsNotFollowedAndReported(int status)
    {
        await using var target = await OAuth2TestServer.StartAsync();
        await using var app = await TestApp.StartAsync();
        app.Server.TokenEndpointBehavior.Override = context =>
        {
            context.Response.StatusCode = status;
            context.Response.Headers.Location = $"{target.TokenEndpoint}?session=canary";
            return Task.CompletedTask;
        };

        var exception = await Assert.ThrowsAsync<OAuth2TokenException>(async () => await app.Tokens.GetTokenAsync(TestApp.ClientName));

        Assert.Equal(
            $"OAuth2 client 'orders': the token endpoint {app.Server.TokenEndpoint} answered {status}. Redirects of a token endpoint are not followed; set TokenEndpoint to the final address, perhaps {target.TokenEndpoint}.",
            exception.Message);
        Assert.False(exception.IsTransient);
        Assert.Equal(0, target.TokenRequests);
    }

    // As for a proxy or a client certificate, with the handler's own defaults for all else.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RedirectsAndCookiesOfTheTokenEndpoint_OverAHandlerOfTheUser_AreLeftAlone(bool classic)
    {
        await using var target = await OAuth2TestServer.StartAsync();
        await using var app = await TestApp.StartAsync(
            client: client => client.ClientAuthenticationMethod = ClientAuthenticationMethod.ClientSecretPost,
            services: services => services.AddHttpClient(OAuth2Defaults.TokenEndpointHttpClientName)
                .ConfigurePrimaryHttpMessageHandler(() => new Interceptor(_ => { }) { InnerHandler = classic ? new HttpClientHandler() : new SocketsHttpHandler() }));
        app.Server.TokenEndpointBehavior.Override = context =>
        {
            context.Response.StatusCode = 307;
            context.Response.Headers.Location = target.TokenEndpoint.AbsoluteUri;
            context.Response.Headers.SetCookie = "session=1; Path=/";
            return Task.CompletedTask;
        };

        await Assert.ThrowsAsync<OAuth2TokenException>(() => app.GetTokenAsync());
        app.Server.TokenEndpointBehavior.Override = null;
        app.Clock.Advance(TimeSpan.FromHours(1));
        await app.GetTokenAsync();

        Assert.Equal((2, 0), (app.Server.TokenRequests, target.TokenRequests));
        Assert.All(app.Server.RecordedTokenRequests, request => Assert.False(request.Headers.ContainsKey("Cookie")));
    }

    [Fact]
    public async Task HeadersThatTheUserLeavesUnredacted_LogNoCredentialAllTheSame()
    {
        await using var app = await TestApp.StartAsync(
            server => (server.HeaderName, server.ApiKeyHeaderName, server.ApiKey) = ("X-Token", "X-Key", "api-key-canary"),
            client => (client.HeaderName, client.ApiKeyHeaderName, client.ApiKey) = ("X-Token", "X-Key", "api-key-canary"),
            services => services.ConfigureHttpClientDefaults(builder => builder.RedactLoggedHeaders(["X-Other"])));

        app.Server.TokenEndpointBehavior.Override = context =>
        {
            context.Response.Headers["X-Echo"] = context.Request.Headers.Authorization;
            context.Response.Headers.ContentType = $"text/{OAuth2TestServer.DefaultClientSecret}";
            return context.Response.WriteAsync("{}");
        };
        await Assert.ThrowsAsync<OAuth2TokenException>(() => app.GetTokenAsync());
        app.Server.TokenEndpointBehavior.Override = null;
        app.Clock.Advance(TimeSpan.FromHours(1));

        (await app.CreateClient().GetAsync("orders")).EnsureSuccessStatusCode().Dispose();

        var token = await app.Tokens.GetTokenAsync(TestApp.ClientName);
        var basic = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{OAuth2TestServer.DefaultClientId}:{OAuth2TestServer.DefaultClientSecret}"));
        Assert.Contains(app.Log.Entries, entry => entry.Message.Contains("Content-Type: application/json", StringComparison.Ordinal));
        foreach (var secret in (string[])[token.Value, basic, OAuth2TestServer.DefaultClientSecret, "api-key-canary"])
            Assert.DoesNotContain(app.Log.Entries, entry => entry.Message.Contains(secret, StringComparison.Ordinal));
    }

    [Fact]
    public async Task HeadersThatTheUserSaysNothingOf_AreNotLogged()
    {
        await using var app = await TestApp.StartAsync();

        (await app.CreateClient().GetAsync("orders")).EnsureSuccessStatusCode().Dispose();

        Assert.Contains(app.Log.Entries, entry => entry.Message.Contains("Accept: *", StringComparison.Ordinal));
        Assert.DoesNotContain(app.Log.Entries, entry => entry.Message.Contains("Accept: application/json", StringComparison.Ordinal));
        Assert.DoesNotContain(app.Log.Entries, entry => entry.Message.Contains("Server: Kestrel", StringComparison.Ordinal));
    }

    private sealed class Interceptor(Action<HttpRequestMessage> see) : DelegatingHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            see(request);
            return base.SendAsync(request, cancellationToken);
        }
    }
}
