using OAuthClient.Testing;

namespace OAuthClient.Tests.Restraint;

public sealed class CredentialMemoryTests
{
    private static readonly TokenFailure _refusal = new("The password is wrong.", Error: "invalid_grant");

    private readonly ManualTimeProvider _clock = new();
    private readonly CredentialMemory _memory;
    private readonly Dictionary<string, CredentialMemory.Entry> _leases = new(StringComparer.Ordinal);

    public CredentialMemoryTests() => _memory = new CredentialMemory(new SteadyClock(_clock), new FixedRandom(FixedRandom.Least));

    [Fact]
    public async Task Enter_UnprovenPassword_IsTriedByOneAtATime()
    {
        Assert.Null(await EnterAsync("a", oneAtATime: true));

        var second = EnterAsync("a", oneAtATime: true);
        var other = EnterAsync("b", oneAtATime: true);

        Assert.False(second.IsCompleted);
        Assert.True(other.IsCompleted);
        Leave("a", wasAccepted: null, null);
        Assert.Null(await second);
    }

    [Fact]
    public async Task Enter_AfterItWasAccepted_IsOpenToAll()
    {
        await EnterAsync("a", oneAtATime: true);
        var waiting = Enumerable.Range(0, 10).Select(_ => EnterAsync("a", oneAtATime: true)).ToArray();

        Leave("a", wasAccepted: true, null);

        Assert.All(await Task.WhenAll(waiting), Assert.Null);
        Assert.Null(await EnterAsync("a", oneAtATime: true));
    }

    [Fact]
    public async Task Enter_WhileItIsFoundWrong_FailsWithoutAnotherTrial()
    {
        await EnterAsync("a", oneAtATime: true);
        var waiting = Enumerable.Range(0, 10).Select(_ => EnterAsync("a", oneAtATime: true)).ToArray();

        Leave("a", wasAccepted: false, _refusal);

        Assert.All(await Task.WhenAll(waiting), failure => Assert.Equal("invalid_grant", failure?.Error));
    }

    [Fact]
    public async Task Enter_RefusedPassword_IsBarredForAQuarterOfAnHourDoubling()
    {
        await FailAsync("a", oneAtATime: true);

        _clock.Advance(TimeSpan.FromMinutes(15) - TimeSpan.FromMilliseconds(1));
        Assert.NotNull(await EnterAsync("a", oneAtATime: true));
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        await FailAsync("a", oneAtATime: true);
        _clock.Advance(TimeSpan.FromMinutes(29));
        Assert.NotNull(await EnterAsync("a", oneAtATime: true));
        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Null(await EnterAsync("a", oneAtATime: true));
    }

    [Fact]
    public async Task Enter_OnceGoodPasswordThatWasRefused_IsBarredToo()
    {
        await EnterAsync("a", oneAtATime: true);
        Leave("a", wasAccepted: true, null);

        await FailAsync("a", oneAtATime: true);

        Assert.NotNull(await EnterAsync("a", oneAtATime: true));
        _clock.Advance(TimeSpan.FromMinutes(15));
        Assert.Null(await EnterAsync("a", oneAtATime: true));
        Assert.False(EnterAsync("a", oneAtATime: true).IsCompleted);
    }

    [Fact]
    public async Task Enter_RefusedSecret_IsBarredForTenSeconds()
    {
        await FailAsync("a", oneAtATime: false);

        Assert.NotNull(await EnterAsync("a", oneAtATime: false));
        _clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Null(await EnterAsync("a", oneAtATime: false));
    }

    [Fact]
    public async Task Enter_ChangedCredential_HasNoPast()
    {
        await FailAsync("a", oneAtATime: true);

        Assert.Null(await EnterAsync("changed", oneAtATime: true));
        Assert.Null(await EnterAsync("changed, too", oneAtATime: false));
    }

    [Fact]
    public async Task Enter_Secret_IsNeverWaitedFor()
    {
        Assert.Null(await EnterAsync("a", oneAtATime: false));

        Assert.True(EnterAsync("a", oneAtATime: false).IsCompletedSuccessfully);
    }

    [Fact]
    public async Task Enter_WhileTheMemoryIsPruned_EveryTrialEnds()
    {
        var (trial, _) = await _memory.EnterAsync("a", isPassword: true, async: true, CancellationToken.None);
        var waiting = _memory.EnterAsync("a", isPassword: true, async: true, CancellationToken.None);
        for (var i = 0; i < 600; i++)
            (await _memory.EnterAsync($"other {i}", isPassword: false, async: true, CancellationToken.None)).Lease!.End(null, null);

        trial!.End(null, null);

        Assert.NotNull((await waiting).Lease);
    }

    [Fact]
    public async Task End_OfAProvedPassword_TellsSo()
    {
        (await _memory.EnterAsync("a", isPassword: true, async: true, CancellationToken.None)).Lease!.End(wasAccepted: true, null);

        var (lease, _) = await _memory.EnterAsync("a", isPassword: true, async: true, CancellationToken.None);

        Assert.True(lease!.IsProved);
        Assert.Equal(TimeSpan.FromMinutes(15), lease.End(wasAccepted: false, _refusal));
    }

    private async Task<TokenFailure?> EnterAsync(string key, bool oneAtATime)
    {
        var (lease, failure) = await _memory.EnterAsync(key, oneAtATime, async: true, CancellationToken.None);
        if (lease is not null)
            _leases[key] = lease;
        return failure;
    }

    private void Leave(string key, bool? wasAccepted, TokenFailure? failure) => _leases[key].End(wasAccepted, failure);

    private async Task FailAsync(string key, bool oneAtATime)
    {
        Assert.Null(await EnterAsync(key, oneAtATime));
        Leave(key, wasAccepted: false, _refusal);
    }
}
