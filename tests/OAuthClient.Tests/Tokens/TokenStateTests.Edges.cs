namespace OAuthClient.Tests.Tokens;

// The instants at which one decision becomes another, and what else must not have changed.
public sealed partial class TokenStateTests
{
    [Fact]
    public void Decide_AtTheVeryInstantOfBecomingStale_Refreshes()
    {
        Obtain("a");
        _time.Advance(TimeSpan.FromMilliseconds(239_999));
        Assert.Null(Decide(FetchReason.Stale));
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.NotNull(Decide(FetchReason.Stale));
    }

    [Fact]
    public void Decide_StaleTokenHasEndedMeanwhile_IsAsIfItWereMissing()
    {
        Obtain("a");
        _time.Advance(TimeSpan.FromSeconds(300));

        Assert.True(Decide(FetchReason.Stale)!.IsDue);
    }

    [Fact]
    public void Decide_StaleTokenWhoseTurnHasNotCome_WaitsForNoBudget()
    {
        SpendBudget();
        _time.Advance(TimeSpan.FromSeconds(295));
        SpendBudget();
        _state.Current!.MakeStale();

        // Nobody waits for a stale one, and so nobody needs a fetch that would wait: but for one that has just ended.
        Assert.Null(Decide(FetchReason.Stale));
        _state.Invalidate();
        Assert.True(Decide(FetchReason.Stale)!.Wait > 0);
    }

    [Fact]
    public void Decide_AtTheVeryInstantOfReplacement_FetchesForWhoeverFoundItStale()
    {
        SpendBudget();
        var entry = new TokenEntry(CreateEntry("late").Token, _clock.Now, _clock.Now, _clock.Now, _clock.Now + 5_000);
        _state.Seed(entry);

        Assert.True(Decide(FetchReason.Stale)!.Wait > 0);
    }

    [Fact]
    public void Decide_RejectedTokenWhoseTurnHasNotCome_IsFetchedForThatOriginAlone()
    {
        SpendBudget();
        var entry = _state.Current!;
        _state.NoteRejected(entry, _api);

        Assert.Null(Decide(FetchReason.Stale, null, new Origin(new Uri("https://other.example/")), out _));
        Assert.True(Decide(FetchReason.Stale, null, _api, out _)!.Wait > 0);
    }

    [Fact]
    public void Decide_RejectedTokenWhileAFetchIsUnderWay_IsOfNoUseThereUntilItEnds()
    {
        var entry = Obtain("a");
        var fetch = Decide(FetchReason.Forced)!;

        Assert.Same(fetch, Decide(FetchReason.Rejected, entry));

        Assert.True(entry.WasRejectedBy(_api));
        Assert.Same(fetch, Decide(FetchReason.Missing, null, _api, out _));
        Assert.Null(Decide(FetchReason.Missing, null, new Origin(new Uri("https://other.example/")), out var other));
        Assert.Same(entry, other.Entry);
    }

    [Fact]
    public void Decide_RejectedTokenThatTheServerIssuesAgain_ServesOn()
    {
        var entry = Obtain("a");
        End(Decide(FetchReason.Rejected, entry)!, "a");

        Assert.Null(Decide(FetchReason.Missing, null, _api, out var outcome));
        Assert.Same(_state.Current, outcome.Entry);
        Assert.True(outcome.Entry!.WasRejectedBy(_api));
    }

    [Fact]
    public void Decide_OtherEntryOfTheSameTokenIsRejected_BothAre()
    {
        var entry = Obtain("a");
        var same = CreateEntry("a");

        Assert.NotNull(Decide(FetchReason.Rejected, same));

        Assert.True(entry.WasRejectedBy(_api));
        Assert.True(same.WasRejectedBy(_api));
    }

    [Theory]
    [InlineData(299_999, true)]
    [InlineData(300_000, false)]
    public void Decide_TokenIsRejectedAfterItsTime_DoesNotTellThatTheNextRevokesIt(int after, bool isTold)
    {
        var old = Obtain("a");
        _time.Advance(TimeSpan.FromSeconds(240));
        End(Decide(FetchReason.Stale)!, "b");
        _time.Advance(TimeSpan.FromMilliseconds(after - 240_000));

        Decide(FetchReason.Rejected, old);

        Assert.Equal(isTold, _state.RevokesPrevious);
    }

