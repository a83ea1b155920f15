using OAuthClient.Testing;

namespace OAuthClient.Tests.Tokens;

/// <summary>What is decided at each point of a token's life, with no task anywhere.</summary>
public sealed partial class TokenStateTests
{
    private static readonly TokenFailure _down = new("It is down.", IsTransient: true) { Status = 503 };

    private readonly ManualTimeProvider _time = new();
    private readonly SteadyClock _clock;
    private readonly TokenState _state;
    private readonly Origin _api = new(new Uri("https://orders.example/"));
    private TokenFailure? _outage;
    private int _fetches;
    private bool? _wasDue; // What was asked of the endpoint last.

    public TokenStateTests()
    {
        _clock = new SteadyClock(_time);
        _state = new TokenState(_clock, new FixedRandom(FixedRandom.Least), isDue =>
        {
            _wasDue = isDue;
            return _outage;
        });
    }

    [Fact]
    public void Decide_WithoutAToken_MakesOneFetchForAll()
    {
        var fetch = Decide(FetchReason.Missing);

        Assert.NotNull(fetch);
        Assert.Same(fetch, Decide(FetchReason.Missing));
        Assert.Same(fetch, Decide(FetchReason.Forced));
        Assert.Equal((1, 0L, false), (_fetches, fetch.Wait, fetch.IsDue));
    }

    [Fact]
    public void Decide_ThroughTheLife_FetchesWhereItIsStaleOrExpired()
    {
        var entry = Obtain("a");

        Assert.Null(Decide(FetchReason.Stale));
        Assert.Null(Decide(FetchReason.Missing));
        _time.Advance(TimeSpan.FromSeconds(240));
        Assert.Null(Decide(FetchReason.Missing, out var outcome));
        Assert.Same(entry, outcome.Entry);
        var refresh = Decide(FetchReason.Stale);
        Assert.NotNull(refresh);

        // Whoever comes while it is stale has no need to wait for it.
        Assert.Null(Decide(FetchReason.Missing));
        _time.Advance(TimeSpan.FromSeconds(60));
        Assert.Same(refresh, Decide(FetchReason.Missing));
    }

    [Fact]
    public void End_WithTheNextToken_MakesItCurrent()
    {
        Obtain("a");
        _time.Advance(TimeSpan.FromSeconds(240));

        var entry = End(Decide(FetchReason.Stale)!, "b");

        Assert.Same(entry.Entry, _state.Current);
        Assert.Equal("b", _state.Current!.Token.Value);
    }

    [Fact]
    public void End_WithTheSameToken_HasItServeToItsEnd()
    {
        var entry = Obtain("a");
        _time.Advance(TimeSpan.FromSeconds(240));

        End(Decide(FetchReason.Stale)!, "a");

        Assert.Equal((entry.ExpiresAt, entry.ExpiresAt), (_state.Current!.RefreshAt, _state.Current.ExpiresAt));
        Assert.Null(Decide(FetchReason.Stale));
    }

    [Fact]
    public void End_WithATokenThatHasExpired_TellsSo()
    {
        var fetch = Decide(FetchReason.Missing)!;
        _state.Begin(fetch);
        var entry = CreateEntry("a");
        _time.Advance(TimeSpan.FromSeconds(300));

        Assert.Same(TokenState.ExpiredOnArrival, _state.End(fetch, entry, null).Failure);
    }

    [Fact]
    public void Invalidate_BeforeAFetchIsSent_LetsItServe()
    {
        Obtain("a");
        var fetch = Decide(FetchReason.Forced)!;

        Assert.Equal("a", _state.Invalidate()!.Value);

        Assert.Same(fetch, Decide(FetchReason.Missing));
        End(fetch, "b");
        Assert.Equal("b", _state.Current!.Token.Value);
    }

    [Fact]
    public void Invalidate_AfterAFetchWasSent_KeepsNothingOfIt()
    {
        var fetch = Decide(FetchReason.Missing)!;
        _state.Begin(fetch);

        _state.Invalidate();

        Assert.NotSame(fetch, Decide(FetchReason.Missing));
        _state.End(fetch, CreateEntry("a"), null);
        Assert.Null(_state.Current);
    }

