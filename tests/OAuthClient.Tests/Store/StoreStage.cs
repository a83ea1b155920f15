using System.Text;
using Microsoft.Extensions.Logging;
using OAuthClient.Testing;

namespace OAuthClient.Tests.Store;

/// <summary>A store with the instances of a program around it, as the engine uses it. They have the clock and the log in common.</summary>
internal sealed class StoreStage
{
    public const string Id = "token of the orders";

    public StoreStage(bool tells = true) => Memory = new MemoryTokenStore(Clock) { Tells = tells };

    public ManualTimeProvider Clock { get; } = new();

    public TestLog Log { get; } = new();

    public MemoryTokenStore Memory { get; }

    public int Failures => Log.Count(LogLevel.Warning, "The token store is left alone for a while");

    public int Recoveries => Log.Count(LogLevel.Information, "The token store answers again.");

    public int Complaints => Log.Count(LogLevel.Warning, "An entry of the token store counts for nothing");

    /// <summary>Another key for each number.</summary>
    public static string KeyOf(byte number) => Convert.ToBase64String(Enumerable.Repeat(number, 32).ToArray());

    /// <summary>An instance that has these keys.</summary>
    public SealedStore With(params byte[] keys) => Create(options => options.Key = string.Join('\n', keys.Select(KeyOf)));

    public SealedStore Create(Action<OAuth2TokenStoreOptions>? configure = null, IOAuth2TokenStore? store = null)
    {
        var options = new OAuth2TokenStoreOptions { ConnectTimeout = TimeSpan.FromMilliseconds(250) };
        if (configure is null)
            options.Key = MemoryTokenStore.Key;
        configure?.Invoke(options);
        return new SealedStore(store ?? Memory, options, new SteadyClock(Clock), Log.CreateLogger("store"));
    }

    /// <summary>How often the store was asked for something.</summary>
    public int Count(string operation) => Memory.Operations.Count(asked => asked == operation);

    public void Advance(double seconds) => Clock.Advance(TimeSpan.FromSeconds(seconds));
}

internal static class SealedStoreTestExtensions
{
    public static readonly TimeSpan Life = TimeSpan.FromHours(1);

    /// <summary>The texts that are stored; there may be several while keys are replaced.</summary>
    public static async Task<string[]> ReadTextsAsync(this SealedStore store, string id = StoreStage.Id) =>
        [.. (await store.ReadAsync(id, async: true).AsTask().WaitAsync(Dose.Patience)).Select(Encoding.UTF8.GetString)];

    public static Task WriteTextAsync(this SealedStore store, string text, string id = StoreStage.Id) =>
        store.WriteAsync(id, Encoding.UTF8.GetBytes(text), Life, async: true).AsTask().WaitAsync(Dose.Patience);

    public static Task<StoreClaim?> ClaimAsync(this SealedStore store, string id = StoreStage.Id) => store.TryClaimAsync(id, async: true).AsTask().WaitAsync(Dose.Patience);

    public static Task GiveUpAsync(this SealedStore store, StoreClaim claim) => store.ReleaseAsync(claim, async: true).AsTask().WaitAsync(Dose.Patience);
}
