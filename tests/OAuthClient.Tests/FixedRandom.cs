namespace OAuthClient.Tests;

/// <summary>Chance that always falls the same way: 0 takes off no jitter, just under 1 all of it.</summary>
internal sealed class FixedRandom(double value) : Random
{
    public const double Least = 0;
    public const double Most = 0.999_999_9;

    public double Value { get; set; } = value;

    public override double NextDouble() => Value;
}
