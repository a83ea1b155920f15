using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using OAuthClient.Benchmarks.Handlers;
using OAuthClient.Benchmarks.Quick;

namespace OAuthClient.Benchmarks.Memory;

/// <summary><c>memory</c>: what a cached token, a named client and one that is known at run time alone take. A token's own characters are not counted: they are the server's choice.</summary>
internal static class MemoryRun
{
    private static readonly int[] _tokens = [10_000, 100_000];

    // Options of all names are configured one by one for each name, so that ten thousand names take seconds, and a hundred thousand would take minutes.
    private static readonly int[] _clients = [1_000, 10_000];

    private static readonly int[] _tenants = [100, 1_000, 10_000];

    public static async Task<int> RunAsync()
    {
        Console.WriteLine(Machine.Describe());

        // What is made once for all clients is there before those that count.
        await MeasureClientsAsync(100);
        foreach (var count in _clients)
            Console.WriteLine(await MeasureClientsAsync(count));
        await MeasureTenantsAsync(100);
        foreach (var count in _tenants)
            Console.WriteLine(await MeasureTenantsAsync(count));
        foreach (var line in await Scale.MeasureAsync(_tokens))
            Console.WriteLine(line);
        return 0;
    }

    /// <summary>
    /// Clients that a resolver finds: what each takes with its token, how long the first call that names one looks for it, and what later ones add
    /// to a call of a registered client. The token's own fetch is left out of the look-ups.
    /// </summary>
    private static async Task<Line> MeasureTenantsAsync(int count)
    {
        var clock = new SkippingClock();
        var requests = Enumerable.Range(0, count).Select(number => new OAuth2TokenRequest { ClientName = string.Create(CultureInfo.InvariantCulture, $"tenant-{number:d6}") }).ToArray();
        var services = new ServiceCollection().AddSingleton<TimeProvider>(clock).AddStubbedEndpoint(new StubTokenEndpoint());
        services.AddOAuth2ClientResolver(static (_, name, _) => new(new OAuth2ClientOptions { TokenEndpoint = new Uri("https://sts.example/token"), BaseAddress = WarmClient.Address, ClientId = name, ClientSecret = "secret" }), limits => limits.IdleTimeout = TimeSpan.FromDays(1)); // More than the clock is skipped by.
        await using var provider = services.BuildServiceProvider();
        var resolved = provider.GetRequiredService<OAuth2Clients>();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var start = Stopwatch.GetTimestamp();
        foreach (var request in requests)
            await resolved.FindAsync(request.ClientName!, async: true, CancellationToken.None);
        var cold = Stopwatch.GetElapsedTime(start);
        var tokens = provider.GetRequiredService<IOAuth2TokenProvider>();
        foreach (var request in requests)
        {
            clock.Skip(TimeSpan.FromSeconds(0.61));
            await tokens.GetTokenAsync("", request);
        }

        var after = GC.GetTotalMemory(forceFullCollection: true);
        var rounds = 1_000_000 / count;
        start = Stopwatch.GetTimestamp();
        for (var round = 0; round < rounds; round++)
        {
            foreach (var request in requests)
                await tokens.GetTokenAsync("", request);
        }

        var warm = Stopwatch.GetElapsedTime(start);
        return new Line("tenants")
            .Add("names", count)
            .Add("bytes_per_client", ((double)(after - before) / count) - (sizeof(char) * StubTokens.Length))
            .Add("cold_lookup_us", cold.TotalMicroseconds / count)
            .Add("warm_ns", warm.TotalNanoseconds / (rounds * count));
    }

    /// <summary>From its registration to its first token, and what the factory adds for an HttpClient of that name.</summary>
    private static async Task<Line> MeasureClientsAsync(int count)
    {
        var clock = new SkippingClock();
        var names = Enumerable.Range(0, count).Select(number => string.Create(CultureInfo.InvariantCulture, $"client-{number:d6}")).ToArray();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var services = new ServiceCollection().AddSingleton<TimeProvider>(clock);
        foreach (var name in names)
            services.AddStubbedClient(name);
        await using var provider = services.AddStubbedEndpoint(new StubTokenEndpoint()).BuildServiceProvider();
        var registered = GC.GetTotalMemory(forceFullCollection: true);

        var tokens = provider.GetRequiredService<IOAuth2TokenProvider>();
        foreach (var name in names)
        {
            clock.Skip(TimeSpan.FromSeconds(0.61));
            await tokens.GetTokenAsync(name);
        }

        var withToken = GC.GetTotalMemory(forceFullCollection: true);
        var factory = provider.GetRequiredService<IHttpClientFactory>();
        var clients = names.Select(factory.CreateClient).ToArray();
        var withHttpClient = GC.GetTotalMemory(forceFullCollection: true);
        GC.KeepAlive(clients);
        return new Line("clients")
            .Add("names", count)
            .Add("registration_bytes", (double)(registered - before) / count)
            .Add("bytes_per_client", ((double)(withToken - registered) / count) - (sizeof(char) * StubTokens.Length))
            .Add("http_client_bytes", (double)(withHttpClient - withToken) / count);
    }
}
