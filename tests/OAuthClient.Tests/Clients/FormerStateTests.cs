using System.Collections;
using System.Reflection;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;

namespace OAuthClient.Tests.Clients;

/// <summary>What a client keeps for the life of the process does not grow with its reloads, nor with the addresses of its HttpClients.</summary>
public sealed class FormerStateTests
{
    [Fact]
    public async Task Reload_OfAClientWithOverridesInUse_KeepsNoFormerState()
    {
        var number = 0;
        await using var app = await TestApp.StartAsync(client: client => client.ClientSecret = $"secret-{number}");
        var client = app.Services.GetRequiredService<OAuth2Clients>().Get(TestApp.ClientName);
        var overrides = Enumerable.Range(0, 20).Select(i => new OAuth2TokenRequest { Scopes = [$"scope-{i}"] }).ToArray();
        var former = new List<WeakReference<ClientState>>();

        for (number = 1; number <= 20; number++)
        {
            Use();
            app.ReloadOptions();
        }

        // Of the last one the cache may serve once more.
        await TestApp.UntilAsync(() =>
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            return former.Count(state => state.TryGetTarget(out _)) <= 1;
        });
        GC.KeepAlive(overrides);

        [MethodImpl(MethodImplOptions.NoInlining)]
        void Use()
        {
            foreach (var request in overrides)
            {
                client.State.GetSource(request);
                client.State.FindSource(request, now: 0);
            }

            former.Add(new WeakReference<ClientState>(client.State));
        }
    }

    [Fact]
    public async Task Reload_OfAClientWhoseCacheIsFull_LosesNoToken()
    {
        var margin = 1;
        await using var app = await TestApp.StartAsync(client: client => (client.MaxTokens, client.RefreshBeforeExpiry) = (10, TimeSpan.FromSeconds(margin)));
        string[] scopes = [.. Enumerable.Range(0, 10).Select(number => $"scope-{number}")];
        await GetAllAsync();

        for (margin = 2; margin <= 4; margin++)
        {
            app.ReloadOptions();
            await GetAllAsync();
        }

        Assert.Equal(10, app.Server.TokenRequests);

        async Task GetAllAsync()
        {
            foreach (var scope in scopes)
                await app.GetTokenAsync(scope);
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
    }

    [Fact]
    public async Task Reload_WithEqualSettings_MakesNoNewState()
    {
        await using var app = await TestApp.StartAsync(client: client => client.ClientSecretCallback = Callback, services: services => services.Configure<OAuth2ClientOptions>(
            TestApp.ClientName,
            client => client.ClientSecret = null));
        var client = app.Services.GetRequiredService<OAuth2Clients>().Get(TestApp.ClientName);
        var state = client.State;

        app.ReloadOptions();

        Assert.Same(state, client.State);

        static ValueTask<string> Callback(CancellationToken cancellationToken) => new("secret");
    }

    [Fact]
    public async Task AddAddress_OfThousandsOnOneHost_KeepsItsOriginAlone()
    {
        await using var app = await TestApp.StartAsync();
        var client = app.Services.GetRequiredService<OAuth2Clients>().Get(TestApp.ClientName);

        for (var i = 0; i < 5_000; i++)
            client.AddAddress(new Uri($"https://tenants.example/{i}"));

        var kept = typeof(OAuth2Client).GetFields(BindingFlags.Instance | BindingFlags.NonPublic).Select(field => field.GetValue(client)).OfType<ICollection>();
        Assert.All(kept, collection => Assert.InRange(collection.Count, 0, 2));
        Assert.InRange(Count(client.State.Origins), 1, 2);
    }

    [Fact]
    public void Origins_OfOneHost_AreOne()
    {
        var origins = new Origins(allowInsecureHttp: false);

        for (var i = 0; i < 100; i++)
            origins.Add(new Uri($"https://tenants.example/{i}"));

        Assert.Equal(1, Count(origins));
    }

    private static int Count(Origins origins) => origins.ToString().Split(", ").Length;
}
