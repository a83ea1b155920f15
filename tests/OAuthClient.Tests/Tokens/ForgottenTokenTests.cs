using OAuthClient.Testing;

namespace OAuthClient.Tests.Tokens;

/// <summary>A token that the program has had enough of does not come back by way of a store that did not hear of it.</summary>
public sealed class ForgottenTokenTests
{
    [Fact]
    public async Task Invalidate_ByAnInstanceThatHasNoneItself_ForgetsTheOneInTheStore()
    {
        await using var fleet = await SharingApp.StartAsync();
        await using var other = fleet.Another();
        var token = await fleet.GetTokenAsync();

        await InvalidateAsync(other);

        Assert.NotEqual(token.Value, (await other.GetTokenAsync()).Value);
    }

    [Fact]
    public async Task Invalidate_Twice_KeepsInMindWhatWasForgottenAtFirst()
    {
        await using var fleet = await SharingApp.StartAsync();
        var token = await fleet.GetTokenAsync();

        await InvalidateAsync(fleet);
        await InvalidateAsync(fleet);

        Assert.NotEqual(token.Value, (await fleet.GetTokenAsync()).Value);
    }

    [Fact]
    public async Task Invalidate_OfOneAfterTheOther_ForgetsTheLater()
    {
        await using var fleet = await SharingApp.StartAsync();
        await fleet.GetTokenAsync();
        await InvalidateAsync(fleet);
        var second = await fleet.GetTokenAsync();

        await InvalidateAsync(fleet);

        Assert.NotEqual(second.Value, (await fleet.GetTokenAsync()).Value);
        Assert.Equal(3, fleet.Requests);
    }

    /// <summary>What another instance has fetched since is not what the program has seen fail.</summary>
    [Fact]
    public async Task Invalidate_OfATokenThatAnotherInstanceHasReplaced_LeavesTheNewOne()
    {
        await using var fleet = await SharingApp.StartAsync(tells: false);
        await using var other = fleet.Another();
        await fleet.GetTokenAsync();
        var second = await other.App.ForceTokenAsync();

        await InvalidateAsync(fleet);

        Assert.Equal(second.Value, (await fleet.GetTokenAsync()).Value);
        Assert.Equal(2, fleet.Requests);
    }

    // By an instance whose word the store does not take.
    private static async Task InvalidateAsync(SharingApp app)
    {
        await TestApp.UntilAsync(() => app.Store.Claims.Count == 0 && app.Store.Entries.Count == 1);
        app.Store.Before = (operation, _) => operation == "remove" ? throw new InvalidOperationException() : default;
        await app.App.Tokens.InvalidateAsync(TestApp.ClientName);
        app.Store.Before = null;
        app.App.Clock.Advance(TimeSpan.FromSeconds(3));
    }
}
