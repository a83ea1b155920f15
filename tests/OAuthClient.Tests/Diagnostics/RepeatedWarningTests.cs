using Microsoft.Extensions.Logging;

namespace OAuthClient.Tests.Diagnostics;

/// <summary>What the log says of calls is said where it is true, and no more often than it helps.</summary>
public sealed class RepeatedWarningTests
{
    private const string NotSentAgain = "answered 401 and the call was not sent again";
    private const string Replaced = "was replaced by the token";

    [Fact]
    public async Task Call_RejectedTimeAndAgain_IsToldOnceAMinuteForEachCause()
    {
        await using var app = await TestApp.StartAsync();
        app.Server.ApiBehavior.FailUntilCleared(401, """{"code":"900908"}""");
        await CallAsync(app, 5);
        Assert.Equal((1, 0), (app.Log.Count(LogLevel.Warning, "code 900908"), app.Log.Count(LogLevel.Warning, "code 900907")));

        app.Server.ApiBehavior.FailUntilCleared(401, """{"code":"900907"}""");
        await CallAsync(app, 5);
        Assert.Equal((1, 1), (app.Log.Count(LogLevel.Warning, "code 900908"), app.Log.Count(LogLevel.Warning, "code 900907")));

        app.Clock.Advance(TimeSpan.FromMinutes(1));
        await CallAsync(app, 5);
        Assert.Equal((1, 2), (app.Log.Count(LogLevel.Warning, "code 900908"), app.Log.Count(LogLevel.Warning, "code 900907")));
        Assert.Equal(3, app.Log.Count(LogLevel.Warning, NotSentAgain));
    }

    [Fact]
    public async Task Call_RejectedWhateverItsToken_IsToldOnceAMinute()
    {
        await using var app = await TestApp.StartAsync();
        app.Server.ApiBehavior.FailUntilCleared(401, "{}");

        for (var minute = 1; minute <= 3; minute++)
        {
            await CallAsync(app, 10);
            Assert.Equal(minute, app.Log.Count(LogLevel.Warning, NotSentAgain));
            app.Clock.Advance(TimeSpan.FromMinutes(1));
        }
    }

    [Fact]
    public async Task Call_WithAnApiKeyOfItsOwn_IsNotToldThatItsAuthorizationWasReplaced()
    {
        await using var app = await TestApp.StartAsync(client: client => (client.ApiKey, client.ApiKeyHeaderName) = ("chk_1", "api-key"));

        await CallAsync(app, 1, ("api-key", "mine"));

        Assert.Equal(0, app.Log.Count(LogLevel.Warning, Replaced));
    }

    [Fact]
    public async Task Call_OfAClientThatSendsNoToken_IsNotToldThatItsAuthorizationWasReplaced()
    {
        await using var app = await TestApp.StartAsync(client: client => (client.SendsNoToken, client.ApiKey, client.ApiKeyHeaderName) = (true, "chk_1", "api-key"));

        await CallAsync(app, 1, ("Authorization", "Basic mine"));

        Assert.Equal("Basic mine", app.Server.RecordedApiCalls[0].Headers["Authorization"]);
        Assert.Equal(0, app.Log.Count(LogLevel.Warning, Replaced));
    }

    private static async Task CallAsync(TestApp app, int count, params (string Name, string Value)[] headers)
    {
        var http = app.CreateClient();
        foreach (var (name, value) in headers)
            http.DefaultRequestHeaders.Add(name, value);
        for (var i = 0; i < count; i++)
            (await http.GetAsync("orders")).Dispose();
    }
}
