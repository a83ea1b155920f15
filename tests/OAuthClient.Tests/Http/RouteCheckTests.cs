using System.Net;
using Microsoft.Extensions.DependencyInjection;
using OAuthClient.Testing;

namespace OAuthClient.Tests.Http;

/// <summary>Routes are watched wherever a handler of the user's stands: under a handler without a container, and as the one that a factory calls the primary.</summary>
public sealed class RouteCheckTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Call_WithoutContainerRoutedToAForeignHost_DeliversNothingAndSaysWhy(bool synchronous)
    {
        await using var server = await OAuth2TestServer.StartAsync();
        await using var other = await OAuth2TestServer.StartAsync();
        using var http = new HttpClient(OAuth2Handler.Create(CreateOptions(server), new Detour(other.BaseAddress))) { BaseAddress = server.ApiBaseAddress };

        var exception = await Assert.ThrowsAsync<InvalidOperationException>(() => SendAsync(http, synchronous));

        AssertRefused(exception, server, other);
    }

    [Fact]
    public async Task Call_WithoutContainerRoutedToAnAllowedHost_CarriesTheToken()
    {
        await using var server = await OAuth2TestServer.StartAsync();
        await using var other = await OAuth2TestServer.StartAsync();
        other.ApiBehavior.FailUntilCleared(200, "{}");
        var options = CreateOptions(server);
        options.AllowedOrigins.Add(other.BaseAddress.GetLeftPart(UriPartial.Authority));
        using var http = new HttpClient(OAuth2Handler.Create(options, new Detour(other.BaseAddress))) { BaseAddress = server.ApiBaseAddress };

        using var response = await SendAsync(http, synchronous: false);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.StartsWith("Bearer ", Assert.Single(other.RecordedApiCalls).Headers["Authorization"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Call_RoutedToAForeignHostByThePrimaryHandler_DeliversNothingAndSaysWhy(bool synchronous)
    {
        await using var other = await OAuth2TestServer.StartAsync();
        await using var app = await TestApp.StartAsync(services: services =>
            services.AddHttpClient(TestApp.ClientName).ConfigurePrimaryHttpMessageHandler(() => new Detour(other.BaseAddress)));

        var exception = await Assert.ThrowsAsync<InvalidOperationException>(() => SendAsync(app.CreateClient(), synchronous));

        AssertRefused(exception, app.Server, other);
    }

    [Fact]
    public async Task Calls_OfClientsThatShareARouter_AreEachLookedAtByTheirOwnClient()
    {
        await using var server = await OAuth2TestServer.StartAsync();
        await using var other = await OAuth2TestServer.StartAsync();
        other.ApiBehavior.FailUntilCleared(200, "{}");
        var detour = new Detour(other.BaseAddress);
        var allowing = CreateOptions(server);
        allowing.AllowedOrigins.Add(other.BaseAddress.GetLeftPart(UriPartial.Authority));
        using var allowed = new HttpClient(OAuth2Handler.Create(allowing, detour)) { BaseAddress = server.ApiBaseAddress };
        using var refused = new HttpClient(OAuth2Handler.Create(CreateOptions(server), detour)) { BaseAddress = server.ApiBaseAddress };
        using var plain = new HttpClient(detour) { BaseAddress = server.ApiBaseAddress };
        plain.DefaultRequestHeaders.Add("Authorization", "Basic own");

        (await SendAsync(allowed, synchronous: false)).Dispose();
        await Assert.ThrowsAsync<InvalidOperationException>(() => SendAsync(refused, synchronous: false));
        (await SendAsync(plain, synchronous: false)).Dispose();

        Assert.Equal(2, other.ApiCalls);
        Assert.Equal("Basic own", other.RecordedApiCalls[1].Headers["Authorization"]);
    }

    [Fact]
    public async Task Create_OverAHandlerThatHasSentAlready_SaysWhatToDo()
    {
        await using var server = await OAuth2TestServer.StartAsync();
        var detour = new Detour(server.BaseAddress);
        using var plain = new HttpClient(detour) { BaseAddress = server.ApiBaseAddress };
        (await plain.GetAsync("orders")).Dispose();

        var exception = Assert.Throws<InvalidOperationException>(() => OAuth2Handler.Create(CreateOptions(server), detour));

        Assert.StartsWith("The handler Detour under an OAuth2 client has sent requests already", exception.Message, StringComparison.Ordinal);
        Assert.EndsWith("Give the client a handler of its own.", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Create_WithNothingBetween_HasNoCheckOfItsOwn()
    {
        await using var server = await OAuth2TestServer.StartAsync();
        using var sender = new SocketsHttpHandler();
        using var detour = new Detour(server.BaseAddress);

        using var direct = OAuth2Handler.Create(CreateOptions(server), sender);
        using var routed = OAuth2Handler.Create(CreateOptions(server), detour);

        Assert.Same(sender, direct.InnerHandler);
        Assert.IsType<OriginCheck>(detour.InnerHandler);
    }

    [Fact]
    public async Task FirstCall_WithNothingButTheFactorysHandlersBetween_AddsNoCheck()
    {
        await using var app = await TestApp.StartAsync();
        HttpMessageHandler? handler = app.Services.GetRequiredService<IHttpMessageHandlerFactory>().CreateHandler(TestApp.ClientName);
        (await app.CreateClient().GetAsync("orders")).EnsureSuccessStatusCode().Dispose();

        var chain = new List<HttpMessageHandler>();
        for (; handler is DelegatingHandler { InnerHandler: var inner }; handler = inner)
            chain.Add(handler);

        Assert.Contains(chain, link => link is AccessTokenHandler);
        Assert.DoesNotContain(chain, link => link is OriginCheck);
    }

    private static void AssertRefused(InvalidOperationException exception, OAuth2TestServer server, OAuth2TestServer other)
    {
        Assert.Contains($"{new Uri(other.ApiBaseAddress, "orders")} was not called, since only {server.BaseAddress.GetLeftPart(UriPartial.Authority)} may see its token", exception.Message, StringComparison.Ordinal);
        Assert.Equal((0, 0), (server.ApiCalls, other.ApiCalls));
    }

    private static async Task<HttpResponseMessage> SendAsync(HttpClient http, bool synchronous)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "orders");
        return synchronous ? await Task.Run(() => http.Send(request)) : await http.SendAsync(request);
    }

    private static OAuth2ClientOptions CreateOptions(OAuth2TestServer server) => new()
    {
        TokenEndpoint = server.TokenEndpoint,
        ClientId = OAuth2TestServer.DefaultClientId,
        ClientSecret = OAuth2TestServer.DefaultClientSecret,
        BaseAddress = server.ApiBaseAddress,
    };

    /// <summary>Sends every call to another host.</summary>
    private sealed class Detour : DelegatingHandler
    {
        private readonly Uri _to;

        public Detour(Uri to)
            : base(new SocketsHttpHandler()) => _to = to;

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => base.SendAsync(Turn(request), cancellationToken);

        protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken) => base.Send(Turn(request), cancellationToken);

        private HttpRequestMessage Turn(HttpRequestMessage request)
        {
            request.RequestUri = new Uri(_to, request.RequestUri!.PathAndQuery);
            return request;
        }
    }
}
