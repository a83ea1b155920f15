using System.Text;
using OAuthClient.Testing;

namespace OAuthClient.Tests.Simulation;

/// <summary>What a fleet's store was asked, and how often.</summary>
internal enum FleetOperation
{
    Get,
    Set,
    Remove,
    Claim,
    Release,
    Subscribe,
}

/// <summary>The one store of a fleet, in memory.</summary>
internal sealed class FleetStore(FleetPlan plan, ManualTimeProvider clock)
{
    public static readonly string Key = Convert.ToBase64String(Enumerable.Repeat((byte)7, 32).ToArray());

    private readonly DateTimeOffset _start = clock.GetUtcNow();
    private readonly Dictionary<string, (byte[] Value, DateTimeOffset Until)> _entries = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (string Claim, DateTimeOffset Until)> _claims = new(StringComparer.Ordinal);
    private readonly List<(FleetInstance Instance, Action<string> Changed)> _subscribers = [];

    /// <summary>How often each operation was asked for.</summary>
    public long[] Operations { get; } = new long[Enum.GetValues<FleetOperation>().Length];

    /// <summary>How often an instance was told of a change.</summary>
    public long News { get; private set; }

    /// <summary>Each entry that can be read without the key, in words.</summary>
    public List<string> Unsealed { get; } = [];

    public IOAuth2TokenStore CreatePort(FleetInstance instance) => new Port(this, instance);

    private FleetPlan Plan => plan;

    private DateTimeOffset Now => clock.GetUtcNow();

    private bool IsDown => plan.StoreOutage.Includes(Now - _start);

    private void Set(string key, byte[] value, TimeSpan life)
    {
        // What the server issues and the client sends is plain ASCII.
        var text = Encoding.Latin1.GetString(value);
        if (value is not [StoreKey.Format, ..] || text.Contains(FleetServer.TokenPrefix, StringComparison.Ordinal) || text.Contains("https", StringComparison.Ordinal))
            Unsealed.Add($"The entry {key} of {value.Length} bytes is not sealed.");
        _entries[key] = (value, clock.GetUtcNow() + life);
        Tell(key, isSet: true);
    }

    private bool TryClaim(string key, string claim, TimeSpan life)
    {
        if (_claims.TryGetValue(key, out var other) && other.Claim != claim && other.Until > clock.GetUtcNow())
            return false;
        _claims[key] = (claim, clock.GetUtcNow() + life);
        return true;
    }

    private void Release(string key, string claim)
    {
        if (_claims.TryGetValue(key, out var own) && own.Claim == claim)
            _claims.Remove(key);
        Tell(key, isSet: false);
    }

    // In a turn of its own, as news arrives; a timer without any delay would go off on the pool.
    private void Tell(string key, bool isSet)
    {
        if (!plan.StoreTells)
            return;
        ITimer? timer = null;
        timer = clock.CreateTimer(
            _ =>
            {
                timer!.Dispose();
                if (IsDown)
                    return;
                foreach (var (instance, changed) in _subscribers.ToArray())
                {
                    News++;
                    instance.Hear(key, isSet, changed);
                }
            },
            null,
            plan.StoreLatency > TimeSpan.Zero ? plan.StoreLatency : TimeSpan.FromTicks(1),
            Timeout.InfiniteTimeSpan);
    }

    /// <summary>The store as one instance sees it.</summary>
    private sealed class Port(FleetStore store, FleetInstance instance) : IOAuth2TokenStore
    {
        public ValueTask<byte[]?> GetAsync(string key, CancellationToken cancellationToken = default) =>
            AskAsync(FleetOperation.Get, () => store._entries.TryGetValue(key, out var entry) && entry.Until > store.Now ? entry.Value : null, cancellationToken);

        public async ValueTask SetAsync(string key, byte[] value, TimeSpan timeToLive, CancellationToken cancellationToken = default) => await AskAsync(
            FleetOperation.Set,
            () =>
            {
                store.Set(key, value, timeToLive);
                return true;
            },
            cancellationToken).ConfigureAwait(false);

        public async ValueTask RemoveAsync(string key, CancellationToken cancellationToken = default) =>
            await AskAsync(FleetOperation.Remove, () => store._entries.Remove(key), cancellationToken).ConfigureAwait(false);

        public ValueTask<bool> TryClaimAsync(string key, string claim, TimeSpan timeToLive, CancellationToken cancellationToken = default) =>
            AskAsync(FleetOperation.Claim, () => store.TryClaim(key, claim, timeToLive), cancellationToken);

        public async ValueTask ReleaseClaimAsync(string key, string claim, CancellationToken cancellationToken = default) => await AskAsync(
            FleetOperation.Release,
            () =>
            {
                store.Release(key, claim);
                return true;
            },
            cancellationToken).ConfigureAwait(false);

        public ValueTask<bool> SubscribeAsync(Action<string> changed, CancellationToken cancellationToken = default) => AskAsync(
            FleetOperation.Subscribe,
            () =>
            {
                if (store.Plan.StoreTells)
                    store._subscribers.Add((instance, changed));
                return store.Plan.StoreTells;
            },
            cancellationToken);

        private async ValueTask<T> AskAsync<T>(FleetOperation operation, Func<T> answer, CancellationToken cancellationToken)
        {
            store.Operations[(int)operation]++;
            await instance.PassAsync($"before {operation}").ConfigureAwait(false);
            if (store.IsDown)
            {
                if (store.Plan.StoreHangs)
                    await instance.DelayAsync(Timeout.InfiniteTimeSpan, cancellationToken).ConfigureAwait(false);
                throw new IOException("The store is down.");
            }

            await instance.DelayAsync(store.Plan.StoreLatency / 2, cancellationToken).ConfigureAwait(false);
            var value = answer();
            await instance.PassAsync($"after {operation}").ConfigureAwait(false);
            await instance.DelayAsync(store.Plan.StoreLatency / 2, cancellationToken).ConfigureAwait(false);
            return value;
        }
    }

}