    [Fact]
    public void Decide_TokensAreRejectedOneAfterTheOther_StillKnowsThatTheyRevokeEachOther()
    {
        var old = Obtain("a");
        End(Decide(FetchReason.Forced)!, "b");

        Decide(FetchReason.Rejected, old);
        Decide(FetchReason.Rejected, old);

        Assert.True(_state.RevokesPrevious);
    }

    [Fact]
    public void Decide_RejectedTokenWasForgotten_TellsNothingOfTheServer()
    {
        var old = Obtain("a");
        _state.Invalidate();

        Assert.NotNull(Decide(FetchReason.Rejected, old));

        Assert.False(_state.RevokesPrevious);
    }

    [Fact]
    public void Decide_WhileAFailureIsRemembered_PostponesTheRefresh()
    {
        var entry = Obtain("a");
        _time.Advance(TimeSpan.FromSeconds(240));
        Fail(Decide(FetchReason.Stale)!, _down with { RetryAfter = TimeSpan.FromSeconds(20) });

        Assert.Null(Decide(FetchReason.Stale));

        Assert.Equal(_clock.Now + 20_000, entry.RefreshAt);
    }

    [Fact]
    public void Decide_OwnFailureAndAnOutage_TellsItsOwn()
    {
        Fail(Decide(FetchReason.Missing)!, _down with { Message = "Its own." });
        _outage = _down;

        Assert.Null(Decide(FetchReason.Missing, out var outcome));
        Assert.Equal("Its own.", outcome.Failure!.Message);
    }

    [Theory]
    [InlineData(295_000, true)]
    [InlineData(294_999, false)]
    public void Decide_FetchUnderWaySinceItWasStale_KeepsTheTokenServingInItsLastSeconds(int startedAt, bool waits)
    {
        var entry = Obtain("a");
        _time.Advance(TimeSpan.FromMilliseconds(startedAt));
        var fetch = Decide(FetchReason.Forced)!;
        _time.Advance(TimeSpan.FromMilliseconds(297_000 - startedAt));

        Assert.Same(waits ? fetch : null, Decide(FetchReason.Missing, out var outcome));
        Assert.Same(entry, outcome.Entry);
    }

    [Fact]
    public void GetStatus_AfterFailures_TellsTheLastOfItsOwnElseTheOutage()
    {
        Assert.Equal(new FetchOutcome(null, null), _state.GetStatus());
        _outage = _down;
        Assert.Same(_down, _state.GetStatus().Failure);
        Assert.False(_wasDue);

        _outage = null;
        Fail(Decide(FetchReason.Missing)!, _down with { Message = "Its own." });
        _outage = _down;
        Assert.Equal("Its own.", _state.GetStatus().Failure!.Message);
    }

    [Fact]
    public void NoteAccepted_AfterARejection_IsNoNewsAnyMore()
    {
        var entry = Obtain("a");
        Decide(FetchReason.Rejected, entry);
        var next = End(Decide(FetchReason.Missing) ?? Decide(FetchReason.Rejected, entry)!, "b").Entry!;
        Assert.True(_state.IsNews(next, _api));

        _state.NoteAccepted(next, _api);
        next.Settled = null;

        Assert.False(_state.IsNews(next, _api));
    }

    [Fact]
    public void NoteRejected_OfATokenThatIsNoLongerThere_TellsNothingOfTheNext()
    {
        var old = Obtain("a");
        var current = End(Decide(FetchReason.Forced)!, "b").Entry!;

        _state.NoteRejected(old, _api);

        Assert.False(current.WasRejectedBy(_api));
        Assert.False(old.WasRejectedBy(_api));
        Assert.Null(Decide(FetchReason.Stale));
    }

