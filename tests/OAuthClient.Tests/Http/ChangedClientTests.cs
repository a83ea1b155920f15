using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OAuthClient.Testing;

namespace OAuthClient.Tests.Http;

/// <summary>What a call that is answered 401 does where its client has changed, or its caller has gone, since it was sent.</summary>
public sealed class ChangedClientTests
{
    private const string OtherId = "other-id";
    private const string OtherSecret = "other-secret";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Call_RejectedAfterItsClientsCredentialsChanged_IsSentAgainWithATokenOfThePresentOnes(bool hasOverrides)
    {
        var changed = false;
        await using var app = await TestApp.StartAsync(
            server =>
            {
                server.Clients.Add(new TestClient(OAuth2TestServer.DefaultClientId, OAuth2TestServer.DefaultClientSecret));
                server.Clients.Add(new TestClient(OtherId, OtherSecret));
            },
            client =>
            {
                client.ClientAuthenticationMethod = ClientAuthenticationMethod.ClientSecretPost;
                if (changed)
                    (client.ClientId, client.ClientSecret) = (OtherId, OtherSecret);
            });
        var http = app.CreateClient();
        using var warm = await http.SendAsync(Request());
        app.Server.ApiBehavior.Override = context =>
        {
            app.Server.ApiBehavior.Override = null;
            changed = true;
            app.ReloadOptions();
            app.Server.RevokeAllTokens();
            context.Response.StatusCode = 401;
            return Task.CompletedTask;
        };

        using var response = await http.SendAsync(Request());

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(2, app.Server.TokenRequests);
        Assert.Equal(OtherId, app.Server.RecordedTokenRequests[1].Form["client_id"]);
        Assert.Equal(hasOverrides ? "orders:write" : null, app.Server.RecordedTokenRequests[1].Form.GetValueOrDefault("scope"));

        HttpRequestMessage Request()
        {
            var request = new HttpRequestMessage(HttpMethod.Get, "orders");
            return hasOverrides ? request.SetOAuth2TokenRequest(new OAuth2TokenRequest { Scopes = ["orders:write"] }) : request;
        }
    }

    [Fact]
    public async Task Call_RejectedAfterItsOriginWasTakenOffTheList_IsNotSentAgain()
    {
        await using var other = await OAuth2TestServer.StartAsync();
        var changed = false;
        await using var app = await TestApp.StartAsync(client: client =>
        {
            if (!changed)
                client.AllowedOrigins.Add(other.BaseAddress.GetLeftPart(UriPartial.Authority));
        });
        other.ApiBehavior.Override = context =>
        {
            changed = true;
            app.ReloadOptions();
            context.Response.StatusCode = 401;
            return Task.CompletedTask;
        };

        using var response = await app.CreateClient().GetAsync(other.ApiBaseAddress);

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Equal(1, other.ApiCalls);
        Assert.Equal(1, app.Server.TokenRequests);
    }

    [Theory]
    [InlineData("moved", "it was redirected to another origin")]
    [InlineData("forbidden", "its origin may not see the token any more")]
    [InlineData("without token", "the client sends no token any more")]
    public async Task Call_RejectedAfterAChangeThatLeavesItNoToken_IsNotSentAgainAndSaysWhy(string change, string says)
    {
        var changed = false;
        Action<HttpRequestMessage>? rejected = null;
        var api = new Refuse(request => rejected!(request));
        await using var app = await TestApp.StartAsync(
            client: client =>
            {
                if (!changed || change != "forbidden")
                    client.AllowedOrigins.Add("https://other.example");
                client.SendsNoToken = changed && change == "without token";
            },
            services: services => services.AddHttpClient(TestApp.ClientName).AddHttpMessageHandler(() => api));
        rejected = request =>
        {
            changed = true;
            app.ReloadOptions();
            if (change == "moved")
                request.RequestUri = new Uri("https://other.example/orders");
        };

        using var response = await app.CreateClient().GetAsync(change == "moved" ? "orders" : "https://other.example/orders");

        Assert.Equal((HttpStatusCode.Unauthorized, 1, 1), (response.StatusCode, api.Calls, app.Server.TokenRequests));
        Assert.Equal(1, app.Log.Count(LogLevel.Warning, $"answered 401 and the call was not sent again: {says}"));
    }

