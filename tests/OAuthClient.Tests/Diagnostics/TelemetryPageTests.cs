using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace OAuthClient.Tests.Diagnostics;

/// <summary>Telemetry.md, the dashboard and the alerts beside it know what there is to be seen, and nothing else.</summary>
public sealed partial class TelemetryPageTests
{
    private static readonly string _folder = Path.Combine(ReadmeTests.Root(), "..", "src", "OAuthClient", "Diagnostics");
    private static readonly string _page = File.ReadAllText(Path.Combine(_folder, "Telemetry.md"));

    [Fact]
    public void Page_OfInstruments_NamesEachWithItsKindUnitAndNameInPrometheus() =>
        Assert.Equal(
            FindInstruments().Select(instrument => $"{instrument.Name} | {KindOf(instrument)} | {instrument.Unit} | {InPrometheus(instrument)}").Order(StringComparer.Ordinal),
            InstrumentRow().Matches(_page).Select(row => $"{row.Groups["name"]} | {row.Groups["kind"]} | {row.Groups["unit"]} | {row.Groups["prometheus"]}").Order(StringComparer.Ordinal));

    [Fact]
    public void Page_OfEachInstrument_NamesItsTags()
    {
        var seen = Measure();

        Assert.Equal(FindInstruments().Select(instrument => instrument.Name).Order(StringComparer.Ordinal), seen.Keys.Order(StringComparer.Ordinal));
        Assert.All(InstrumentRow().Matches(_page), row => Assert.Equal(
            seen[row.Groups["name"].Value].Select(tag => tag.Key).Distinct().Order(StringComparer.Ordinal), Quoted(row.Groups["tags"].Value).Order(StringComparer.Ordinal)));
    }

    /// <summary>Those that there is a choice of; names, addresses and what servers say are free.</summary>
    [Fact]
    public void Page_OfTags_NamesTheirValues()
    {
        var tags = TagRow().Matches(_page).SelectMany(row => Quoted(row.Groups["names"].Value).Select(name => (name, Values: Quoted(row.Groups["values"].Value)))).ToDictionary(row => row.name, row => row.Values);
        var seen = Measure().Values.SelectMany(measured => measured).Concat(Trace()).ToLookup(tag => tag.Key, tag => $"{tag.Value}");

        Assert.Equal(seen.Select(tag => tag.Key).Order(StringComparer.Ordinal), tags.Keys.Order(StringComparer.Ordinal));
        Assert.All(
            (string[])["oauth_client.token.state", "oauth_client.outcome", "oauth_client.token_store.outcome", "oauth_client.fetch.reason"],
            tag => Assert.Equal(seen[tag].Distinct().Order(StringComparer.Ordinal), tags[tag].Order(StringComparer.Ordinal)));
    }

    [Fact]
    public void Page_OfSpans_NamesEachWithItsTags()
    {
        var row = Assert.Single(SpanRow().Matches(_page));

        Assert.Equal("fetch_token", row.Groups["name"].Value);
        Assert.Equal(Trace().Select(tag => tag.Key).Distinct().Order(StringComparer.Ordinal), Quoted(row.Groups["tags"].Value).Order(StringComparer.Ordinal));
    }

#if NET9_0_OR_GREATER
    [Fact]
    public void Page_OfBuckets_NamesTheirBounds() =>
        Assert.All(FindInstruments().OfType<Histogram<double>>(), histogram =>
            Assert.Contains($"[{string.Join(", ", histogram.Advice!.HistogramBucketBoundaries!.Select(bound => bound.ToString(CultureInfo.InvariantCulture)))}]", _page, StringComparison.Ordinal));
#endif

    [Theory]
    [InlineData("dashboard.json")]
    [InlineData("alerts.yaml")]
    public void File_BesideThePage_KnowsNamesAndValuesThatThereAre(string file)
    {
        var queries = FindQueries(file).ToArray();
        var metrics = FindInstruments().ToDictionary(InPrometheus, SeriesOf);
        var seen = Measure().Values.SelectMany(measured => measured).ToArray();
        var labels = seen.Select(tag => InPrometheus(tag.Key)).ToHashSet();
        var values = seen.Select(tag => (InPrometheus(tag.Key), $"{tag.Value}")).ToHashSet();

        Assert.NotEmpty(queries);
        Assert.All(queries.SelectMany(query => Identifier().Matches(query)), name => Assert.True(labels.Contains(name.Value) || metrics.Values.Any(series => series.Contains(name.Value)), $"There is no {name.Value}."));
        Assert.All(queries.SelectMany(query => Selector().Matches(query)).Where(selector => selector.Groups["value"].Length > 0), selector => Assert.Contains((selector.Groups["label"].Value, selector.Groups["value"].Value), values));
    }

