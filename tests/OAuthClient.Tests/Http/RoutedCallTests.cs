using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Http.Resilience;
using OAuthClient.Testing;

namespace OAuthClient.Tests.Http;

/// <summary>A handler behind ours that sends the call elsewhere takes the credentials to allowed origins alone.</summary>
public sealed class RoutedCallTests
{
    private const string ApiKeyHeader = "api-key";

    private enum Router
    {
        Detour,
        Hedging,
    }

    public static TheoryData<bool, bool> Routes => new() { { false, false }, { false, true }, { true, false } };

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task Call_RoutedToAnOriginThatIsNotAllowed_DeliversNothingAndSaysWhy(bool byHedging, bool synchronous)
    {
        await using var other = await StartOtherAsync();
        await using var app = await StartAsync(other, byHedging ? Router.Hedging : Router.Detour, isAllowed: false);
        var http = app.CreateClient();

        var exception = await Assert.ThrowsAsync<InvalidOperationException>(() => SendAsync(http, synchronous));

        Assert.Contains($"'orders': {new Uri(other.ApiBaseAddress, "orders")} was not called, since only {app.Server.BaseAddress.GetLeftPart(UriPartial.Authority)} may see its token", exception.Message, StringComparison.Ordinal);
        Assert.Contains("AllowedOrigins", exception.Message, StringComparison.Ordinal);
        Assert.Equal(0, other.ApiCalls);
    }

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task Call_RoutedToAnOriginThatIsAllowed_CarriesItsCredentialsThere(bool byHedging, bool synchronous)
    {
        await using var other = await StartOtherAsync();
        await using var app = await StartAsync(other, byHedging ? Router.Hedging : Router.Detour, isAllowed: true);

        using var response = await SendAsync(app.CreateClient(), synchronous);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var call = Assert.Single(other.RecordedApiCalls);
        Assert.Equal(($"Bearer {(await app.GetTokenAsync()).Value}", "chk_1"), (call.Headers["Authorization"], call.Headers[ApiKeyHeader]));
    }

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task Call_WithoutATokenRoutedElsewhere_IsSent(bool byHedging, bool synchronous)
    {
        await using var other = await StartOtherAsync();
        await using var app = await StartAsync(other, byHedging ? Router.Hedging : Router.Detour, isAllowed: false);

        var http = app.CreateClient();
        http.DefaultRequestHeaders.Add("Authorization", "Basic mine");

        using var response = await SendAsync(http, synchronous, new OAuth2TokenRequest { NoToken = true });

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var call = Assert.Single(other.RecordedApiCalls);
        Assert.Equal(("Basic mine", false), (call.Headers["Authorization"], call.Headers.ContainsKey(ApiKeyHeader)));
    }

    [Fact]
    public async Task Call_OfAnotherClientRoutedElsewhere_IsHeldToThatClientsOrigins()
    {
        await using var other = await StartOtherAsync();
        TestApp? app = null;
        await using (app = await StartAsync(other, Router.Detour, isAllowed: true, services => services.AddOAuth2Client("second", client =>
        {
            (client.TokenEndpoint, client.BaseAddress) = (app!.Server.TokenEndpoint, app.Server.ApiBaseAddress);
            (client.ClientId, client.ClientSecret) = (OAuth2TestServer.DefaultClientId, OAuth2TestServer.DefaultClientSecret);
        })))
        {
            var exception = await Assert.ThrowsAsync<InvalidOperationException>(() => SendAsync(app.CreateClient(), synchronous: false, new OAuth2TokenRequest { ClientName = "second" }));

            Assert.StartsWith("OAuth2 client 'second': ", exception.Message, StringComparison.Ordinal);
            Assert.Equal(0, other.ApiCalls);
        }
    }

    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 1)]
    public async Task Chain_HasACheckOfItsOwn_WhereAHandlerStandsBehindOursAlone(bool hasRouter, int expected)
    {
        await using var app = await TestApp.StartAsync(services: services =>
        {
            services.AddHttpClient("before").AddHttpMessageHandler(() => new Stay()).AddOAuth2Handler(TestApp.ClientName);
            if (hasRouter)
                services.AddHttpClient(TestApp.ClientName).AddHttpMessageHandler(() => new Stay());
        });

        Assert.Equal(expected, await CountAsync(TestApp.ClientName));
        Assert.Equal(0, await CountAsync("before"));

        // What stands in a chain is settled when its first call is made.
        async Task<int> CountAsync(string name)
        {
            HttpMessageHandler? handler = app.Services.GetRequiredService<IHttpMessageHandlerFactory>().CreateHandler(name);
            using var invoker = new HttpMessageInvoker(handler, disposeHandler: false);
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(app.Server.ApiBaseAddress, "orders"));
            (await invoker.SendAsync(request, CancellationToken.None)).EnsureSuccessStatusCode().Dispose();
            var count = 0;
            for (; handler is DelegatingHandler { InnerHandler: var inner }; handler = inner)
                count += handler is OriginCheck ? 1 : 0;
            return count;
        }
    }

    private static async Task<HttpResponseMessage> SendAsync(HttpClient http, bool synchronous, OAuth2TokenRequest? overrides = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "orders");
        if (overrides is not null)
            request.SetOAuth2TokenRequest(overrides);
        return synchronous ? await Task.Run(() => http.Send(request)) : await http.SendAsync(request);
    }

    private static async Task<OAuth2TestServer> StartOtherAsync()
    {
        var other = await OAuth2TestServer.StartAsync();
        other.ApiBehavior.FailUntilCleared(200, "{}");
        return other;
    }

    // The API is out of order, so that whoever hedges goes on to the other.
    private static async Task<TestApp> StartAsync(OAuth2TestServer other, Router router, bool isAllowed, Action<IServiceCollection>? more = null)
    {
        var authority = new Uri(other.BaseAddress.GetLeftPart(UriPartial.Authority));
        TestApp? app = null;
        app = await TestApp.StartAsync(
            client: client =>
            {
                (client.ApiKey, client.ApiKeyHeaderName) = ("chk_1", ApiKeyHeader);
                if (isAllowed)
                    client.AllowedOrigins.Add(authority.GetLeftPart(UriPartial.Authority));
            },
            services: services =>
            {
                var builder = services.AddHttpClient(TestApp.ClientName);
                if (router == Router.Detour)
                    builder.AddHttpMessageHandler(() => new Detour(authority));
                else
                    builder.AddStandardHedgingHandler(routing => routing.ConfigureOrderedGroups((groups, _) =>
                    {
                        groups.Groups.Add(Group(app!.Server.BaseAddress));
                        groups.Groups.Add(Group(authority));
                    }));
                more?.Invoke(services);
            });
        app.Server.ApiBehavior.FailUntilCleared(503);
        return app;

        static UriEndpointGroup Group(Uri address) => new() { Endpoints = { new WeightedUriEndpoint { Uri = address } } };
    }

    private sealed class Stay : DelegatingHandler;

    private sealed class Detour(Uri to) : DelegatingHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => base.SendAsync(Turn(request), cancellationToken);

        protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken) => base.Send(Turn(request), cancellationToken);

        private HttpRequestMessage Turn(HttpRequestMessage request)
        {
            request.RequestUri = new Uri(to, request.RequestUri!.PathAndQuery);
            return request;
        }
    }
}
