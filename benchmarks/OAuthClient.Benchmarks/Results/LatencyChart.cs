using System.Globalization;

namespace OAuthClient.Benchmarks.Results;

/// <summary>The latency of calls over time, a panel for each client, with its token requests marked.</summary>
internal static class LatencyChart
{
    private const int Width = 760;
    private const int Left = 56;
    private const int Right = 16;
    private const int Top = 62;
    private const int PanelHeight = 84;
    private const int PanelPitch = 124;
    private const int MaxMilliseconds = 75;
    private static readonly TimeSpan _step = TimeSpan.FromMilliseconds(20);

    public static string Draw(IReadOnlyList<ExpiryTrace> traces)
    {
        var bottom = Top + (traces.Count * PanelPitch) - (PanelPitch - PanelHeight);
        var svg = new Svg(Width, bottom + 42, "How long calls take while tokens expire, in ms");
        for (var i = 0; i < traces.Count; i++)
            DrawPanel(svg, traces[i], Top + (i * PanelPitch));
        for (var second = 0; second <= ExpiryRun.Duration.TotalSeconds; second++)
            svg.Text(GetX(TimeSpan.FromSeconds(second)), bottom + 16, string.Create(CultureInfo.InvariantCulture, $"{second} s"), "faint", "middle");
        return svg.Text(Left, bottom + 34, string.Create(CultureInfo.InvariantCulture, $"A call every 10 ms; the longest of each 20 ms is drawn. Tokens live {ExpiryRun.Lifetime.TotalSeconds} s, the token endpoint takes {ExpiryRun.TokenLatency.TotalMilliseconds} ms. ▲ token request"), "faint").ToString();
    }

    private static void DrawPanel(Svg svg, ExpiryTrace trace, double top)
    {
        var longest = trace.Calls.Max(call => call.Latency.TotalMilliseconds);
        svg.Text(Left, top - 8, string.Create(CultureInfo.InvariantCulture, $"{trace.Label} (longest call {longest:f0} ms)"));
        for (var milliseconds = 0; milliseconds <= MaxMilliseconds; milliseconds += 25)
        {
            svg.Line(Left, GetY(top, milliseconds), Width - Right, GetY(top, milliseconds));
            svg.Text(Left - 6, GetY(top, milliseconds) + 4, milliseconds.ToString(CultureInfo.InvariantCulture), "faint", "end");
        }

        foreach (var request in trace.TokenRequests)
            svg.Text(GetX(request), top + PanelHeight + 12, "▲", "mark", "middle");
        svg.Steps(
            trace.Calls.GroupBy(call => call.At.Ticks / _step.Ticks).OrderBy(group => group.Key)
                .Select(group => (GetX(_step * group.Key), GetY(top, group.Max(call => call.Latency.TotalMilliseconds)))).ToList(),
            trace.IsOurs ? "ours" : "other");
    }

    private static double GetX(TimeSpan at) => Left + ((Width - Left - Right) * Math.Min(1, at / ExpiryRun.Duration));

    private static double GetY(double top, double milliseconds) => top + (PanelHeight * (1 - (Math.Min(milliseconds, MaxMilliseconds) / MaxMilliseconds)));
}
