using System.Globalization;
using OAuthClient.Benchmarks.Results;

namespace OAuthClient.Benchmarks.Fleets;

/// <summary>One line of a picture: a value for each stretch of time.</summary>
internal sealed record FleetLine(string Label, IReadOnlyList<int> Values, bool IsOurs);

/// <summary>How often fleets ask over time, a panel for each, on a logarithmic axis: with and without a store are a thousand apart.</summary>
internal sealed class FleetChart(string title, string note, TimeSpan stretch, int most, Func<int, string?> nameTick)
{
    private const int Width = 760;
    private const int Left = 56;
    private const int Right = 16;
    private const int Top = 62;
    private const int PanelHeight = 72;
    private const int PanelPitch = 108;

    public TimeSpan Stretch => stretch;

    public string Draw(IReadOnlyList<FleetLine> lines)
    {
        var bottom = Top + (lines.Count * PanelPitch) - (PanelPitch - PanelHeight);
        var svg = new Svg(Width, bottom + 42, title);
        for (var i = 0; i < lines.Count; i++)
            DrawPanel(svg, lines[i], Top + (i * PanelPitch));
        var count = lines.Max(line => line.Values.Count);
        for (var i = 0; i <= count; i++)
        {
            if (nameTick(i) is { } name)
                svg.Text(GetX(i, count), bottom + 16, name, "faint", "middle");
        }

        return svg.Text(Left, bottom + 34, note, "faint").ToString();
    }

    private void DrawPanel(Svg svg, FleetLine line, double top)
    {
        svg.Text(Left, top - 8, string.Create(CultureInfo.InvariantCulture, $"{line.Label} ({line.Values.Max():n0} at most)"));
        for (var tick = 1; tick <= most; tick *= 10)
        {
            svg.Line(Left, GetY(top, tick), Width - Right, GetY(top, tick));
            svg.Text(Left - 6, GetY(top, tick) + 4, tick.ToString("n0", CultureInfo.InvariantCulture), "faint", "end");
        }

        svg.Line(Left, top + PanelHeight, Width - Right, top + PanelHeight);
        svg.Steps([.. line.Values.Append(line.Values[^1]).Select((value, i) => (GetX(i, line.Values.Count), GetY(top, value)))], line.IsOurs ? "ours" : "other");
    }

    private static double GetX(int index, int count) => Left + ((Width - Left - Right) * (double)index / count);

    // None is the bottom, and one is a little above it.
    private double GetY(double top, int value) => top + (PanelHeight * (1 - (value == 0 ? 0 : (0.15 + (0.85 * Math.Log10(Math.Min(value, most)) / Math.Log10(most))))));
}
