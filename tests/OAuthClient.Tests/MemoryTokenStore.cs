using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;

namespace OAuthClient.Tests;

/// <summary>A store in memory, on the test's clock, which can fail, hang or keep silent.</summary>
internal sealed class MemoryTokenStore(TimeProvider clock) : IOAuth2TokenStore
{
    public static readonly string Key = Convert.ToBase64String(Enumerable.Repeat((byte)7, 32).ToArray());

    private readonly object _gate = new();
    private readonly Dictionary<string, (byte[] Value, DateTimeOffset Until)> _entries = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (string Claim, DateTimeOffset Until)> _claims = new(StringComparer.Ordinal);
    private readonly ConcurrentBag<Action<string>> _subscribers = [];
    private readonly HashSet<string> _wanted = new(StringComparer.Ordinal);
    private DateTimeOffset _heldUntil;

    /// <summary>Makes each operation fail, or wait, before it does anything.</summary>
    public Func<string, CancellationToken, ValueTask>? Before { get; set; }

    /// <summary>False for a store that tells nobody of changes.</summary>
    public bool Tells { get; init; } = true;

    /// <summary>What has been asked of it: the operation's name.</summary>
    public ConcurrentQueue<string> Operations { get; } = [];

    public IReadOnlyDictionary<string, byte[]> Entries
    {
        get
        {
            lock (_gate)
                return _entries.Where(entry => entry.Value.Until > clock.GetUtcNow()).ToDictionary(entry => entry.Key, entry => entry.Value.Value);
        }
    }

    public IReadOnlyCollection<string> Claims
    {
        get
        {
            lock (_gate)
                return [.. _claims.Where(claim => claim.Value.Until > clock.GetUtcNow()).Select(claim => claim.Key)];
        }
    }

    /// <summary>Shares tokens through this store.</summary>
    public Action<IServiceCollection> Use(Action<OAuth2TokenStoreOptions>? configure = null) => services => services.AddOAuth2TokenStore(_ => this, options =>
    {
        options.Key = Key;
        options.ConnectTimeout = options.Timeout;
        configure?.Invoke(options);
    });

    /// <summary>Has all claims that are free held by an instance that is dead, for the life of a claim.</summary>
    public void HoldClaims()
    {
        lock (_gate)
            _heldUntil = clock.GetUtcNow() + OAuthClient.Store.StoreClaim.Life;
    }

    /// <summary>Gives those claims up.</summary>
    public void GiveUpClaims()
    {
        string[] wanted;
        lock (_gate)
        {
            _heldUntil = default;
            wanted = [.. _wanted];
        }

        Array.ForEach(wanted, Tell);
    }

    public void Clear()
    {
        lock (_gate)
        {
            _entries.Clear();
            _claims.Clear();
        }
    }

    public void Put(string key, byte[] value)
    {
        lock (_gate)
            _entries[key] = (value, _entries.TryGetValue(key, out var known) ? known.Until : clock.GetUtcNow().AddHours(1));
    }

    public async ValueTask<byte[]?> GetAsync(string key, CancellationToken cancellationToken = default)
    {
        await EnterAsync("get", cancellationToken);
        lock (_gate)
            return _entries.TryGetValue(key, out var entry) && entry.Until > clock.GetUtcNow() ? entry.Value : null;
    }

    public async ValueTask SetAsync(string key, byte[] value, TimeSpan timeToLive, CancellationToken cancellationToken = default)
    {
        await EnterAsync("set", cancellationToken);
        lock (_gate)
            _entries[key] = (value, clock.GetUtcNow() + timeToLive);
        Tell(key);
    }

    public async ValueTask RemoveAsync(string key, CancellationToken cancellationToken = default)
    {
        await EnterAsync("remove", cancellationToken);
        lock (_gate)
            _entries.Remove(key);
    }

    public async ValueTask<bool> TryClaimAsync(string key, string claim, TimeSpan timeToLive, CancellationToken cancellationToken = default)
    {
        await EnterAsync("claim", cancellationToken);
        lock (_gate)
        {
            _wanted.Add(key);
            if (clock.GetUtcNow() < _heldUntil)
                return false;
            if (_claims.TryGetValue(key, out var other) && other.Claim != claim && other.Until > clock.GetUtcNow())
                return false;
            _claims[key] = (claim, clock.GetUtcNow() + timeToLive);
            return true;
        }
    }

    public async ValueTask ReleaseClaimAsync(string key, string claim, CancellationToken cancellationToken = default)
    {
        await EnterAsync("release", cancellationToken);
        lock (_gate)
        {
            if (_claims.TryGetValue(key, out var own) && own.Claim == claim)
                _claims.Remove(key);
        }

        Tell(key);
    }

    public async ValueTask<bool> SubscribeAsync(Action<string> changed, CancellationToken cancellationToken = default)
    {
        await EnterAsync("subscribe", cancellationToken);
        if (Tells)
            _subscribers.Add(changed);
        return Tells;
    }

    private async ValueTask EnterAsync(string operation, CancellationToken cancellationToken)
    {
        Operations.Enqueue(operation);
        if (Before is { } before)
            await before(operation, cancellationToken);
    }

    private void Tell(string key)
    {
        foreach (var changed in _subscribers)
            changed(key);
    }
}
