using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging.Abstractions;
using OAuthClient.Testing;

namespace OAuthClient.Tests.Clients;

/// <summary>The cache of tokens beside a client's own.</summary>
public sealed class ClientStateTests
{
    private readonly ManualTimeProvider _clock = new();
    private readonly TokenEngine _engine;

    public ClientStateTests() =>
        _engine = new TokenEngine(new AuthorizationServer(() => throw new InvalidOperationException(), _clock), _clock, NullLogger.Instance);

    [Fact]
    public void GetSource_WithoutOverrides_IsTheDefault()
    {
        var state = CreateState();

        Assert.Same(state.Default, state.GetSource(null));
        Assert.Same(state.Default, state.GetSource(new OAuth2TokenRequest { ForceNewToken = true }));
        Assert.Same(state.Default, state.GetSource(new OAuth2TokenRequest { Scopes = ["read"] }));
    }

    [Fact]
    public void GetSource_ForTheSameScopesAgain_IsTheSame()
    {
        var state = CreateState();

        Assert.Same(GetSource(state, "write"), GetSource(state, "write"));
        Assert.NotSame(GetSource(state, "write"), GetSource(state, "delete"));
    }

    [Fact]
    public void GetSource_ForTheSameScopesInAnotherOrder_IsTheSame()
    {
        var state = CreateState();

        Assert.Same(
            state.GetSource(new OAuth2TokenRequest { Scopes = ["a", "b"] }),
            state.GetSource(new OAuth2TokenRequest { Scopes = ["b", "a", "b"] }));
    }

    [Fact]
    public void FindSource_OfOverridesUsedBefore_IsTheOneOfTheirState()
    {
        var overrides = new OAuth2TokenRequest { Scopes = ["write"] };
        var state = CreateState();
        var other = CreateState(secret: "other");

        Assert.Null(state.FindSource(overrides, now: 0));
        var source = state.GetSource(overrides);
        for (var now = 0; now < 5_000; now += 300)
            Assert.Same(source, state.FindSource(overrides, now));

        Assert.Null(other.FindSource(overrides, now: 5_000));
        var otherSource = other.GetSource(overrides);
        Assert.NotSame(source, otherSource);
        Assert.Same(otherSource, other.FindSource(overrides, now: 5_000));
        Assert.Same(source, state.FindSource(overrides, now: 5_000));
    }

    [Fact]
    public void FindSource_OfOverridesThatChangeNothing_IsTheDefault()
    {
        var state = CreateState();

        Assert.Same(state.Default, state.FindSource(new OAuth2TokenRequest(), now: 0));
    }

    [Fact]
    public void FindSource_OfOverridesInUse_KeepsTheTokenInTheCache()
    {
        var used = new OAuth2TokenRequest { Scopes = ["used"] };
        var state = CreateState();
        var source = state.GetSource(used);
        for (var minutes = 0; minutes < 120; minutes += 10)
        {
            _clock.Advance(TimeSpan.FromMinutes(10));
            Assert.Same(source, state.FindSource(used, now: minutes * 60_000));
        }

        _clock.Advance(TimeSpan.FromMinutes(61));

        Assert.Null(state.FindSource(used, now: 181 * 60_000));
    }

    [Fact]
    public async Task FindSource_OfOverridesThatLiveOn_KeepsNeitherTokenNorState()
    {
        var overrides = new OAuth2TokenRequest { Scopes = ["write"] };
        var (state, source) = UseOnce(overrides);

        await UntilAsync(() => !IsAlive(source) && !IsAlive(state));

        GC.KeepAlive(overrides);
    }

    [Fact]
    public async Task FindSource_OfOverridesInUse_OutlivesThoseUsedOnce()
    {
        var used = new OAuth2TokenRequest { Scopes = ["used"] };
        var state = CreateState(maxTokens: 50);
        var source = Use();
        for (var i = 0; i < 100; i++)
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            GetSource(state, $"once-{i}");
            Use();
            await Task.Yield();
            GC.Collect();
        }

        Assert.True(IsAlive(source), "It made room for others.");
        GC.KeepAlive(state);

