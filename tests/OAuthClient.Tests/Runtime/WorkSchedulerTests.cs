using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;

namespace OAuthClient.Tests.Runtime;

public sealed class WorkSchedulerTests
{
    private static readonly AsyncLocal<string?> _user = new();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task TokenRequest_StartedByACallWithAContext_CarriesNothingOfIt(bool isAsync)
    {
        var seen = new ContextObserver();
        await using var app = await TestApp.StartAsync(services: services => services
            .AddHttpClient(OAuth2Defaults.TokenEndpointHttpClientName)
            .AddHttpMessageHandler(() => seen));
        using var request = new HttpRequestMessage(HttpMethod.Get, "orders");
        var http = app.CreateClient();
        _user.Value = "the first caller";
        using var activity = new Activity("the first caller's").Start();

        using var response = isAsync ? await http.SendAsync(request) : http.Send(request);

        Assert.Equal([(null, null)], seen.Contexts);
        Assert.Equal("the first caller", _user.Value);
        Assert.Same(activity, Activity.Current);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Run_ByACallerWithAContext_RunsOnAnotherThreadWithoutIt(bool isAsync)
    {
        var scheduler = new WorkScheduler();
        var done = scheduler.CreatePromise<(string? User, int Thread, bool IsAsync)>();
        _user.Value = "the first caller";
        var ownThread = 0;
        var caller = new Thread(() =>
        {
            ownThread = Environment.CurrentManagedThreadId;
            scheduler.Run(
                async => RunAsync(async),
                isAsync);
            done.Task.Wait(Dose.Patience);
        });
        caller.Start();

        var (user, thread, wasAsync) = await done.Task.WaitAsync(Dose.Patience);
        caller.Join();

        Assert.Null(user);
        Assert.NotEqual(ownThread, thread);
        Assert.Equal(isAsync, wasAsync);

        Task RunAsync(bool async)
        {
            done.SetResult((_user.Value, Environment.CurrentManagedThreadId, async));
            return Task.CompletedTask;
        }
    }

    [Fact]
    public void Run_InPlace_IsDoneWhenItReturns()
    {
        var scheduler = new WorkScheduler(inPlace: true);
        var isDone = false;

        scheduler.Run(
            _ =>
            {
                isDone = true;
                return Task.CompletedTask;
            },
            async: true);

        Assert.True(isDone);
    }

    [Fact]
    public void RunWhenIdle_WithoutWork_RunsAtOnce()
    {
        var scheduler = new WorkScheduler();
        var isDone = false;

        scheduler.RunWhenIdle(() => isDone = true);

        Assert.True(isDone);
    }

    [Fact]
    public async Task RunWhenIdle_WhileWorkIsUnderWay_RunsOnceAllOfItIsDone()
    {
        var scheduler = new WorkScheduler();
        var first = new TaskCompletionSource();
        var second = new TaskCompletionSource();
        var idle = new TaskCompletionSource();
        scheduler.Run(_ => first.Task, async: true);
        scheduler.Run(_ => second.Task, async: true);

        scheduler.RunWhenIdle(idle.SetResult);
        first.SetResult();
        await Task.Yield();
        Assert.False(idle.Task.IsCompleted);
        second.SetResult();

        await idle.Task.WaitAsync(Dose.Patience);
    }

    private sealed class ContextObserver : DelegatingHandler
    {
        public List<(string? User, string? Activity)> Contexts { get; } = [];

        protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Contexts.Add((_user.Value, Activity.Current?.OperationName));
            return base.Send(request, cancellationToken);
        }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Contexts.Add((_user.Value, Activity.Current?.OperationName));
            return base.SendAsync(request, cancellationToken);
        }
    }
}
