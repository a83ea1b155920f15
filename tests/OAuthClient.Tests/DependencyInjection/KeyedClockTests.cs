using Microsoft.Extensions.DependencyInjection;
using OAuthClient.Testing;

namespace OAuthClient.Tests.DependencyInjection;

/// <summary>A clock that is registered under the library's key drives the library, whatever the container's own says.</summary>
public sealed class KeyedClockTests
{
    [Fact]
    public async Task KeyedClock_BesideTheContainersOwn_IsTheOneThatTokensGoBy()
    {
        var own = new ManualTimeProvider();
        await using var app = await TestApp.StartAsync(services: services => services.AddKeyedSingleton<TimeProvider>(OAuth2Defaults.TimeProviderKey, own));
        await app.GetTokenAsync();

        app.Clock.Advance(TimeSpan.FromHours(2));
        await app.GetTokenAsync();
        Assert.Equal(1, app.Server.TokenRequests);

        own.Advance(TimeSpan.FromHours(1));
        await app.GetTokenAsync();
        Assert.Equal(2, app.Server.TokenRequests);
    }

    [Fact]
    public async Task KeyedClock_IsTheOneThatTimeoutsGoBy()
    {
        var own = new ManualTimeProvider();
        await using var app = await TestApp.StartAsync(services: services => services.AddKeyedSingleton<TimeProvider>(OAuth2Defaults.TimeProviderKey, own));
        app.Server.TokenEndpointBehavior.HangNext();
        var call = app.GetTokenAsync();
        await app.Server.WaitForTokenRequestsAsync(1);

        own.Advance(TimeSpan.FromSeconds(30));

        await Assert.ThrowsAsync<OAuth2TokenException>(() => call);
    }
}
