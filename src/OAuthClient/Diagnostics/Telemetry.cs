using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace OAuthClient.Diagnostics;

// What is measured and traced, under the name that OpenTelemetry's AddMeter and AddSource take. Nothing of it holds a secret, and a listener that
// throws costs a measurement, and no token.
internal static class Telemetry
{
    public const string Fresh = "fresh";
    public const string Stale = "stale";
    public const string Waited = "waited";

    private const string Name = "OAuthClient";
    private const string Client = "oauth_client.name";
    private const string GrantType = "oauth_client.grant_type";
    private const string Outcome = "oauth_client.outcome";
    private const string ErrorType = "error.type";

    private static readonly ActivitySource _source = new(Name);
    private static readonly Meter _meter = new(Name);
    private static readonly ConditionalWeakTable<object, Func<object, IEnumerable<string>>> _watched = [];
    private static readonly Histogram<double> _requests = CreateHistogram("oauth_client.token_request.duration", "How long token requests took.", [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]);
    private static readonly Histogram<double> _lifetimes = CreateHistogram("oauth_client.token.remaining_lifetime", "How long the tokens that calls were given still lived.", [1, 5, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 86_400]);
    private static readonly Counter<long> _tokens = _meter.CreateCounter<long>("oauth_client.tokens", "{token}", "Tokens that calls were given.");
    private static readonly Counter<long> _refreshes = _meter.CreateCounter<long>("oauth_client.background_refreshes", "{refresh}", "Replacements of tokens that nobody waited for.");
    private static readonly Counter<long> _rejections = _meter.CreateCounter<long>("oauth_client.rejected_calls", "{call}", "Calls whose token an API rejected.");
    private static readonly Counter<long> _lookups = _meter.CreateCounter<long>("oauth_client.token_store.lookups", "{lookup}", "Tokens that were looked for in the token store.");

    static Telemetry() => _meter.CreateObservableUpDownCounter("oauth_client.failing", ObserveFailing, "{client}", "Clients whose last attempt to get a token failed.");

    // What each call with a fresh token asks, and no more of it where nobody listens.
    public static bool SeesTokens => _tokens.Enabled || _lifetimes.Enabled;

    public static bool SeesFetches => _source.HasListeners();

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void NoteToken(string client, string state, long left)
    {
        TagList tags = new() { { Client, client }, { "oauth_client.token.state", state } };
        Add(_tokens, tags);
        Record(_lifetimes, Math.Max(0, left) / 1_000.0, tags);
    }

    public static void NoteRequest(string client, string grantType, Uri endpoint, string? error, TimeSpan time)
    {
        TagList tags = new() { { Client, client }, { GrantType, grantType }, { "server.address", endpoint.IdnHost }, { "server.port", endpoint.Port } };
        if (error is not null)
            tags.Add(ErrorType, error);
        Record(_requests, time.TotalSeconds, tags);
    }

    public static void NoteRejection(string client, bool isResent) => Add(_rejections, new() { { Client, client }, { Outcome, isResent ? "resent" : "returned" } });

    public static void NoteLookup(bool isHit) => Add(_lookups, new() { { "oauth_client.token_store.outcome", isHit ? "hit" : "miss" } });

    public static void NoteStoreFailure() => Add(_lookups, new() { { "oauth_client.token_store.outcome", "failure" } });

    // Has the clients counted that owner tells of, for as long as it lives.
    public static void Watch<T>(T owner, Func<T, IEnumerable<string>> findFailing)
        where T : class => _watched.AddOrUpdate(owner, known => findFailing((T)known));

    public static void Unwatch(object owner) => _watched.Remove(owner);

    // callers: Those who are known so far to wait for it.
    public static Activity? StartFetch(string client, string grantType, string reason, IEnumerable<ActivityContext> callers)
    {
        try
        {
            TagList tags = new() { { Client, client }, { GrantType, grantType }, { "oauth_client.fetch.reason", reason } };
            return _source.StartActivity(ActivityKind.Internal, default, tags, callers.Select(static caller => new ActivityLink(caller)), default, "fetch_token");
        }
        catch (Exception)
        {
            return null;
        }
    }

    // isRefresh: True where nobody waited for it.
    // error: Why there is no token, by its type and in a sentence.
    public static void EndFetch(Activity? activity, string client, bool isRefresh, bool isTakenOver, (string Type, string Text)? error, IEnumerable<ActivityContext> since)
    {
        var outcome = error is not null ? "failed" : isTakenOver ? "taken_over" : "fetched";
        if (isRefresh)
            Add(_refreshes, new() { { Client, client }, { Outcome, outcome } });
        if (activity is null)
            return;
        try
        {
#if NET9_0_OR_GREATER
            foreach (var caller in since)
                activity.AddLink(new ActivityLink(caller));
#endif
            activity.SetTag(Outcome, outcome);
            if (error is var (type, text))
                activity.SetTag(ErrorType, type).SetStatus(ActivityStatusCode.Error, text);
            activity.Dispose();
        }
        catch (Exception)
        {
            // A listener's.
        }
    }

    private static IEnumerable<Measurement<int>> ObserveFailing() => [.. _watched.SelectMany(pair => pair.Value(pair.Key)).Select(client => new Measurement<int>(1, new KeyValuePair<string, object?>(Client, client)))];

    private static void Add(Counter<long> counter, in TagList tags)
    {
        try
        {
            counter.Add(1, tags);
        }
        catch (Exception)
        {
            // A listener's.
        }
    }

    private static void Record(Histogram<double> histogram, double value, in TagList tags)
    {
        try
        {
            histogram.Record(value, tags);
        }
        catch (Exception)
        {
            // A listener's.
        }
    }

    // bounds: What suits its values better than the bounds that a listener would take, which are meant for milliseconds.
    private static Histogram<double> CreateHistogram(string name, string description, double[] bounds) =>
#if NET9_0_OR_GREATER
        _meter.CreateHistogram(name, "s", description, null, new InstrumentAdvice<double> { HistogramBucketBoundaries = bounds });
#else
        _meter.CreateHistogram<double>(name, "s", description);
#endif
}
