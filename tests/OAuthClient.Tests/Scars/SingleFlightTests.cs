using System.Net;

namespace OAuthClient.Tests.Scars;

/// <summary>Callers who need a token at the same time share one request for it, and none of them can spoil it for the others.</summary>
public sealed class SingleFlightTests
{
    /// <summary>Guards against one token request for each of the calls that come before the first token.</summary>
    [Fact]
    public async Task Scar01_AThousandColdCallers_SendOneTokenRequest()
    {
        await using var app = await TestApp.StartAsync();
        app.Server.TokenEndpointBehavior.Hang = true;
        var http = app.CreateClient();
        var calls = Enumerable.Range(0, 1_000).Select(i => http.GetAsync($"orders/{i}")).ToArray();
        await app.Server.WaitForTokenRequestsAsync(1);
        app.Server.TokenEndpointBehavior.Hang = false;

        var responses = await Task.WhenAll(calls);

        Assert.All(responses, response => Assert.Equal(HttpStatusCode.OK, response.StatusCode));
        Assert.Equal(1, app.Server.TokenRequests);
    }

    /// <summary>Guards against a single flight that mixes keys, or that has one key wait for another.</summary>
    [Fact]
    public async Task Scar01_ColdCallersOfFourKeys_SendOneTokenRequestForEach()
    {
        await using var app = await TestApp.StartAsync();
        app.Server.TokenEndpointBehavior.Hang = true;
        var calls = Enumerable.Range(0, 1_000).Select(i => app.GetTokenAsync($"scope-{i % 4}")).ToArray();
        await app.Server.WaitForTokenRequestsAsync(4);
        app.Server.TokenEndpointBehavior.Hang = false;

        var tokens = await Task.WhenAll(calls);

        Assert.Equal(4, tokens.Select(token => token.Value).Distinct().Count());
        Assert.All(tokens, (token, i) => Assert.Equal($"scope-{i % 4}", token.Scope));
        Assert.Equal(4, app.Server.TokenRequests);
    }

    /// <summary>Guards against a shared fetch that dies with the caller who happened to start it.</summary>
    [Fact]
    public async Task Scar06_FirstCallerCancels_TheOthersShareItsRequest()
    {
        await using var app = await TestApp.StartAsync();
        app.Server.TokenEndpointBehavior.Hang = true;
        using var cancellation = new CancellationTokenSource();
        var first = app.Tokens.GetTokenAsync(TestApp.ClientName, cancellationToken: cancellation.Token).AsTask();
        await app.Server.WaitForTokenRequestsAsync(1);
        var others = Enumerable.Range(0, 99).Select(_ => app.GetTokenAsync()).ToArray();

        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        app.Server.TokenEndpointBehavior.Hang = false;
        var tokens = await Task.WhenAll(others);

        Assert.Single(tokens.Select(token => token.Value).Distinct());
        Assert.Equal(1, app.Server.TokenRequests);
    }

    /// <summary>Guards against callers who cannot leave before the server answers.</summary>
    [Fact]
    public async Task Scar06_LaterCallerCancels_ItsWaitAloneEnds()
    {
        await using var app = await TestApp.StartAsync();
        app.Server.TokenEndpointBehavior.Hang = true;
        var first = app.GetTokenAsync();
        await app.Server.WaitForTokenRequestsAsync(1);
        using var cancellation = new CancellationTokenSource();
        var later = app.CreateClient().GetAsync("orders", cancellation.Token);

        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => later.WaitAsync(Dose.Patience));
        app.Server.TokenEndpointBehavior.Hang = false;
        await first;

        Assert.Equal(1, app.Server.TokenRequests);
        Assert.Equal(0, app.Server.ApiCalls);
    }
}
