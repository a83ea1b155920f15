using Microsoft.Extensions.DependencyInjection;
using OAuthClient.Testing;

namespace OAuthClient.Tests.Diagnostics;

[CollectionDefinition(nameof(SharedTelemetryTests), DisableParallelization = true)]
public sealed class SharedTelemetryTestsAlone;

/// <summary>What is told for many clients together. No other test may run meanwhile.</summary>
[Collection(nameof(SharedTelemetryTests))]
public sealed class SharedTelemetryTests
{
    /// <summary>There may be thousands, and no metric takes so many names.</summary>
    [Fact]
    public async Task Meter_TellsOfResolvedClientsByOneName()
    {
        using var resolved = new Measured("(resolved)");
        using var tenant = new Measured("tenant-1");
        TestApp? app = null;
        await using (app = await TestApp.StartAsync(services: services => services.AddOAuth2ClientResolver((_, name, _) => new(new OAuth2ClientOptions
        {
            TokenEndpoint = app!.Server.TokenEndpoint,
            BaseAddress = app.Server.ApiBaseAddress,
            ClientId = OAuth2TestServer.DefaultClientId,
            ClientSecret = OAuth2TestServer.DefaultClientSecret,
            Scopes = { name },
        }))))
        {
            foreach (var name in new[] { "tenant-1", "tenant-2" })
                await app.Tokens.GetTokenAsync(name);
        }

        Assert.Equal(2, resolved.Take().Count(text => text.StartsWith("oauth_client.tokens 1 ", StringComparison.Ordinal)));
        Assert.Empty(tenant.Take());
    }

    [Fact]
    public async Task Meter_TellsOfTokensThatWereInTheStore_ThatWereNot_AndOfAStoreThatFails()
    {
        using var measured = new Measured(client: null);
        await using var fleet = await SharingApp.StartAsync();
        await using var other = fleet.Another();

        await fleet.GetTokenAsync();
        var first = TakeLookups();
        Assert.NotEmpty(first);
        Assert.All(first, lookup => Assert.Equal(Lookup("miss"), lookup));

        await other.GetTokenAsync();
        Assert.Equal([Lookup("hit")], TakeLookups());

        fleet.Store.Before = (_, _) => throw new InvalidOperationException();
        await fleet.App.ForceTokenAsync();
        Assert.Contains(Lookup("failure"), TakeLookups());

        string[] TakeLookups() => [.. measured.Take().Where(text => text.StartsWith("oauth_client.token_store.lookups ", StringComparison.Ordinal))];

        static string Lookup(string outcome) => $"oauth_client.token_store.lookups 1 {{lookup}}: oauth_client.token_store.outcome={outcome}";
    }
}