        [MethodImpl(MethodImplOptions.NoInlining)]
        WeakReference<TokenSource> Use() => new(state.GetSource(used));
    }

    [Fact]
    public void GetSource_OfTwoClientsOfOneApplication_IsShared()
    {
        var first = CreateState();
        var second = CreateState(name: "second");

        Assert.Same(first.Default, second.Default);
        Assert.Same(GetSource(first, "write"), GetSource(second, "write"));
    }

    [Fact]
    public void GetSource_OfTwoClientsWithTwoSecrets_IsNeverShared()
    {
        var first = CreateState();
        var second = CreateState(secret: "wrong");

        Assert.NotSame(first.Default, second.Default);
        Assert.NotSame(GetSource(first, "write"), GetSource(second, "write"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(100)]
    public async Task GetSource_ForMoreThanMaxTokens_KeepsNoMoreThanThose(int maxTokens)
    {
        var state = CreateState(maxTokens: maxTokens);

        var sources = GetSources(state, 10 * maxTokens);

        await UntilAsync(() => sources.Count(IsAlive) <= maxTokens);
        Assert.True(IsAlive(sources[^1]), "The latest one was not kept.");
        GC.KeepAlive(state);
    }

    [Fact]
    public async Task GetSource_IdleForAnHour_IsForgotten()
    {
        var state = CreateState();
        var sources = GetSources(state, 2);
        for (var i = 0; i < 7; i++)
        {
            _clock.Advance(TimeSpan.FromMinutes(10));
            GetSource(state, "scope-1");
        }

        await UntilAsync(() => !IsAlive(sources[0]));

        Assert.True(IsAlive(sources[1]), "One that is in use was forgotten.");
        GC.KeepAlive(state);
    }

    [Fact]
    public async Task GetSource_IdleForLess_IsKept()
    {
        var state = CreateState();
        var sources = GetSources(state, 1);
        for (var i = 0; i < 10; i++)
        {
            _clock.Advance(TimeSpan.FromMinutes(59));
            GetSource(state, "scope-0");
            await Task.Yield();
            GC.Collect();
            Assert.True(IsAlive(sources[0]));
        }

        GC.KeepAlive(state);
    }

    /// <summary>A fetch that a machine slept through ends long after its token was last asked for.</summary>
    [Fact]
    public void GetSource_AfterAReload_TakesOverATokenThatTheCacheHasForgotten()
    {
        var overrides = new OAuth2TokenRequest { Scopes = ["write"] };
        var before = CreateState();
        var source = before.GetSource(overrides);
        _clock.Advance(TimeSpan.FromHours(2));
        var now = _engine.Clock.Now;
        var plan = source.State.Decide(FetchReason.Missing, null, null, (at, wait, isDue) => new TokenFetch(new TaskCompletionSource<FetchOutcome>(), at, wait, isDue), out _)!;
        source.State.Begin(plan);
        source.State.End(plan, new TokenEntry(new OAuth2Token("token", "Bearer", null, default), now, now + 60_000, now + 80_000, now + 90_000), null);

        var after = CreateState(secret: "other", previous: before);

        Assert.Equal("token", after.GetSource(overrides).State.Current?.Token.Value);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private WeakReference<TokenSource>[] GetSources(ClientState state, int count)
    {
        var sources = new WeakReference<TokenSource>[count];
        for (var i = 0; i < count; i++)
        {
            sources[i] = new WeakReference<TokenSource>(GetSource(state, $"scope-{i}"));
            _clock.Advance(TimeSpan.FromSeconds(1));
        }

        return sources;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private (WeakReference<ClientState> State, WeakReference<TokenSource> Source) UseOnce(OAuth2TokenRequest overrides)
    {
        var state = CreateState();
        var source = state.GetSource(overrides);
        Assert.Same(source, state.FindSource(overrides, now: 0));
        return (new(state), new(source));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static TokenSource GetSource(ClientState state, string scope) => state.GetSource(new OAuth2TokenRequest { Scopes = [scope] });

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool IsAlive<T>(WeakReference<T> source)
        where T : class => source.TryGetTarget(out _);

    private static Task UntilAsync(Func<bool> condition) => TestApp.UntilAsync(() =>
    {
        GC.Collect();
        return condition();
    });

    private ClientState CreateState(string name = "orders", string secret = "secret", int maxTokens = 10_000, ClientState? previous = null) => new(
        new ClientSettings(name, new OAuth2ClientOptions
        {
            TokenEndpoint = new Uri("https://idp.example/token"),
            ClientId = "id",
            ClientSecret = secret,
            ClientAuthenticationMethod = ClientAuthenticationMethod.ClientSecretBasic,
            Scopes = { "read" },
            MaxTokens = maxTokens,
        }),
        _engine,
        [],
        previous);
}