    [Fact]
    public void End_WithAFailure_ServesTheStaleTokenAndBacksOff()
    {
        var entry = Obtain("a");
        _time.Advance(TimeSpan.FromSeconds(240));

        var outcome = Fail(Decide(FetchReason.Stale)!, _down);

        Assert.Same(entry, outcome.Entry);
        Assert.Equal(TimeSpan.FromSeconds(1), outcome.Failure!.RetryAfter);
        Assert.Null(Decide(FetchReason.Forced, out var again));
        Assert.Equal(("It is down.", entry), (again.Failure!.Message, again.Entry));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.NotNull(Decide(FetchReason.Forced));
    }

    [Fact]
    public void End_WithAFailureInTheLastSeconds_ServesTheTokenAllTheSame()
    {
        var entry = Obtain("a");
        _time.Advance(TimeSpan.FromSeconds(297));

        Assert.Same(entry, Fail(Decide(FetchReason.Missing)!, _down).Entry);

        _time.Advance(TimeSpan.FromSeconds(3));
        Assert.Null(Fail(Decide(FetchReason.Missing)!, _down).Entry);
    }

    [Fact]
    public void End_WithAFailure_TellsTheLongerOfBothBars()
    {
        var fetch = Decide(FetchReason.Missing)!;
        _outage = _down with { RetryAfter = TimeSpan.FromSeconds(30) };

        Assert.Equal(TimeSpan.FromSeconds(30), Fail(fetch, _down).Failure!.RetryAfter);
    }

    [Fact]
    public void Decide_WhileTheEndpointIsOut_MakesNoFetch()
    {
        _outage = _down;

        Assert.Null(Decide(FetchReason.Missing, out var outcome));
        Assert.Same(_down, outcome.Failure);
    }

    [Fact]
    public void Decide_AtTheEndOfALife_IsDueOnceWhateverIsRemembered()
    {
        Obtain("a");
        _time.Advance(TimeSpan.FromSeconds(299.9));
        Fail(Decide(FetchReason.Missing)!, _down);
        _time.Advance(TimeSpan.FromSeconds(0.1));

        var due = Decide(FetchReason.Missing)!;

        Assert.True(due.IsDue);
        Fail(due, _down);
        Assert.Null(Decide(FetchReason.Missing));
    }

    [Fact]
    public void Decide_WhereTheDueFetchWasNotTried_IsDueAgain()
    {
        Obtain("a");
        _time.Advance(TimeSpan.FromSeconds(300));
        Fail(Decide(FetchReason.Missing)!, _down with { WasTried = false, RetryAfter = TimeSpan.FromSeconds(2) });
        _time.Advance(TimeSpan.FromSeconds(2));

        Assert.True(Decide(FetchReason.Missing)!.IsDue);
    }

    [Fact]
    public void Decide_FetchAfterFetch_KeepsTheBudget()
    {
        var waits = Enumerable.Range(0, 5).Select(number =>
        {
            var fetch = Decide(FetchReason.Forced)!;
            End(fetch, $"{number}");
            return fetch.Wait;
        });

        Assert.Equal([0, 0, 0, 1_000, 2_000], waits);
    }

    [Fact]
    public void Decide_RejectedTokenIsTheCurrentOne_FetchesAnother()
    {
        var entry = Obtain("a");
        _state.NoteAccepted(entry, _api);

        var fetch = Decide(FetchReason.Rejected, entry);

        Assert.NotNull(fetch);
        Assert.True(entry.WasRejectedBy(_api));
        Assert.False(_state.RevokesPrevious);
    }

    [Fact]
    public void Decide_RejectedTokenIsNoLongerTheCurrentOne_TakesThatAndKnowsWhy()
    {
        var old = Obtain("a");
        _time.Advance(TimeSpan.FromSeconds(240));
        var current = End(Decide(FetchReason.Stale)!, "b").Entry;

        Assert.Null(Decide(FetchReason.Rejected, old, out var outcome));

        Assert.Same(current, outcome.Entry);
        Assert.True(_state.RevokesPrevious);
    }

