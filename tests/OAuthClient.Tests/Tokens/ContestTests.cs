using System.Net;
using Microsoft.Extensions.Logging;
using OAuthClient.Testing;

namespace OAuthClient.Tests.Tokens;

/// <summary>Two instances with one client id, on a server where each new token revokes the one before.</summary>
public sealed class ContestTests
{
    private static readonly TimeSpan _tick = TimeSpan.FromMilliseconds(10);

    [Fact]
    public async Task Calls_OfTwoInstances_AllSucceedWhileTheSpacingWidens()
    {
        await using var app = await TestApp.StartAsync(server => server.ReissueBehavior = ReissueBehavior.RevokePrevious);
        await using var sibling = app.StartAnother();
        Instance[] instances = [new(app), new(sibling)];

        await RunAsync(app, instances, seconds: 60);
        var firstMinute = app.Server.TokenRequests;
        await RunAsync(app, instances, seconds: 60);
        var secondMinute = app.Server.TokenRequests - firstMinute;
        foreach (var instance in instances)
            await instance.App.AdvanceUntilAsync(instance.WhenDoneAsync());

        Assert.InRange(firstMinute, 24, 44);
        Assert.InRange(secondMinute, 24, 36);
        foreach (var instance in instances)
        {
            Assert.Equal(1_200, instance.Statuses.Count);

            // Where both ask in the same instant, those that waited with the loser come back with the second 401.
            Assert.InRange(instance.Statuses.Count(status => status == HttpStatusCode.OK), 1_100, 1_200);
            Assert.Equal(1, instance.App.Log.Count(LogLevel.Warning, "DeviceScope"));
        }
    }

    [Fact]
    public async Task Calls_OfTwoInstancesWithDeviceScopes_DoNotCompete()
    {
        await using var app = await TestApp.StartAsync(
            server =>
            {
                server.ReissueBehavior = ReissueBehavior.RevokePrevious;
                server.DeviceScopes = true;
            },
            client => client.DeviceScope = "one");
        await using var sibling = app.StartAnother(client => client.DeviceScope = "two");
        Instance[] instances = [new(app), new(sibling)];

        await RunAsync(app, instances, seconds: 20);

        Assert.Equal(2, app.Server.TokenRequests);
        Assert.All(instances, instance => Assert.All(instance.Statuses, status => Assert.Equal(HttpStatusCode.OK, status)));
        Assert.All(instances, instance => Assert.Equal(0, instance.App.Log.Count(LogLevel.Warning, "")));
    }

    /// <summary>Ten calls a second from each instance; time passes once every call has ended or waits for it.</summary>
    private static async Task RunAsync(TestApp app, Instance[] instances, int seconds)
    {
        for (var i = 0; i < seconds * 100; i++)
        {
            foreach (var instance in instances)
            {
                if (i % 10 == 0)
                    instance.Call();
                await TestApp.UntilAsync(() => instance.IsQuiet);
            }

            app.Clock.Advance(_tick);
        }
    }

    private sealed class Instance(TestApp app)
    {
        private readonly HttpClient _http = app.CreateClient();
        private readonly List<Task<HttpResponseMessage>> _pending = [];

        public TestApp App => app;

        public List<HttpStatusCode> Statuses { get; } = [];

        public bool IsQuiet
        {
            get
            {
                Settle();
                return _pending.Count == 0 || app.IsWaiting;
            }
        }

        public void Call() => _pending.Add(_http.GetAsync("orders"));

        public async Task WhenDoneAsync()
        {
            await Task.WhenAll(_pending);
            Settle();
        }

        private void Settle() => _pending.RemoveAll(call =>
        {
            if (!call.IsCompleted)
                return false;
            using var response = call.Result;
            Statuses.Add(response.StatusCode);
            return true;
        });
    }
}
