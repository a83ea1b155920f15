using System.Net;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace OAuthClient.Tests.Canaries;

/// <summary>What API calls come to: answered, rejected, redirected, refused.</summary>
internal static class CallScenarios
{
    public static async Task WarmCall(Stage stage)
    {
        Assert.Equal(200, await stage.CallAsync());
        Assert.Equal(200, await stage.CallAsync());
        Assert.Equal((1, 2), (stage.Server.TokenRequests, stage.Server.ApiCalls));
        stage.Examine(await stage.App.GetTokenAsync());
    }

    public static async Task SynchronousSend(Stage stage)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "orders");
        var http = stage.App.CreateClient();
        using var response = await Task.Run(() => http.Send(request));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    public static async Task RejectedToken_ApiEchoesItInTheBody_CallIsResent(Stage stage)
    {
        Assert.Equal(200, await stage.CallAsync());
        EchoOnce(stage, 401);
        Assert.Equal(200, await stage.CallAsync());
        Assert.Equal(2, stage.Server.TokenRequests);
    }

    public static async Task RejectedToken_ContentThatCannotBeSentAgain(Stage stage)
    {
        Assert.Equal(200, await stage.CallAsync());
        EchoOnce(stage, 401);
        Assert.Equal(401, await stage.CallAsync(content: new StreamContent(new OneWayStream())));
    }

    public static async Task RejectedToken_ApiEchoesItAsTheNameOfAScheme(Stage stage)
    {
        Assert.Equal(200, await stage.CallAsync());
        stage.Server.ApiBehavior.Override = context =>
        {
            context.Response.StatusCode = 401;
            context.Response.Headers.WWWAuthenticate = new[] { stage.LastToken, stage.ApiKey };
            return Task.CompletedTask;
        };

        // .NET logs a response's headers as the user has asked for; what is looked for here is what the library makes of them.
        Assert.Equal(401, await stage.CallAsync(stage.StartAnother(_ => { }, services => services.AddHttpClient(TestApp.ClientName).RedactLoggedHeaders(_ => true))));
    }

    public static async Task RejectedToken_NoNewOneCanBeHad(Stage stage)
    {
        Assert.Equal(200, await stage.CallAsync());
        stage.Server.RevokeAllTokens();
        stage.Server.TokenEndpointBehavior.FailUntilCleared(503);
        Assert.Equal(401, await stage.CallAsync());
    }

    public static async Task RejectedToken_NotSubscribed(Stage stage)
    {
        Assert.Equal(200, await stage.CallAsync());
        stage.Server.ApiBehavior.FailNext(1, 401, $$"""{"code":900908,"message":"{{stage.LastToken}}"}""");
        Assert.Equal(401, await stage.CallAsync());
        Assert.Equal(1, stage.Server.TokenRequests);
    }

    public static async Task ForbiddenAndServerError_ApiEchoesTheToken(Stage stage)
    {
        Assert.Equal(200, await stage.CallAsync());
        foreach (var status in new[] { 403, 429, 500 })
        {
            EchoOnce(stage, status);
            Assert.Equal(status, await stage.CallAsync());
        }
    }

    public static async Task Redirect_OnTheSameOrigin(Stage stage)
    {
        Assert.Equal(200, await stage.CallAsync(address: "redirect?to=/api/final"));
        Assert.Equal("/api/final", stage.Server.RecordedApiCalls[^1].Path);
    }

    public static async Task Redirect_ToAForeignOrigin(Stage stage)
    {
        stage.Foreign.ApiBehavior.Override = _ => Task.CompletedTask;
        Assert.Equal(200, await stage.CallAsync(address: $"redirect?to={stage.Foreign.ApiBaseAddress}final"));
        Assert.Equal(1, stage.Foreign.ApiCalls);
    }

    public static async Task Redirect_ToAForeignOriginWithTheTokenInItsAddress(Stage stage)
    {
        Assert.Equal(200, await stage.CallAsync());
        stage.ApiGivesTokenAway = true;
        stage.Foreign.ApiBehavior.Override = _ => Task.CompletedTask;
        stage.Server.ApiBehavior.Override = context =>
        {
            context.Response.Redirect($"{stage.Foreign.ApiBaseAddress}final?access_token={stage.LastToken}");
            return Task.CompletedTask;
        };

        // As above: Location is a header of the API's.
        var app = stage.StartAnother(_ => { }, services => services.AddHttpClient(TestApp.ClientName).RedactLoggedHeaders(_ => true));
        Assert.Equal(200, await stage.CallAsync(app));
        Assert.Equal(1, stage.Foreign.ApiCalls);
    }

    public static async Task OriginThatIsNotAllowed_SecretsInTheAddress(Stage stage)
    {
        var key = stage.Watch("query of a call", Canary.Next());
        foreach (var address in new[] { $"{stage.Foreign.ApiBaseAddress}orders?key={key}#{key}", $"https://{key}:{key}@api.example/orders?key={key}", $"http://api.example/orders?key={key}" })
            await stage.FailAsync<InvalidOperationException>(() => stage.CallAsync(address: address));
        await stage.FailAsync<InvalidOperationException>(() => stage.CallAsync(stage.StartAnother(options => options.BaseAddress = null), address: $"{stage.Foreign.ApiBaseAddress}orders?key={key}"));
        Assert.Equal(0, stage.Foreign.ApiCalls);
    }

    public static async Task BaseAddressOfTheHttpClientWithUserInformation(Stage stage)
    {
        var key = stage.Watch("user information", Canary.Next());
        var app = stage.StartAnother(
            options => options.BaseAddress = null,
            services => services.AddHttpClient(TestApp.ClientName, http => http.BaseAddress = new UriBuilder(stage.Server.ApiBaseAddress) { UserName = key, Password = key }.Uri));
        using (var response = await app.CreateClient().GetAsync("orders"))
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        await stage.FailAsync<InvalidOperationException>(() => stage.CallAsync(app, address: stage.Foreign.ApiBaseAddress.AbsoluteUri));
    }

    public static async Task TokenOfAnotherClient_InAHeaderOfAnotherName(Stage stage)
    {
        var app = stage.StartAnother(_ => { }, services => services.AddOAuth2Client("billing", options =>
        {
            (options.TokenEndpoint, options.ClientId, options.ClientSecret, options.ClientAuthenticationMethod) = (stage.Server.TokenEndpoint, "test-client", stage.Secret, ClientAuthenticationMethod.ClientSecretPost);
            (options.BaseAddress, options.HeaderName, options.HeaderScheme) = (stage.Server.ApiBaseAddress, "X-Billing-Token", "");
            (options.ApiKeyHeaderName, options.ApiKey) = ("X-Billing-Key", stage.ApiKey);
        }));
        stage.Server.ApiBehavior.Override = context =>
        {
            Assert.Equal((stage.LastToken, stage.ApiKey), (context.Request.Headers["X-Billing-Token"].ToString(), context.Request.Headers["X-Billing-Key"].ToString()));
            context.Response.StatusCode = 202;
            return Task.CompletedTask;
        };
        using var request = new HttpRequestMessage(HttpMethod.Get, "orders");
        request.SetOAuth2TokenRequest(new OAuth2TokenRequest { ClientName = "billing" });

        using var response = await app.CreateClient().SendAsync(request);

        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        stage.Server.ResetCounters();
    }

    public static async Task TokenOfOtherParameters(Stage stage)
    {
        var wanted = new OAuth2TokenRequest { Parameters = new Dictionary<string, string> { ["subject_token"] = stage.Watch("subject token", Canary.NextAwkward()) }, Scopes = new[] { "orders:read" } };
        using var request = new HttpRequestMessage(HttpMethod.Get, "orders").SetOAuth2TokenRequest(wanted);
        using var response = await stage.App.CreateClient().SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        stage.Examine(wanted);
        stage.Examine(await stage.App.Tokens.GetTokenAsync(TestApp.ClientName, wanted));
        await stage.FailAsync<InvalidOperationException>(() => stage.App.Tokens.GetTokenAsync(
            TestApp.ClientName, new OAuth2TokenRequest { Parameters = new Dictionary<string, string> { ["client_secret"] = stage.Secret } }).AsTask());
    }

    public static async Task HandlerOfTheUserThrows(Stage stage)
    {
        var app = stage.StartAnother(_ => { }, services => services.AddHttpClient(TestApp.ClientName).AddHttpMessageHandler(() => new Thrower()));
        await stage.FailAsync<InvalidTimeZoneException>(() => stage.CallAsync(app));
        Assert.Equal(1, stage.Server.TokenRequests);
    }

    public static async Task ConnectionToTheApiIsCut(Stage stage)
    {
        stage.Server.ApiBehavior.AbortNext(4);
        await stage.FailAsync<HttpRequestException>(() => stage.CallAsync());
        Assert.Equal(1, stage.Server.TokenRequests);
    }

    public static async Task HandlerWithoutContainer(Stage stage)
    {
        var options = new OAuth2ClientOptions
        {
            TokenEndpoint = stage.Server.TokenEndpoint,
            BaseAddress = stage.Server.ApiBaseAddress,
            ClientId = "test-client",
            ClientSecret = stage.Secret,
            HeaderName = stage.HeaderName,
            HeaderScheme = stage.Setup == Setup.BasicHeader ? "Bearer" : "",
            ApiKey = stage.ApiKey,
            ApiKeyHeaderName = Stage.ApiKeyHeader,
        };
        var handler = OAuth2Handler.Create(options, timeProvider: stage.App.Clock);
        using var http = new HttpClient(handler);
        using var response = await http.GetAsync(new Uri(stage.Server.ApiBaseAddress, "orders"));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        stage.Examine(handler);
        stage.Examine(options);
    }

    public static async Task ApplicationIsDisposed(Stage stage)
    {
        Assert.Equal(200, await stage.CallAsync());
        var http = stage.App.CreateClient();
        await stage.App.Services.DisposeAsync();
        stage.App.Clock.Advance(TimeSpan.FromDays(1));
        using var request = new HttpRequestMessage(HttpMethod.Get, "orders");
        stage.Examine((await Record.ExceptionAsync(() => http.SendAsync(request)))!);
    }

    private static void EchoOnce(Stage stage, int status) =>
        stage.Server.ApiBehavior.FailNext(1, status, $$"""{"code":900901,"message":"{{stage.LastToken}} {{stage.ApiKey}}","description":"{{stage.LastToken}}"}""");

    private sealed class Thrower : DelegatingHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            throw new InvalidTimeZoneException("The user's own trouble.");
    }
}
