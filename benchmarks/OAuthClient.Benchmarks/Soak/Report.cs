namespace OAuthClient.Benchmarks.Soak;

/// <summary>What one run has to show: a line of figures, and the bounds that they must keep.</summary>
internal sealed class Report(string name)
{
    private readonly List<string> _figures = [];
    private readonly List<string> _kept = [];
    private readonly List<string> _broken = [];

    public bool Passed => _broken.Count == 0;

    public Report Figure(string figure)
    {
        _figures.Add(figure);
        return this;
    }

    public Report Require(bool holds, string bound)
    {
        (holds ? _kept : _broken).Add(bound);
        return this;
    }

    public override string ToString() => _broken.Count > 0
        ? $"{name,-20} FAIL  {string.Join(", ", _figures)}  [broken: {string.Join("; ", _broken)}]"
        : $"{name,-20} {(_kept.Count > 0 ? "PASS" : "info")}  {string.Join(", ", _figures)}  [{string.Join("; ", _kept)}]";
}
