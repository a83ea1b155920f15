using System.Globalization;
using System.Security;
using System.Text;

namespace OAuthClient.Benchmarks.Results;

/// <summary>A picture of lines, bars and words, in colours that suit a light page and a dark one.</summary>
internal sealed class Svg(int width, int height, string title)
{
    private const string Style = """
        text{font:13px system-ui,sans-serif;fill:#1f2328}.faint{fill:#59636e;font-size:11px}.title{font-size:15px;font-weight:600}
        .page{fill:#fff}.grid{stroke:#d1d9e0;stroke-width:1}.ours{fill:#0969da;stroke:#0969da}.other{fill:#818b98;stroke:#818b98}.mark{fill:#bc4c00;stroke:#bc4c00}
        path{stroke-width:1.5}path.ours,path.other{fill:none}
        @media(prefers-color-scheme:dark){text{fill:#f0f6fc}.faint{fill:#9198a1}.page{fill:#0d1117}.grid{stroke:#3d444d}.ours{fill:#4493f8;stroke:#4493f8}.other{fill:#9198a1;stroke:#9198a1}.mark{fill:#db6d28;stroke:#db6d28}}
        """;

    private readonly StringBuilder _content = new();

    public Svg Text(double x, double y, string text, string style = "", string anchor = "start") =>
        Add($"<text x=\"{x:0.#}\" y=\"{y:0.#}\" class=\"{style}\" text-anchor=\"{anchor}\">{SecurityElement.Escape(text)}</text>");

    public Svg Bar(double x, double y, double barWidth, double barHeight, string style) =>
        Add($"<rect x=\"{x:0.#}\" y=\"{y:0.#}\" width=\"{barWidth:0.#}\" height=\"{barHeight:0.#}\" class=\"{style}\"/>");

    public Svg Line(double x1, double y1, double x2, double y2, string style = "grid") =>
        Add($"<line x1=\"{x1:0.#}\" y1=\"{y1:0.#}\" x2=\"{x2:0.#}\" y2=\"{y2:0.#}\" class=\"{style}\"/>");

    /// <summary>A line in steps: each value holds until the next point.</summary>
    public Svg Steps(IEnumerable<(double X, double Y)> points, string style)
    {
        var path = new StringBuilder();
        double? previous = null;
        foreach (var (x, y) in points)
        {
            if (previous is null)
                path.Append(CultureInfo.InvariantCulture, $"M{x:0.#} {y:0.#}");
            else if (Math.Abs(y - previous.Value) >= 0.1)
                path.Append(CultureInfo.InvariantCulture, $"H{x:0.#}V{y:0.#}");
            else
                continue;
            previous = y;
        }

        path.Append(CultureInfo.InvariantCulture, $"H{points.Last().X:0.#}");
        return Add($"<path d=\"{path}\" class=\"{style}\"/>");
    }

    public override string ToString() => $"""
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" aria-label="{SecurityElement.Escape(title)}">
        <style>{Style}</style>
        <rect width="{width}" height="{height}" class="page"/>
        <text x="16" y="26" class="title">{SecurityElement.Escape(title)}</text>
        {_content}</svg>

        """;

    private Svg Add(FormattableString element)
    {
        _content.Append(element.ToString(CultureInfo.InvariantCulture)).Append('\n');
        return this;
    }
}
