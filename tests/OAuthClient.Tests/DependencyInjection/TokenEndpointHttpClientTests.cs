using System.Reflection;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Http;
using Microsoft.Extensions.Http.Logging;
using Microsoft.Extensions.Options;
using OAuthClient.Testing;

namespace OAuthClient.Tests.DependencyInjection;

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
            $"OAuth2 client 'orders': the token endpoint {app.Server.TokenEndpoint} answered {status}. Redirects of the token endpoint are not followed; set TokenEndpoint to the final address, perhaps {target.TokenEndpoint}.",
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

    [Fact]
    public async Task WhateverIsMeantForAllHttpClients_DoesNotReachTheTokenEndpoint()
    {
        var seen = 0;
        var own = 0;
        await using var app = await TestApp.StartAsync(services: services =>
        {
            services.ConfigureHttpClientDefaults(builder => builder.AddLogger(_ => new SpyLogger(() => seen++)));
            services.ConfigureAll<HttpClientFactoryOptions>(factory =>
            {
                factory.HttpMessageHandlerBuilderActions.Add(chain => chain.AdditionalHandlers.Add(new Interceptor(_ => seen++)));
                factory.HttpClientActions.Add(http => http.DefaultRequestHeaders.Add("X-Default", "1"));
            });
            services.PostConfigureAll<HttpClientFactoryOptions>(factory =>
                factory.HttpMessageHandlerBuilderActions.Add(chain => chain.AdditionalHandlers.Insert(0, new Interceptor(_ => seen++))));
            services.AddSingleton<IConfigureOptions<HttpClientFactoryOptions>>(new Setup(_ => true, () => seen++));
            services.AddSingleton<IConfigureOptions<HttpClientFactoryOptions>>(new Setup(name => name == OAuth2Defaults.TokenEndpointHttpClientName, () => own++));
            services.AddSingleton<IHttpMessageHandlerBuilderFilter>(new Filter(chain =>
            {
                chain.AdditionalHandlers.Add(new Interceptor(_ => seen++));
                chain.PrimaryHandler = new Interceptor(_ => seen++) { InnerHandler = chain.PrimaryHandler };
            }));
            services.AddHttpClient(OAuth2Defaults.TokenEndpointHttpClientName)
                .AddLogger(_ => new SpyLogger(() => own++))
                .AddHttpMessageHandler(() => new Interceptor(_ => own++));
        });

        await app.GetTokenAsync();

        Assert.Equal((0, 3), (seen, own));
        Assert.False(Assert.Single(app.Server.RecordedTokenRequests).Headers.ContainsKey("X-Default"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task FilterThatSetsThePrimaryHandler_LeavesRedirectsOfTheTokenEndpointAlone(bool before)
    {
        await using var target = await OAuth2TestServer.StartAsync();
        await using var server = await OAuth2TestServer.StartAsync();
        var services = new ServiceCollection();
        var filter = new Filter(chain => chain.PrimaryHandler = new HttpClientHandler());
        if (before)
            services.AddSingleton<IHttpMessageHandlerBuilderFilter>(filter);
        services.AddOAuth2Client(TestApp.ClientName, client =>
        {
            (client.TokenEndpoint, client.ClientId, client.ClientSecret) = (server.TokenEndpoint, OAuth2TestServer.DefaultClientId, OAuth2TestServer.DefaultClientSecret);
            client.ClientAuthenticationMethod = ClientAuthenticationMethod.ClientSecretPost;
        });
        if (!before)
            services.AddSingleton<IHttpMessageHandlerBuilderFilter>(filter);
        server.TokenEndpointBehavior.Override = context =>
        {
            context.Response.StatusCode = 307;
            context.Response.Headers.Location = target.TokenEndpoint.AbsoluteUri;
            return Task.CompletedTask;
        };
        await using var provider = services.BuildServiceProvider();

        await Assert.ThrowsAsync<OAuth2TokenException>(async () => await provider.GetRequiredService<IOAuth2TokenProvider>().GetTokenAsync(TestApp.ClientName));

        Assert.Equal((1, 0), (server.TokenRequests, target.TokenRequests));
    }

    // The default may be as long as the token request's own limit; then nobody can tell that nothing was sent.
    [Fact]
    public void ConnectTimeout_IsShorterThanTheTokenRequests()
    {
        using var http = TokenEndpointHttpClient.Create(null);
        var handler = (SocketsHttpHandler)Sender.Find((HttpMessageHandler)typeof(HttpMessageInvoker).GetField("_handler", BindingFlags.NonPublic | BindingFlags.Instance)!.GetValue(http)!)!;

        Assert.True(handler.ConnectTimeout < new OAuth2ClientOptions().TokenRequestTimeout);
    }

    private sealed class Filter(Action<HttpMessageHandlerBuilder> change) : IHttpMessageHandlerBuilderFilter
    {
        public Action<HttpMessageHandlerBuilder> Configure(Action<HttpMessageHandlerBuilder> next) => chain =>
        {
            next(chain);
            change(chain);
        };
    }

    private sealed class Setup(Func<string?, bool> isMeant, Action see) : IConfigureNamedOptions<HttpClientFactoryOptions>
    {
        public void Configure(HttpClientFactoryOptions options) => Configure(null, options);

        public void Configure(string? name, HttpClientFactoryOptions options)
        {
            if (isMeant(name))
                options.HttpMessageHandlerBuilderActions.Add(chain => chain.AdditionalHandlers.Add(new Interceptor(_ => see())));
        }
    }

    private sealed class SpyLogger(Action see) : IHttpClientLogger
    {
        public object? LogRequestStart(HttpRequestMessage request)
        {
            see();
            return null;
        }

        public void LogRequestStop(object? context, HttpRequestMessage request, HttpResponseMessage response, TimeSpan elapsed)
        {
        }

        public void LogRequestFailed(object? context, HttpRequestMessage request, HttpResponseMessage? response, Exception exception, TimeSpan elapsed)
        {
        }
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
