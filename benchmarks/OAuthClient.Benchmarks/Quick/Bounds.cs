using System.Globalization;

namespace OAuthClient.Benchmarks.Quick;

/// <summary>What the library promises, and by how much a busy machine may miss it before that counts.</summary>
internal static class Bounds
{
    /// <param name="Line">The line of the figure.</param>
    /// <param name="Key">The figure.</param>
    /// <param name="Allowed">The most it may be, or the least.</param>
    /// <param name="Margin">By how much noise may change it.</param>
    /// <param name="AtLeast">True where more is better.</param>
    /// <param name="MachineKey">The figure that tells what the machine can give at all, where that may be less.</param>
    private sealed record Bound(string Line, string Key, double Allowed, double Margin, bool AtLeast = false, string? MachineKey = null);

    private static readonly Bound[] _bounds =
    [
        new("warm", "overhead_ratio", 1.5, 0.3),
        new("warm", "extra_bytes", 0, 0),
        new("shared", "overhead_ratio", 1.5, 0.3),
        new("shared", "extra_bytes", 0, 0),
        new("freshuri", "overhead_ratio", 1.9, 0.4),
        new("freshuri", "extra_bytes", 0, 0),
        new("custom", "overhead_ratio", 1.9, 0.4),
        new("custom", "extra_bytes", 0, 0),
        new("dpop", "beside_us", 3, 1.5),
        new("overrides", "overhead_ratio", 6, 1),
        new("sockets", "ratio", 1.03, 0.03),
        new("threads", "ratio", 1.6, 0.25, AtLeast: true, MachineKey: "floor_ratio"),

        // From 1,000 to 100,000 keys. Not 1: a look-up takes the same steps whatever their number, but what 100,000 tokens need is in no cache of the
        // processor, and each is asked for too seldom to be remembered. A look-up that grew with their number would show 100.
        new("scale", "flatness", 6, 1.5),
    ];

    /// <summary>One line for each bound, and whether all are kept or missed by no more than noise.</summary>
    public static bool Check(IReadOnlyCollection<Line> lines, TextWriter output)
    {
        var kept = true;
        foreach (var bound in _bounds)
        {
            foreach (var line in lines.Where(line => line.Name == bound.Line))
            {
                var found = line[bound.Key];
                var allowed = bound.MachineKey is null ? bound.Allowed : Math.Min(bound.Allowed, line[bound.MachineKey]);
                var excess = bound.AtLeast ? allowed - found : found - allowed;
                var verdict = excess <= 0 ? "kept" : excess <= bound.Margin ? "missed within the margin for noise" : "MISSED";
                var keys = line.Has("keys") ? string.Create(CultureInfo.InvariantCulture, $" ({line["keys"]:n0} keys)") : "";
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{bound.Line + keys,-24}{bound.Key,-16}{found,8:0.###}  {(bound.AtLeast ? "at least" : "at most ")} {allowed,-5:0.##} {verdict}"));
                kept &= excess <= bound.Margin;
            }
        }

        return kept;
    }
}
