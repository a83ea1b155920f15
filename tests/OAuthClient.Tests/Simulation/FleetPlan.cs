namespace OAuthClient.Tests.Simulation;

/// <summary>A time in which something is out of order, counted from the fleet's start.</summary>
internal readonly record struct FleetOutage(TimeSpan From, TimeSpan Length)
{
    public bool Includes(TimeSpan at) => at >= From && at < From + Length;
}

/// <summary>How many instances of a program run for how long, and what befalls them.</summary>
internal sealed record FleetPlan(int Instances, TimeSpan Duration)
{
    public const int TokenLifetimeSeconds = 900;

    public int LifetimeSeconds { get; init; } = TokenLifetimeSeconds;

    /// <summary>How often each instance calls its API, one call at a time.</summary>
    public TimeSpan CallEvery { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Each instance starts at some time of this.</summary>
    public TimeSpan StartsWithin { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How far the clocks of the instances may be off, to either side.</summary>
    public TimeSpan Skew { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long a token request is under way, there and back.</summary>
    public TimeSpan TokenLatency { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>False for instances that know nothing of each other.</summary>
    public bool HasStore { get; init; } = true;

    /// <summary>False for a store that tells nobody of changes.</summary>
    public bool StoreTells { get; init; } = true;

    /// <summary>How long each operation of the store takes, and the news of a change; zero: none at all.</summary>
    public TimeSpan StoreLatency { get; init; }

    public FleetOutage StoreOutage { get; init; }

    /// <summary>True for a store that gives no answer in its outage, in place of a failure.</summary>
    public bool StoreHangs { get; init; }

    public FleetOutage ServerOutage { get; init; }

    /// <summary>True for a server where each token revokes the one before.</summary>
    public bool RevokesPrevious { get; init; }

    /// <summary>How many token requests the server takes in a minute; null: any number. What is more gets 429 and is told when the next minute begins.</summary>
    public int? RequestsPerMinute { get; init; }

    /// <summary>Ends the simulation once each instance has made a call.</summary>
    public bool EndsWhenAllAreServed { get; init; }

    /// <summary>At which of all steps of all fetches the process that takes it dies: store operations and token requests, each once before and once after it has had its effect.</summary>
    public int? DeathAtStep { get; init; }

    public int Seed { get; init; } = 7;
}
