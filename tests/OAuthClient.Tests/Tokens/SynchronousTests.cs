using Microsoft.Extensions.Logging.Abstractions;
using OAuthClient.Testing;

namespace OAuthClient.Tests.Tokens;

[CollectionDefinition(nameof(SynchronousTests), DisableParallelization = true)]
public sealed class SynchronousTestsAlone;

/// <summary>A synchronous call needs no thread of the pool, whose last free one may be its own. No other test may run meanwhile.</summary>
[Collection(nameof(SynchronousTests))]
public sealed class SynchronousTests
{
    [Fact]
    public void Delay_WhereThePoolHasNoThread_Ends()
    {
        var clock = new SteadyClock(TimeProvider.System);

        Assert.True(EndsWithoutThePool(() => clock.DelayAsync(1, async: false).AsTask().Wait()));
    }

    [Fact]
    public async Task Enter_WhileAnotherTriesThePassword_WaitsOnItsOwnThread()
    {
        var memory = new CredentialMemory(new SteadyClock(TimeProvider.System), new Random(1));
        var (first, _) = await memory.EnterAsync("password", isPassword: true, async: false, CancellationToken.None);
        bool? hadWaited = null;
        var second = new Thread(() => hadWaited = memory.EnterAsync("password", isPassword: true, async: false, CancellationToken.None).AsTask().IsCompleted);
        second.Start();

        SpinWait.SpinUntil(() => second.ThreadState is ThreadState.WaitSleepJoin or ThreadState.Stopped, Dose.Patience);
        first!.End(true, null);

        Assert.True(second.Join(Dose.Patience));
        Assert.True(hadWaited);
    }

    [Fact]
    public void Get_WhereThePoolHasNoThread_BringsATokenForEachOfManyScopes()
    {
        using var http = new HttpClient(new Answer());
        var engine = new TokenEngine(new AuthorizationServer(() => http, TimeProvider.System), TimeProvider.System, NullLogger.Instance);
        var settings = new ClientSettings("orders", new OAuth2ClientOptions
        {
            TokenEndpoint = new Uri("https://idp.example/token"),
            ClientId = OAuth2TestServer.DefaultClientId,
            GrantType = GrantTypes.Password,
            Username = "alice",
            Password = "alice-password",
        });
        var state = new OAuth2Client(settings, engine).State;
        var brought = 0;

        Assert.True(EndsWithoutThePool(() =>
        {
            var calls = Enumerable.Range(0, 4).Select(i => new Thread(() => Record.Exception(() => Get(i))) { IsBackground = true }).ToList();
            calls.ForEach(call => call.Start());
            calls.ForEach(call => call.Join());
        }));
        Assert.Equal(4, brought);

        void Get(int number)
        {
            var source = state.GetSource(new OAuth2TokenRequest { Scopes = [$"scope-{number}"] });
            source.GetAsync(null, patient: false, settings, async: false, CancellationToken.None).AsTask().Wait();
            Interlocked.Increment(ref brought);
        }
    }

    /// <summary>True where the action ends on a thread of its own while every thread of the pool is busy.</summary>
    private static bool EndsWithoutThePool(Action action)
    {
        ThreadPool.GetMaxThreads(out var workers, out var ports);

        // Not disposed: those that wait for it come to an end after this test.
        var release = new ManualResetEventSlim();
        Assert.True(ThreadPool.SetMaxThreads(Environment.ProcessorCount, ports));
        try
        {
            // Those that do not get a thread wait behind the others; then there is none left.
            for (var i = 0; i < 100; i++)
                ThreadPool.UnsafeQueueUserWorkItem(_ => release.Wait(), null);
            Assert.True(SpinWait.SpinUntil(() => ThreadPool.ThreadCount >= Environment.ProcessorCount && ThreadPool.PendingWorkItemCount > 0, Dose.Patience));
            var thread = new Thread(() => action()) { IsBackground = true };
            thread.Start();
            return thread.Join(Dose.Patience);
        }
        finally
        {
            ThreadPool.SetMaxThreads(workers, ports);
            release.Set();
        }
    }

    private sealed class Answer : HttpMessageHandler
    {
        protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken) =>
            new() { Content = new StringContent("""{"access_token":"a","token_type":"Bearer","expires_in":3600}""") };

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(Send(request, cancellationToken));
    }
}
