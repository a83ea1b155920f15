using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Http;
using OAuthClient.Testing;

namespace OAuthClient.Tests.Http;

/// <summary>Whoever switches redirects on again in the handler that sends, and whenever before the first call: the credentials follow none to another host.</summary>
public sealed class RedirectSwitchTests
{
    // Whether the filter is put before all others, so that it has its turn after ours; which kind of handler sends; and how.
    public static TheoryData<bool, bool, bool> Filters
    {
        get
        {
            var filters = new TheoryData<bool, bool, bool>();
            for (var i = 0; i < 8; i++)
                filters.Add((i & 4) != 0, (i & 2) != 0, (i & 1) != 0);
            return filters;
        }
    }

    [Theory]
    [MemberData(nameof(Filters))]
    public async Task Redirect_SwitchedOnByAFilter_TakesNoCredentialsToAnotherHost(bool isFirst, bool classic, bool synchronous)
    {
        await using var other = await OAuth2TestServer.StartAsync();
        other.ApiBehavior.FailUntilCleared(200, "{}");
        await using var app = await TestApp.StartAsync(
            client: client => (client.ApiKey, client.ApiKeyHeaderName) = ("chk_1", "api-key"),
            services: services =>
            {
                services.AddHttpClient(TestApp.ClientName).ConfigurePrimaryHttpMessageHandler(() => classic ? new HttpClientHandler() : new SocketsHttpHandler());
                AddFilter(services, isFirst);
            });
        app.Server.ApiBehavior.Override = RedirectTo(new Uri(other.ApiBaseAddress, "final"));

        using var response = await SendAsync(app.CreateClient(), synchronous);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var call = Assert.Single(other.RecordedApiCalls);
        Assert.Equal((false, false), (call.Headers.ContainsKey("Authorization"), call.Headers.ContainsKey("api-key")));
        Assert.Equal((1, 1), (app.Server.ApiCalls, app.Server.TokenRequests));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void TakeOver_OfAHandlerThatWasSwitchedOnAgain_SwitchesItOffAgainAndKnowsWhatIsWanted(bool classic)
    {
        using HttpMessageHandler handler = classic ? new HttpClientHandler { MaxAutomaticRedirections = 7 } : new SocketsHttpHandler { MaxAutomaticRedirections = 7 };
        var first = Sender.TakeOver(handler);
        IsOn(handler, true);

        var second = Sender.TakeOver(handler);
        var third = Sender.TakeOver(handler);

        Assert.False(IsOn(handler));
        Assert.Equal((7, 7, 7), (first, second, third));
    }

    /// <summary>Once it has sent, nobody can switch it any more: all is well where it follows none by itself.</summary>
    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task TakeOver_OfAHandlerThatHasSent_IsRefusedWhereItFollowsRedirects(bool classic, bool follows)
    {
        await using var server = await OAuth2TestServer.StartAsync();
        using HttpMessageHandler handler = classic ? new HttpClientHandler { AllowAutoRedirect = follows, UseProxy = false } : new SocketsHttpHandler { AllowAutoRedirect = follows, UseProxy = false };
        using var http = new HttpClient(handler, disposeHandler: false);
        (await http.GetAsync(server.JwksUri)).Dispose();

        if (follows)
        {
            var exception = Assert.Throws<InvalidOperationException>(() => Sender.TakeOver(handler));
            Assert.StartsWith("The HTTP handler under an OAuth2 client has sent requests already, so its redirects cannot be kept from carrying credentials elsewhere. Give the client a handler of its own, or set AllowAutoRedirect to false", exception.Message, StringComparison.Ordinal);
            Assert.IsType<InvalidOperationException>(exception.InnerException);
        }
        else
        {
            Assert.Equal(0, Sender.TakeOver(handler));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task TokenRequest_SwitchedOnByAFilter_FollowsNoRedirect(bool isFirst)
    {
        await using var other = await OAuth2TestServer.StartAsync();
        await using var app = await TestApp.StartAsync(
            client: client => client.ClientAuthenticationMethod = ClientAuthenticationMethod.ClientSecretPost,
            services: services => AddFilter(services, isFirst));
        app.Server.TokenEndpointBehavior.Override = RedirectTo(other.TokenEndpoint);

        var exception = await Record.ExceptionAsync(() => app.GetTokenAsync());

        Assert.Equal(0, other.TokenRequests);
        Assert.Contains("Redirects of the token endpoint are not followed", exception?.Message, StringComparison.Ordinal);
    }

    private static void AddFilter(IServiceCollection services, bool isFirst)
    {
        var filter = ServiceDescriptor.Singleton<IHttpMessageHandlerBuilderFilter, SwitchOn>();
        if (isFirst)
            services.Insert(0, filter);
        else
            services.Add(filter);
    }

    private static async Task<HttpResponseMessage> SendAsync(HttpClient http, bool synchronous)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "orders");
        return synchronous ? await Task.Run(() => http.Send(request)) : await http.SendAsync(request);
    }

    private static RequestDelegate RedirectTo(Uri address) => context =>
    {
        context.Response.StatusCode = 307;
        context.Response.Headers.Location = address.AbsoluteUri;
        return Task.CompletedTask;
    };

    private static bool IsOn(HttpMessageHandler handler, bool? value = null) => handler switch
    {
        SocketsHttpHandler sockets => sockets.AllowAutoRedirect = value ?? sockets.AllowAutoRedirect,
        HttpClientHandler classic => classic.AllowAutoRedirect = value ?? classic.AllowAutoRedirect,
        _ => throw new NotSupportedException(handler.GetType().Name),
    };

    private sealed class SwitchOn : IHttpMessageHandlerBuilderFilter
    {
        public Action<HttpMessageHandlerBuilder> Configure(Action<HttpMessageHandlerBuilder> next) => chain =>
        {
            next(chain);
            IsOn(chain.PrimaryHandler, true);
        };
    }
}