    [Fact]
    public async Task Call_RejectedAfterItsHeaderChanged_IsSentAgainWithThePresentHeaderAlone()
    {
        var changed = false;
        await using var app = await TestApp.StartAsync(client: client => client.HeaderName = changed ? "X-Token" : "Authorization");
        app.Server.ApiBehavior.Override = context =>
        {
            if (!changed)
            {
                changed = true;
                app.ReloadOptions();
                context.Response.StatusCode = 401;
            }

            return Task.CompletedTask;
        };

        using var response = await app.CreateClient().GetAsync("orders");

        var call = app.Server.RecordedApiCalls[^1];
        Assert.Equal((2, true, false), (app.Server.ApiCalls, call.Headers.ContainsKey("X-Token"), call.Headers.ContainsKey("Authorization")));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Call_CancelledWhileItWaitsForAnotherToken_DisposesThe401(bool synchronous)
    {
        var rejection = new ObservedContent();
        await using var app = await TestApp.StartAsync(services: services => services
            .AddHttpClient(TestApp.ClientName)
            .AddHttpMessageHandler(() => new ReplaceContentOf401(rejection)));
        var http = app.CreateClient();
        using var warm = await http.GetAsync("orders");
        app.Server.RevokeAllTokens();
        app.Server.TokenEndpointBehavior.Hang = true;
        using var cancellation = new CancellationTokenSource();

        var call = synchronous
            ? Task.Run(() => http.Send(new HttpRequestMessage(HttpMethod.Get, "orders"), cancellation.Token))
            : http.GetAsync("orders", cancellation.Token);
        await app.Server.WaitForTokenRequestsAsync(2);
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        app.Server.TokenEndpointBehavior.Hang = false;
        Assert.True(rejection.IsDisposed);
    }

    [Fact]
    public async Task Call_CancelledWhileItsSecond401IsLookedInto_DisposesThat()
    {
        using var cancellation = new CancellationTokenSource();
        var second = new StalledContent(cancellation.Cancel);
        await using var app = await TestApp.StartAsync(services: services => services
            .AddHttpClient(TestApp.ClientName)
            .AddHttpMessageHandler(() => new Reject(new ByteArrayContent([]), second)));
        var http = app.CreateClient();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => http.GetAsync("orders", HttpCompletionOption.ResponseHeadersRead, cancellation.Token).WaitAsync(Dose.Patience));

        Assert.True(second.IsDisposed);
    }

    /// <summary>Answers 401 with a challenge that asks for something else, and does something to the request before.</summary>
    private sealed class Refuse(Action<HttpRequestMessage> handle) : DelegatingHandler
    {
        public int Calls { get; private set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Calls++;
            handle(request);
            return Task.FromResult(new HttpResponseMessage(HttpStatusCode.Unauthorized) { RequestMessage = request, Headers = { { "WWW-Authenticate", "Basic" } } });
        }
    }

    /// <summary>Answers 401 as often as there is content for it.</summary>
    private sealed class Reject(params HttpContent[] contents) : DelegatingHandler
    {
        private int _sent;

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(new HttpResponseMessage(HttpStatusCode.Unauthorized) { Content = contents[_sent++], RequestMessage = request });
    }

    /// <summary>Content that does not come; who waits for it gives up.</summary>
    private sealed class StalledContent(Action asked) : HttpContent
    {
        public bool IsDisposed { get; private set; }

        protected override async Task<Stream> CreateContentReadStreamAsync(CancellationToken cancellationToken)
        {
            asked();
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
            return Stream.Null;
        }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => Task.CompletedTask;

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }

        protected override void Dispose(bool disposing)
        {
            IsDisposed = true;
            base.Dispose(disposing);
        }
    }

    private sealed class ObservedContent() : ByteArrayContent([])
    {
        public bool IsDisposed { get; private set; }

        protected override void Dispose(bool disposing)
        {
            IsDisposed = true;
            base.Dispose(disposing);
        }
    }

    private sealed class ReplaceContentOf401(HttpContent content) : DelegatingHandler
    {
        protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken) => Replace(base.Send(request, cancellationToken));

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Replace(await base.SendAsync(request, cancellationToken));

        private HttpResponseMessage Replace(HttpResponseMessage response)
        {
            if (response.StatusCode == HttpStatusCode.Unauthorized)
                response.Content = content;
            return response;
        }
    }
}