    [Fact]
    public void Adopt_OfAnOlderToken_KeepsItsOwn()
    {
        Obtain("a");
        var next = new TokenState(_clock, new FixedRandom(FixedRandom.Least), _ => null);
        _time.Advance(TimeSpan.FromSeconds(1));
        var own = CreateEntry("b");
        next.Seed(own);

        next.Adopt(_state, isStale: true);

        Assert.Same(own, next.Current);
        Assert.Equal(own.ObtainedAt + 240_000, own.RefreshAt);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1_000)]
    public void Adopt_OfATokenThatIsAsOldOrYounger_TakesIt(int younger)
    {
        var next = new TokenState(_clock, new FixedRandom(FixedRandom.Least), _ => null);
        next.Seed(CreateEntry("b"));
        _time.Advance(TimeSpan.FromMilliseconds(younger));
        var entry = Obtain("a");

        next.Adopt(_state, isStale: false);

        Assert.Same(entry, next.Current);
    }

    [Fact]
    public void Adopt_OfAStateThatHasForgottenItsToken_ForgetsItToo()
    {
        Obtain("a");
        var next = new TokenState(_clock, new FixedRandom(FixedRandom.Least), _ => null);
        next.Adopt(_state, isStale: false);
        _state.Invalidate();

        next.Adopt(_state, isStale: false);
        Assert.Null(next.Current);

        // Once: what it gets afterwards it keeps.
        var own = CreateEntry("b");
        next.Seed(own);
        next.Adopt(_state, isStale: false);
        Assert.Same(own, next.Current);
    }

    [Fact]
    public void Seed_AfterAFailure_ForgetsIt()
    {
        Fail(Decide(FetchReason.Missing)!, _down);

        _state.Seed(CreateEntry("a"));

        Assert.Null(_state.GetStatus().Failure);
    }

    [Fact]
    public void Replace_ByAnotherInstancesToken_ForgetsTheFailure()
    {
        var entry = Obtain("a");
        Fail(Decide(FetchReason.Forced)!, _down);
        var other = CreateEntry("b");

        _state.Replace(entry, other);

        Assert.Same(other, _state.Current);
        Assert.Null(_state.GetStatus().Failure);
    }

    [Fact]
    public void Replace_BySameToken_HasItServeToItsEnd()
    {
        var entry = Obtain("a");
        _time.Advance(TimeSpan.FromSeconds(10));

        _state.Replace(entry, CreateEntry("a"));

        Assert.Equal((entry.ExpiresAt, entry.ExpiresAt), (_state.Current!.RefreshAt, _state.Current.ExpiresAt));
    }

    [Fact]
    public void Replace_OfATokenThatHasMadeWay_ChangesNothing()
    {
        var old = Obtain("a");
        var current = End(Decide(FetchReason.Forced)!, "b").Entry;

        _state.Replace(old, CreateEntry("c"));

        Assert.Same(current, _state.Current);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void End_OfAFetchThatAnotherHasOvertaken_LeavesThatUnderWay(bool isAbandoned)
    {
        var first = Decide(FetchReason.Missing)!;
        _state.Begin(first);
        _state.Invalidate();
        var second = Decide(FetchReason.Missing)!;

        if (isAbandoned)
            _state.Abandon(first, _down);
        else
            _state.End(first, CreateEntry("a"), null);

        Assert.Same(second, Decide(FetchReason.Missing));
    }

    [Fact]
    public void End_WithAToken_ForgetsTheFailuresBeforeIt()
    {
        Fail(Decide(FetchReason.Missing)!, _down);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(TimeSpan.FromSeconds(2), Fail(Decide(FetchReason.Missing)!, _down).Failure!.RetryAfter);
        _time.Advance(TimeSpan.FromSeconds(2));
        Obtain("a");

        Assert.Equal(TimeSpan.FromSeconds(1), Fail(Decide(FetchReason.Forced)!, _down).Failure!.RetryAfter);
    }

    [Fact]
    public void End_WithAFailure_AsksOfTheEndpointAsOfAnyOther()
    {
        Obtain("a");
        _time.Advance(TimeSpan.FromSeconds(300));
        var due = Decide(FetchReason.Missing)!;
        Assert.True(_wasDue);

        Fail(due, _down);

        Assert.False(_wasDue);
    }

    [Fact]
    public void ExpiredOnArrival_IsASentenceAndTransient()
    {
        Assert.StartsWith("the token had expired when it arrived. Let the server ", TokenState.ExpiredOnArrival.Message, StringComparison.Ordinal);
        Assert.True(TokenState.ExpiredOnArrival.IsTransient);
    }

    // Three at once are free.
    private void SpendBudget()
    {
        for (var number = 0; number < 3; number++)
            Obtain($"spent {number}");
    }
}
