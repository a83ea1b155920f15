using System.Globalization;
using OAuthClient.Benchmarks.Quick;

namespace OAuthClient.Benchmarks.Results;

/// <summary>What each handler adds to a call, as bars. The axis is logarithmic: MSAL would leave no room for the others.</summary>
internal static class CostChart
{
    private const int Width = 760;
    private const int LabelWidth = 300;
    private const int Top = 44;
    private const int RowHeight = 26;

    private static readonly (string Line, string Label)[] _rows =
    [
        ("warm", "OAuthClient"),
        ("freshuri", "OAuthClient, a new Uri each call"),
        ("custom", "OAuthClient, custom header"),
        ("apikey", "OAuthClient, token and API key"),
        ("overrides keys=10000", "OAuthClient, one of 10,000 scopes by call"),
        ("azure", "Azure.Core bearer policy"),
        ("memorycache", "hand-rolled, IMemoryCache"),
        ("semaphore", "hand-rolled, SemaphoreSlim"),
        ("msal", "MSAL.NET"),
    ];

    public static string Draw(IReadOnlyList<Line> lines)
    {
        var bars = _rows.Select(row => (row.Label, Line: lines.First(line => line.Id == row.Line)))
            .Select(row => (row.Label, Added: row.Line["ours_ns"] - row.Line["bare_ns"], IsOurs: row.Label.StartsWith("OAuthClient", StringComparison.Ordinal)))
            .Prepend(("floor: one preallocated header", lines.First(line => line.Name == "warm") is var warm ? warm["floor_ns"] - warm["bare_ns"] : 0, false))
            .ToList();
        var bottom = Top + (bars.Count * RowHeight);
        var svg = new Svg(Width, bottom + 40, "What a handler adds to a call with a fresh token, in ns");
        for (var tick = 10; tick <= 10_000; tick *= 10)
        {
            svg.Line(GetX(tick), Top, GetX(tick), bottom);
            svg.Text(GetX(tick), bottom + 16, tick.ToString("n0", CultureInfo.InvariantCulture), "faint", "middle");
        }

        for (var i = 0; i < bars.Count; i++)
        {
            var (label, added, isOurs) = bars[i];
            var y = Top + (i * RowHeight);
            svg.Text(LabelWidth - 8, y + 18, label, anchor: "end");
            svg.Bar(LabelWidth, y + 5, GetX(added) - LabelWidth, RowHeight - 9, isOurs ? "ours" : "other");
            svg.Text(GetX(added) + 6, y + 18, added.ToString("n0", CultureInfo.InvariantCulture));
        }

        return svg.Text(LabelWidth, bottom + 33, "logarithmic; median of interleaved rounds, a call without any handler subtracted", "faint").ToString();
    }

    // From 5 ns to 20,000 ns, with room for a label.
    private static double GetX(double nanoseconds) => LabelWidth + ((Width - LabelWidth - 60) * Math.Log10(Math.Clamp(nanoseconds, 5, 20_000) / 5) / Math.Log10(20_000 / 5));
}
