using System.Globalization;

namespace OAuthClient.Benchmarks.Quick;

/// <summary>What one question found, for programs to read: a name and figures by name.</summary>
internal sealed class Line(string name)
{
    private readonly List<(string Key, double Value, int Decimals)> _figures = [];

    public string Name => name;

    /// <summary>The name, and the number of keys where the same question is asked for several.</summary>
    public string Id => Has("keys") ? string.Create(CultureInfo.InvariantCulture, $"{name} keys={this["keys"]}") : name;

    public double this[string key] => _figures.Find(figure => figure.Key == key) is { Key: not null } found
        ? found.Value
        : throw new ArgumentException($"'{name}' has no figure '{key}'.", nameof(key));

    public bool Has(string key) => _figures.Exists(figure => figure.Key == key);

    public Line Add(string key, double value, int decimals = 0)
    {
        _figures.Add((key, value, decimals));
        return this;
    }

    /// <summary>What a call costs beside the floor, and beside no handler at all.</summary>
    public static Line OfCalls(string name, Cost ours, Cost floor, Cost bare) => new Line(name)
        .Add("ours_ns", ours.Nanoseconds, 1)
        .Add("floor_ns", floor.Nanoseconds, 1)
        .Add("bare_ns", bare.Nanoseconds, 1)
        .Add("overhead_ratio", (ours.Nanoseconds - bare.Nanoseconds) / (floor.Nanoseconds - bare.Nanoseconds), 2)
        .Add("extra_bytes", Math.Round(ours.Bytes - floor.Bytes));

    public override string ToString() => string.Join(' ', _figures.Select(figure =>
        $"{figure.Key}={figure.Value.ToString("f" + figure.Decimals, CultureInfo.InvariantCulture)}").Prepend(name));
}