    [Fact]
    public void Dashboard_ShowsEachInstrument_AndEachPanelItsOwn()
    {
        using var dashboard = JsonDocument.Parse(File.ReadAllText(Path.Combine(_folder, "dashboard.json")));
        var panels = dashboard.RootElement.GetProperty("panels").EnumerateArray().ToArray();
        var queries = FindQueries("dashboard.json").ToArray();

        Assert.All(FindInstruments(), instrument => Assert.Contains(queries, query => SeriesOf(instrument).Any(series => Regex.IsMatch(query, $@"\b{series}\b"))));
        Assert.Equal(Enumerable.Range(1, panels.Length), panels.Select(panel => panel.GetProperty("id").GetInt32()));
        Assert.All(panels, panel => Assert.Equal("${datasource}", panel.GetProperty("datasource").GetProperty("uid").GetString()));
        Assert.Equal(["datasource", "client"], dashboard.RootElement.GetProperty("templating").GetProperty("list").EnumerateArray().Select(variable => variable.GetProperty("name").GetString()));
    }

    [Fact]
    public void Alerts_AreThree() =>
        Assert.Equal(["OAuthClientFailing", "OAuthClientTokenRequestsSlowOrFailing", "OAuthClientCallsRejected"], Alert().Matches(File.ReadAllText(Path.Combine(_folder, "alerts.yaml"))).Select(alert => alert.Groups[1].Value));

    private static List<Instrument> FindInstruments()
    {
        var found = new List<Instrument>();
        RuntimeHelpers.RunClassConstructor(typeof(Telemetry).TypeHandle);
        using var listener = new MeterListener { InstrumentPublished = (instrument, _) => found.AddRange(instrument.Meter.Name == "OAuthClient" ? [instrument] : []) };
        listener.Start();
        return found;
    }

    /// <summary>Every way of measuring something, as its tags by instrument.</summary>
    private static Dictionary<string, List<KeyValuePair<string, object?>>> Measure()
    {
        var client = $"measured-{Guid.NewGuid():N}";
        var (seen, own) = (new Dictionary<string, List<KeyValuePair<string, object?>>>(), Environment.CurrentManagedThreadId);
        using var listener = new MeterListener { InstrumentPublished = static (instrument, listening) => _ = instrument.Meter.Name == "OAuthClient" && Enable(instrument, listening) };
        listener.SetMeasurementEventCallback<long>((instrument, _, tags, _) => Note(instrument, tags.ToArray()));
        listener.SetMeasurementEventCallback<int>((instrument, _, tags, _) => Note(instrument, tags.ToArray()));
        listener.SetMeasurementEventCallback<double>((instrument, _, tags, _) => Note(instrument, tags.ToArray()));
        listener.Start();

        foreach (var state in (string[])[Telemetry.Fresh, Telemetry.Stale, Telemetry.Waited])
            Telemetry.NoteToken(client, state, 1);
        foreach (var error in (string?[])[null, "503"])
            Telemetry.NoteRequest(client, GrantTypes.ClientCredentials, new Uri("https://idp.example/token"), error, TimeSpan.Zero);
        foreach (var isSo in (bool[])[false, true])
        {
            Telemetry.NoteRejection(client, isSo);
            Telemetry.NoteLookup(isSo);
            Telemetry.EndFetch(null, client, isRefresh: true, isTakenOver: isSo, null, []);
        }

        Telemetry.NoteStoreFailure();
        Telemetry.EndFetch(null, client, isRefresh: true, isTakenOver: false, ("503", "down"), []);
        var watched = new object();
        Telemetry.Watch(watched, _ => [client]);
        listener.RecordObservableInstruments();
        Telemetry.Unwatch(watched);
        return seen;

        static bool Enable(Instrument instrument, MeterListener listening)
        {
            listening.EnableMeasurementEvents(instrument);
            return true;
        }

        // Other tests are measured too, on other threads or of other clients.
        void Note(Instrument instrument, KeyValuePair<string, object?>[] tags)
        {
            if (Environment.CurrentManagedThreadId != own || tags.Any(tag => tag.Key == "oauth_client.name" && !Equals(tag.Value, client)))
                return;
            if (!seen.TryGetValue(instrument.Name, out var known))
                seen[instrument.Name] = known = [];
            known.AddRange(tags);
        }
    }

