using System.Net;
using Microsoft.Extensions.DependencyInjection;
using OAuthClient.Testing;

namespace OAuthClient.Tests.Http;

/// <summary>Which addresses may be called, and what is said of the others.</summary>
public sealed class AllowedAddressTests
{
    [Fact]
    public async Task Call_OfATypedClientThatSetsItsBaseAddressItself_IsToldWhereToSetIt()
    {
        await using var app = await TestApp.StartAsync(client: client => client.BaseAddress = null, services: services => services
            .AddHttpClient<TypedClient>().AddOAuth2Handler(TestApp.ClientName));

        var exception = await Assert.ThrowsAsync<InvalidOperationException>(() => app.Services.GetRequiredService<TypedClient>().Http.GetAsync("orders"));

        Assert.Contains("BaseAddress in AddHttpClient(...)", exception.Message, StringComparison.Ordinal);
        Assert.Contains("typed client's constructor", exception.Message, StringComparison.Ordinal);
        Assert.Contains("AllowedOrigins", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Call_ToAWebSocketOfAnAllowedHost_CarriesToken()
    {
        await using var app = await TestApp.StartAsync();
        using var invoker = new HttpMessageInvoker(app.Services.GetRequiredService<IHttpMessageHandlerFactory>().CreateHandler(TestApp.ClientName), disposeHandler: false);
        using var request = new HttpRequestMessage(HttpMethod.Get, new UriBuilder(new Uri(app.Server.ApiBaseAddress, "orders")) { Scheme = "ws" }.Uri);

        using var response = await invoker.SendAsync(request, CancellationToken.None);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Theory]
    [InlineData("ws://orders.example/", "plain ws")]
    [InlineData("http://orders.example/", "plain http")]
    [InlineData("wss://other.example/", "AllowedOrigins")]
    public async Task Call_ToAnAddressThatMayNotSeeTheToken_IsToldWhatToDo(string address, string expected)
    {
        await using var app = await TestApp.StartAsync(client: client => client.BaseAddress = new Uri("https://orders.example"));
        using var invoker = new HttpMessageInvoker(app.Services.GetRequiredService<IHttpMessageHandlerFactory>().CreateHandler(TestApp.ClientName), disposeHandler: false);
        using var request = new HttpRequestMessage(HttpMethod.Get, address);

        var exception = await Assert.ThrowsAsync<InvalidOperationException>(() => invoker.SendAsync(request, CancellationToken.None));

        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
        Assert.Equal(0, app.Server.TokenRequests);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Call_WhoseAddressIsChangedWhileItWaitsForItsToken_TakesItNowhereElse(bool isResent)
    {
        await using var other = await OAuth2TestServer.StartAsync();
        await using var app = await TestApp.StartAsync();
        var http = app.CreateClient();
        if (isResent)
        {
            using var warm = await http.GetAsync("orders");
            app.Server.RevokeAllTokens();
        }

        app.Server.TokenEndpointBehavior.Hang = true;
        using var request = new HttpRequestMessage(HttpMethod.Get, "orders");
        var call = http.SendAsync(request);
        await app.Server.WaitForTokenRequestsAsync(isResent ? 2 : 1);
        request.RequestUri = new Uri(other.ApiBaseAddress, "orders");
        app.Server.TokenEndpointBehavior.Hang = false;

        if (isResent)
            Assert.Equal(HttpStatusCode.Unauthorized, (await call).StatusCode);
        else
            await Assert.ThrowsAsync<InvalidOperationException>(() => call);
        Assert.Equal(0, other.ApiCalls);
    }

    private sealed class TypedClient
    {
        public TypedClient(HttpClient http)
        {
            http.BaseAddress = new Uri("https://orders.example");
            Http = http;
        }

        public HttpClient Http { get; }
    }
}
