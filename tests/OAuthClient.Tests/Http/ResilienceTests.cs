using System.Net;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Http.Resilience;

namespace OAuthClient.Tests.Http;

/// <summary>What the page says of a resilience handler, with the lines that it gives.</summary>
public sealed class ResilienceTests
{
    [Fact]
    public async Task WrongSecret_UnderThePagesLines_FailsAtOnce()
    {
        await using var app = await TestApp.StartAsync(client: client => client.ClientSecret = "wrong", services: ReadmeCode.ResilienceOutside);
        var call = app.CreateClient().GetAsync("orders");

        // The clock stands still: whoever waits, waits for ever.
        var failure = await Assert.ThrowsAsync<OAuth2TokenException>(() => call.WaitAsync(Dose.Patience));

        Assert.Equal(("invalid_client", false), (failure.Error, failure.IsTransient));
        Assert.Equal((1, 0), (app.Server.TokenRequests, app.Server.ApiCalls));
    }

    [Fact]
    public async Task WrongSecret_UnderTheHandlerAsItIs_IsTriedAgain()
    {
        await using var app = await TestApp.StartAsync(
            client: client => client.ClientSecret = "wrong",
            services: services => services.ConfigureHttpClientDefaults(http => http.AddStandardResilienceHandler()));
        using var cancelled = new CancellationTokenSource();
        var call = app.CreateClient().GetAsync("orders", cancelled.Token);

        await TestApp.UntilAsync(() => app.IsWaiting);

        Assert.Equal((false, 1), (call.IsCompleted, app.Server.TokenRequests));
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
    }

    [Fact]
    public async Task ColdStart_WithAnOutageOfAMoment_UnderThePagesLinesSucceeds()
    {
        await using var app = await TestApp.StartAsync(services: ReadmeCode.ResilienceOutside);
        app.Server.TokenEndpointBehavior.FailNext(1, 503);
        var call = app.CreateClient().GetAsync("orders");

        await app.AdvanceUntilAsync(call);

        using var answer = await call;
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal((2, 1), (app.Server.TokenRequests, app.Server.ApiCalls));
    }

    [Fact]
    public async Task ColdStart_WhereTheServerAsksToWait_WaitsAsLongAndAsksOnce()
    {
        await using var app = await TestApp.StartAsync(services: services =>
        {
            ReadmeCode.ResilienceOutside(services);
            services.ConfigureAll<HttpStandardResilienceOptions>(options => options.Retry.Delay = TimeSpan.FromMilliseconds(1));
        });
        app.Server.TokenEndpointBehavior.FailNext(1, 503, retryAfter: "4");
        var start = app.Clock.GetUtcNow();
        var call = app.CreateClient().GetAsync("orders");

        await app.AdvanceUntilAsync(call);

        (await call).EnsureSuccessStatusCode().Dispose();
        Assert.Equal(TimeSpan.FromSeconds(4), app.Clock.GetUtcNow() - start);
        Assert.Equal(2, app.Server.TokenRequests);
    }

    [Fact]
    public async Task FailingTokens_UnderThePagesLines_DoNotOpenTheCircuitToTheApi()
    {
        await using var app = await TestApp.StartAsync(client: client => client.ClientSecret = "wrong", services: ReadmeCode.ResilienceOutside);
        var http = app.CreateClient();

        for (var i = 0; i < 200; i++)
            await Assert.ThrowsAsync<OAuth2TokenException>(() => http.GetAsync("orders"));
    }

    [Fact]
    public async Task FailingApi_UnderThePagesLines_IsTriedAgain()
    {
        await using var app = await TestApp.StartAsync(services: ReadmeCode.ResilienceOutside);
        app.Server.ApiBehavior.FailNext(1, 503);
        var call = app.CreateClient().GetAsync("orders");

        await app.AdvanceUntilAsync(call);

        using var answer = await call;
        Assert.Equal((HttpStatusCode.OK, 1, 2), (answer.StatusCode, app.Server.TokenRequests, app.Server.ApiCalls));
    }

    [Fact]
    public async Task Inside_AFailingApi_IsTriedAgainWithTheSameToken()
    {
        await using var app = await TestApp.StartAsync(services: Inside);
        app.Server.ApiBehavior.FailNext(1, 503);
        var call = app.CreateClient().GetAsync("orders");

        await app.AdvanceUntilAsync(call);

        using var answer = await call;
        Assert.Equal((HttpStatusCode.OK, 1, 2), (answer.StatusCode, app.Server.TokenRequests, app.Server.ApiCalls));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Inside_NoTokenCanBeHad_FailsAtOnce(bool isOutage)
    {
        await using var app = await TestApp.StartAsync(client: client => client.ClientSecret = isOutage ? client.ClientSecret : "wrong", services: Inside);
        if (isOutage)
            app.Server.TokenEndpointBehavior.FailNext(1, 503);
        var call = app.CreateClient().GetAsync("orders");

        var failure = await Assert.ThrowsAsync<OAuth2TokenException>(() => call.WaitAsync(Dose.Patience));

        Assert.Equal((isOutage, 1, 0), (failure.IsTransient, app.Server.TokenRequests, app.Server.ApiCalls));
    }

    [Fact]
    public async Task Inside_WithATransientFailureWait_OutlastsAnOutageAndNoWrongSecret()
    {
        await using var app = await TestApp.StartAsync(client: client => client.TransientFailureWait = TimeSpan.FromSeconds(10), services: Inside);
        app.Server.TokenEndpointBehavior.FailNext(2, 503);
        var call = app.CreateClient().GetAsync("orders");
        await app.AdvanceUntilAsync(call);
        (await call).EnsureSuccessStatusCode().Dispose();

        await using var wrong = app.StartAnother(client => (client.TransientFailureWait, client.ClientSecret) = (TimeSpan.FromSeconds(10), "wrong"), Inside);
        await Assert.ThrowsAsync<OAuth2TokenException>(() => wrong.CreateClient().GetAsync("orders").WaitAsync(Dose.Patience));

        Assert.Equal((4, 1), (app.Server.TokenRequests, app.Server.ApiCalls));
    }

    private static void Inside(IServiceCollection services) => ReadmeCode.ResilienceInside(services, new ConfigurationBuilder().AddInMemoryCollection([new("OAuth2:MaxTokens", "10")]).Build());
}