    /// <summary>The tags of fetches for each reason and with each end.</summary>
    private static List<KeyValuePair<string, object?>> Trace()
    {
        using var listener = new ActivityListener { ShouldListenTo = static source => source.Name == "OAuthClient", Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData };
        ActivitySource.AddActivityListener(listener);
        var seen = new List<KeyValuePair<string, object?>>();
        foreach (var reason in Enum.GetNames<FetchReason>())
        {
            foreach (var isTakenOver in (bool[])[false, true])
            {
                foreach (var error in ((string, string)?[])[null, ("503", "down")])
                {
                    var fetch = Telemetry.StartFetch("orders", GrantTypes.ClientCredentials, SafeText.ToWords(reason), []);
                    Telemetry.EndFetch(fetch, "orders", isRefresh: false, isTakenOver, error, []);
                    seen.AddRange(fetch!.TagObjects);
                }
            }
        }

        return seen;
    }

    private static string KindOf(Instrument instrument) => instrument.GetType().Name switch
    {
        "Histogram`1" => "histogram",
        "Counter`1" => "counter",
        "ObservableUpDownCounter`1" => "up-down counter",
        var other => other,
    };

    private static string InPrometheus(string name) => name.Replace('.', '_');

    /// <summary>The name that OpenTelemetry's exporters make: with the unit, unless that is an annotation, and the kind.</summary>
    private static string InPrometheus(Instrument instrument) =>
        InPrometheus(instrument.Name) + (instrument.Unit == "s" ? "_seconds" : "") + (instrument is Counter<long> ? "_total" : "");

    private static string[] SeriesOf(Instrument instrument) =>
        KindOf(instrument) == "histogram" ? [.. new[] { "_bucket", "_sum", "_count" }.Select(part => InPrometheus(instrument) + part)] : [InPrometheus(instrument)];

    private static IEnumerable<string> FindQueries(string file)
    {
        var text = File.ReadAllText(Path.Combine(_folder, file));
        if (file.EndsWith(".yaml", StringComparison.Ordinal))
            return Expression().Matches(text).Select(expression => expression.Value).Concat(Placeholder().Matches(text).Select(placeholder => placeholder.Groups[1].Value));
        using var document = JsonDocument.Parse(text);
        return [.. FindStrings(document.RootElement)];
    }

    private static IEnumerable<string> FindStrings(JsonElement element, string name = "") => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(member => FindStrings(member.Value, member.Name)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(item => FindStrings(item)),
        JsonValueKind.String when name is "expr" or "query" or "legendFormat" => [element.GetString()!],
        _ => [],
    };

    private static string[] Quoted(string cell) => [.. Quote().Matches(cell).Select(quote => quote.Groups[1].Value)];

    [GeneratedRegex(@"^\| `(?<name>oauth_client\.[\w.]+)` \| (?<kind>[\w -]+) \| `(?<unit>[^`]+)` \| (?<tags>[^|]+) \| `(?<prometheus>\w+)` \|$", RegexOptions.Multiline)]
    private static partial Regex InstrumentRow();

    [GeneratedRegex(@"^\| (?<names>`(oauth_client|error|server)\.[^|]+) \| (?<values>[^|]+) \|$", RegexOptions.Multiline)]
    private static partial Regex TagRow();

    [GeneratedRegex(@"^\| `(?<name>\w+)` \| internal \| (?<tags>[^|]+) \|", RegexOptions.Multiline)]
    private static partial Regex SpanRow();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Quote();

    [GeneratedRegex(@"\b(oauth_client|error|server)(_\w+)?\b")]
    private static partial Regex Identifier();

    [GeneratedRegex(@"(?<label>\w+)=""(?<value>[^""]*)""")]
    private static partial Regex Selector();

    [GeneratedRegex(@"^ +expr:.*\n( {10,}.*\n)*", RegexOptions.Multiline)]
    private static partial Regex Expression();

    [GeneratedRegex(@"\$labels\.(\w+)")]
    private static partial Regex Placeholder();

    [GeneratedRegex(@"- alert: (\w+)")]
    private static partial Regex Alert();
}
