
namespace OAuthClient.Tests.Restraint;

public sealed class EndpointGateTests
{
    private const long Start = 86_400_000;
    private static readonly TokenFailure _outage = new("It is down.", IsTransient: true);
    private static readonly TokenFailure _refusal = new("It says no.", Error: "invalid_client");

    private readonly EndpointGate _state = new(new FixedRandom(FixedRandom.Least));

    [Fact]
    public void Enter_AHundredInAMinute_TheNextFailsAtOnceWithTheTimeLeft()
    {
        for (var i = 0; i < 100; i++)
            Assert.Null(Send(Start + (i * 10)));

        var failure = Send(Start + 1_000);

        Assert.True(failure?.IsTransient);
        Assert.Equal(TimeSpan.FromSeconds(59), failure?.RetryAfter);
    }

    [Fact]
    public void Enter_ASlotIsNear_IsGivenItWithTheWait()
    {
        for (var i = 0; i < 100; i++)
            Send(Start);

        Assert.Null(_state.Enter(Start + 56_000, isDue: false, out var wait));

        Assert.Equal(4_000, wait);
    }

    [Fact]
    public void Enter_ManyForTheSameSlot_NeverMoreThanAHundredInAnyMinute()
    {
        var sent = new List<long>();
        for (var now = Start; now < Start + 300_000; now += 50)
        {
            if (_state.Enter(now, isDue: false, out var wait) is null)
            {
                sent.Add(now + wait);
                _state.Leave(null, now);
            }
        }

        Assert.InRange(sent.Count, 500, 600);
        Assert.All(sent.Skip(100).Zip(sent), pair => Assert.True(pair.First - pair.Second >= 60_000, $"{pair}"));
    }

    [Fact]
    public void Enter_WhileAnOutageIsRemembered_FailsWithIt()
    {
        Send(Start, _outage);

        var failure = _state.Enter(Start + 400, isDue: false, out _);

        Assert.Equal(_outage with { RetryAfter = TimeSpan.FromMilliseconds(600), WasTried = false }, failure);
        Assert.Equal(failure, _state.GetOutage(Start + 400));
    }

    [Fact]
    public void Enter_OutageIsOver_LetsOneProbeThroughAndTheOthersFailMeanwhile()
    {
        Send(Start, _outage);

        Assert.Null(_state.GetOutage(Start + 1_000));
        Assert.Null(_state.Enter(Start + 1_000, isDue: false, out _));

        Assert.Equal(_outage.Message, _state.Enter(Start + 1_000, isDue: false, out _)?.Message);
        Assert.Equal(TimeSpan.FromSeconds(1), _state.GetOutage(Start + 20_000)?.RetryAfter);
    }

    [Fact]
    public void Leave_ProbeFails_BacksOffTwiceAsLong()
    {
        Send(Start, _outage);

        Send(Start + 1_000, _outage);

        Assert.NotNull(_state.GetOutage(Start + 2_999));
        Assert.Null(_state.GetOutage(Start + 3_000));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Leave_ProbeIsAnswered_OpensForAllWhateverTheAnswer(bool succeeds)
    {
        Send(Start, _outage);

        Send(Start + 1_000, succeeds ? null : _refusal);

        for (var i = 0; i < 10; i++)
            Assert.Null(_state.Enter(Start + 1_000, isDue: false, out _));
    }

    [Fact]
    public void Leave_Refused_IsNoOutage()
    {
        Send(Start, _refusal);

        Assert.Null(_state.GetOutage(Start));
    }

    private TokenFailure? Send(long now, TokenFailure? answer = null)
    {
        if (_state.Enter(now, isDue: false, out _) is { } obstacle)
            return obstacle;
        _state.Leave(answer, now);
        return null;
    }
}
