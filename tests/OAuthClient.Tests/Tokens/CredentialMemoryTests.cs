using OAuthClient.Testing;
using OAuthClient.TokenEndpoint;
using OAuthClient.Tokens;

namespace OAuthClient.Tests.Tokens;

public sealed class CredentialMemoryTests
{
    private static readonly TokenFailure _refusal = new("The password is wrong.", Error: "invalid_grant");

    private readonly ManualTimeProvider _clock = new();
    private readonly CredentialMemory _memory;

    public CredentialMemoryTests() => _memory = new CredentialMemory(new LifetimeClock(_clock), new FixedRandom(FixedRandom.Least));

    [Fact]
    public async Task Enter_UnprovenPassword_IsTriedByOneAtATime()
    {
        Assert.Null(await _memory.EnterAsync("a", oneAtATime: true));

        var second = _memory.EnterAsync("a", oneAtATime: true).AsTask();
        var other = _memory.EnterAsync("b", oneAtATime: true).AsTask();

        Assert.False(second.IsCompleted);
        Assert.True(other.IsCompleted);
        _memory.Leave("a", wasAccepted: null, null);
        Assert.Null(await second);
    }

    [Fact]
    public async Task Enter_AfterItWasAccepted_IsOpenToAll()
    {
        await _memory.EnterAsync("a", oneAtATime: true);
        var waiting = Enumerable.Range(0, 10).Select(_ => _memory.EnterAsync("a", oneAtATime: true).AsTask()).ToArray();

        _memory.Leave("a", wasAccepted: true, null);

        Assert.All(await Task.WhenAll(waiting), Assert.Null);
        Assert.Null(await _memory.EnterAsync("a", oneAtATime: true));
    }

    [Fact]
    public async Task Enter_WhileItIsFoundWrong_FailsWithoutAnotherTrial()
    {
        await _memory.EnterAsync("a", oneAtATime: true);
        var waiting = Enumerable.Range(0, 10).Select(_ => _memory.EnterAsync("a", oneAtATime: true).AsTask()).ToArray();

        _memory.Leave("a", wasAccepted: false, _refusal);

        Assert.All(await Task.WhenAll(waiting), failure => Assert.Equal("invalid_grant", failure?.Error));
    }

    [Fact]
    public async Task Enter_RefusedPassword_IsBarredForAQuarterOfAnHourDoubling()
    {
        await FailAsync("a", oneAtATime: true);

        _clock.Advance(TimeSpan.FromMinutes(15) - TimeSpan.FromMilliseconds(1));
        Assert.NotNull(await _memory.EnterAsync("a", oneAtATime: true));
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        await FailAsync("a", oneAtATime: true);
        _clock.Advance(TimeSpan.FromMinutes(29));
        Assert.NotNull(await _memory.EnterAsync("a", oneAtATime: true));
        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Null(await _memory.EnterAsync("a", oneAtATime: true));
    }

    [Fact]
    public async Task Enter_OnceGoodPasswordThatWasRefused_IsBarredToo()
    {
        await _memory.EnterAsync("a", oneAtATime: true);
        _memory.Leave("a", wasAccepted: true, null);

        await FailAsync("a", oneAtATime: true);

        Assert.NotNull(await _memory.EnterAsync("a", oneAtATime: true));
        _clock.Advance(TimeSpan.FromMinutes(15));
        Assert.Null(await _memory.EnterAsync("a", oneAtATime: true));
        Assert.False(_memory.EnterAsync("a", oneAtATime: true).AsTask().IsCompleted);
    }

    [Fact]
    public async Task Enter_RefusedSecret_IsBarredForTenSeconds()
    {
        await FailAsync("a", oneAtATime: false);

        Assert.NotNull(await _memory.EnterAsync("a", oneAtATime: false));
        _clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Null(await _memory.EnterAsync("a", oneAtATime: false));
    }

    [Fact]
    public async Task Enter_ChangedCredential_HasNoPast()
    {
        await FailAsync("a", oneAtATime: true);

        Assert.Null(await _memory.EnterAsync("changed", oneAtATime: true));
        Assert.Null(await _memory.EnterAsync("changed, too", oneAtATime: false));
    }

    [Fact]
    public async Task Enter_Secret_IsNeverWaitedFor()
    {
        Assert.Null(await _memory.EnterAsync("a", oneAtATime: false));

        Assert.True(_memory.EnterAsync("a", oneAtATime: false).AsTask().IsCompletedSuccessfully);
    }

    private async Task FailAsync(string key, bool oneAtATime)
    {
        Assert.Null(await _memory.EnterAsync(key, oneAtATime));
        _memory.Leave(key, wasAccepted: false, _refusal);
    }
}