    [Fact]
    public void Decide_NewTokensAreRejectedToo_AsksForNoMore()
    {
        var entry = Obtain("a");
        Assert.NotNull(Decide(FetchReason.Rejected, entry));
        var next = End(Decide(FetchReason.Missing, out _) ?? Decide(FetchReason.Rejected, entry)!, "b").Entry!;

        Assert.Null(Decide(FetchReason.Rejected, next, out var outcome));
        Assert.Same(next, outcome.Entry);
    }

    [Fact]
    public void NoteRejected_OfTheCurrentToken_HasTheNextCallerAskForAnother()
    {
        var entry = Obtain("a");

        _state.NoteRejected(entry, _api);

        Assert.NotNull(Decide(FetchReason.Stale));
    }

    [Fact]
    public void Abandon_LeavesNothingBehind()
    {
        var fetch = Decide(FetchReason.Missing)!;

        Assert.Same(_down, _state.Abandon(fetch, _down).Failure);

        Assert.NotSame(fetch, Decide(FetchReason.Missing));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Adopt_OfAnothersToken_IsStaleWhereCredentialsDiffer(bool isStale)
    {
        var entry = Obtain("a");
        var next = new TokenState(_clock, new FixedRandom(FixedRandom.Least), _ => null);

        next.Adopt(_state, isStale);

        Assert.Same(entry, next.Current);
        Assert.Equal(isStale, _clock.Now >= entry.RefreshAt);
    }

    [Fact]
    public void ShouldWarnOfContest_TokensAreRevokedYoung_IsTrueOnce()
    {
        for (var number = 0; number < 2; number++)
        {
            var entry = Obtain($"{number}");
            _state.NoteAccepted(entry, _api);
            Assert.False(_state.ShouldWarnOfContest());
            var fetch = Decide(FetchReason.Rejected, entry)!;
            if (number == 0)
                End(fetch, "next");
            _time.Advance(TimeSpan.FromSeconds(1));
            _state.Invalidate();
        }

        Assert.True(_state.ShouldWarnOfContest());
        Assert.False(_state.ShouldWarnOfContest());
    }

    private FetchPlan? Decide(FetchReason reason, TokenEntry? rejected = null) => Decide(reason, rejected, out _);

    private FetchPlan? Decide(FetchReason reason, out FetchOutcome outcome) => Decide(reason, null, out outcome);

    private FetchPlan? Decide(FetchReason reason, TokenEntry? rejected, out FetchOutcome outcome) => Decide(reason, rejected, rejected is null ? null : _api, out outcome);

    private FetchPlan? Decide(FetchReason reason, TokenEntry? rejected, Origin? origin, out FetchOutcome outcome) =>
        _state.Decide(reason, rejected, origin, (now, wait, isDue) => { _fetches++; return new Plan(now, wait, isDue); }, out outcome);

    private TokenEntry Obtain(string token) => End(Decide(FetchReason.Forced)!, token).Entry!;

    private FetchOutcome End(FetchPlan fetch, string token)
    {
        _state.Begin(fetch);
        return _state.End(fetch, CreateEntry(token), null);
    }

    private FetchOutcome Fail(FetchPlan fetch, TokenFailure failure)
    {
        _state.Begin(fetch);
        return _state.End(fetch, null, failure);
    }

    /// <summary>Fresh for 240 s, stale for 55 s more, expired after 300 s.</summary>
    private TokenEntry CreateEntry(string token) =>
        new(new OAuth2Token(token, "Bearer", null, DateTimeOffset.MaxValue), _clock.Now, _clock.Now + 240_000, _clock.Now + 295_000, _clock.Now + 300_000);

    private sealed class Plan(long startedAt, long wait, bool isDue) : FetchPlan(startedAt, wait, isDue);
}
