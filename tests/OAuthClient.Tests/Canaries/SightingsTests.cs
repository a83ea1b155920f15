using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Diagnostics.Tracing;
using System.Net;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace OAuthClient.Tests.Canaries;

/// <summary>That nothing was seen proves something only where each listener would have seen it.</summary>
[Collection(nameof(CanaryCollection))]
public sealed class SightingsTests : IDisposable
{
    private readonly Sightings _sightings = new();
    private readonly TelemetrySightings _telemetry;
    private readonly string _secret;

    public SightingsTests()
    {
        _secret = _sightings.Watch("secret", Canary.NextAwkward());
        _telemetry = new TelemetrySightings(_sightings);
    }

    public static TheoryData<string> Encodings => [.. _encodings.Keys];

    private static readonly Dictionary<string, Func<string, string>> _encodings = new()
    {
        ["as it is"] = text => text,
        ["with %20"] = Uri.EscapeDataString,
        ["with a plus"] = WebUtility.UrlEncode,
        ["in lower case"] = text => Uri.EscapeDataString(text).ToLowerInvariant(),
        ["HTML"] = WebUtility.HtmlEncode,
        ["JSON"] = text => JsonSerializer.Serialize(text),
        ["JSON in JSON"] = text => JsonSerializer.Serialize(JsonSerializer.Serialize(text)),
        ["JSON, relaxed"] = JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode,
        ["base64"] = text => Convert.ToBase64String(Encoding.UTF8.GetBytes(text)),
        ["base64 with one byte before"] = text => Convert.ToBase64String(Encoding.UTF8.GetBytes("x" + text)),
        ["base64 with two bytes before"] = text => Convert.ToBase64String(Encoding.UTF8.GetBytes("xy" + text)),
        ["base64 of id and secret"] = text => Convert.ToBase64String(Encoding.UTF8.GetBytes("test-client:" + text)),
        ["base64 of id and encoded secret"] = text => Convert.ToBase64String(Encoding.UTF8.GetBytes("test-client:" + WebUtility.UrlEncode(text))),
        ["its end"] = text => text[^20..],
        ["its start"] = text => text[..20],
    };

    [Theory]
    [MemberData(nameof(Encodings))]
    public void Canary_InEachEncoding_IsFound(string encoding)
    {
        Assert.Equal(["secret"], _sightings.Find($"<a href='{_encodings[encoding](_secret)}'>"));
        Assert.Empty(_sightings.Find(_encodings[encoding](Canary.NextAwkward())));
    }

    [Fact]
    public void Canary_LikeATokensSegments_IsFoundByEachOfThem()
    {
        var token = string.Join('.', Enumerable.Range(0, 3).Select(_ => Convert.ToBase64String(Guid.NewGuid().ToByteArray()).TrimEnd('=').Replace('+', '-').Replace('/', '_')));
        _sightings.Watch("token", token);

        Assert.All(token.Split('.'), segment => Assert.Equal(["token"], _sightings.Find($"Bearer x.{segment}")));
        Assert.Equal(["token"], _sightings.Find(token[..30] + "…"));
    }

    [Fact]
    public void Log_MessageStateScopeAndException_AreSeen()
    {
        using var factory = LoggerFactory.Create(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(new LogSightings(_sightings)));
        var logger = factory.CreateLogger("any");
        var pairs = new Dictionary<string, object?> { ["key"] = _secret };
        var headers = new Dictionary<string, object?> { ["Header"] = new[] { "*", _secret } };
        var exception = new InvalidOperationException("outer", new IOException(_secret));

        AssertSeen(LogSightings.Place, () => logger.Log(LogLevel.Trace, 1, "harmless", null, (_, _) => $"with {_secret}"));
        AssertSeen(LogSightings.Place, () => logger.Log(LogLevel.Trace, 1, pairs, null, (_, _) => ""));
        AssertSeen(LogSightings.Place, () => logger.Log(LogLevel.Trace, 1, headers, null, (_, _) => ""));
        AssertSeen(LogSightings.Place, () => logger.Log(LogLevel.Trace, 1, "harmless", exception, (_, _) => ""));
        AssertSeen(LogSightings.Place, () => logger.BeginScope(new Dictionary<string, object> { ["key"] = _secret })?.Dispose());
    }

    [Fact]
    public void Activity_NameTagsEventsAndBaggage_AreSeen()
    {
        using var source = new ActivitySource("Canaries");

        AssertSeen(TelemetrySightings.Activities, () => source.StartActivity(_secret)!.Dispose());
        AssertSeen(TelemetrySightings.Activities, () => source.StartActivity("any")!.SetTag("key", _secret).Dispose());
        AssertSeen(TelemetrySightings.Activities, () => source.StartActivity("any")!.AddBaggage("key", _secret).Dispose());
        AssertSeen(TelemetrySightings.Activities, () => source.StartActivity("any")!.SetStatus(ActivityStatusCode.Error, _secret).Dispose());
        AssertSeen(TelemetrySightings.Activities, () => source.StartActivity("any")!.AddEvent(new ActivityEvent("any", tags: new() { ["key"] = _secret })).Dispose());
    }

    [Fact]
    public void Meter_NamesAndTags_AreSeen()
    {
        using var meter = new Meter("Canaries");
        var counter = meter.CreateCounter<long>("any");
        meter.CreateObservableGauge("observed", () => new Measurement<double>(1, new KeyValuePair<string, object?>("key", _secret)));

        AssertSeen(TelemetrySightings.Measurements, () => counter.Add(1, new KeyValuePair<string, object?>("key", _secret)));
        AssertSeen(TelemetrySightings.Measurements, () => meter.CreateHistogram<int>("described", description: _secret));
        AssertSeen(TelemetrySightings.Measurements, _telemetry.RecordObservableInstruments);
    }

    [Fact]
    public void EventSource_Payload_IsSeen()
    {
        using var source = new EventSource("Canaries");

        AssertSeen(EventSightings.Place, () => source.Write("Any", new EventSourceOptions { Level = EventLevel.Verbose }, new { Text = $"with {_secret}" }));
    }

    [Fact]
    public void Exception_ThrownAndCaught_IsSeen() => AssertSeen(TelemetrySightings.Exceptions, () => Assert.Throws<InvalidOperationException>(() => Throw()));

    [Fact]
    public void Exception_MessageInnerDataAndProperties_AreSeen()
    {
        AssertSeen("any", () => _sightings.Inspect("any", "", new InvalidOperationException(_secret)));
        AssertSeen("any", () => _sightings.Inspect("any", "", new AggregateException(new IOException(_secret), new IOException())));
        AssertSeen("any", () => _sightings.Inspect("any", "", new InvalidOperationException { Data = { ["key"] = _secret } }));
        AssertSeen("any", () => _sightings.Inspect("any", "", new OAuth2TokenException("orders", "harmless") { ErrorDescription = _secret }));
    }

    [Fact]
    public async Task Objects_OfTheLibrary_AreReachedAndShowThemselves()
    {
        await using var app = await TestApp.StartAsync();
        await app.GetTokenAsync();

        Assert.True(ObjectWalk.Inspect(_sightings, app.Services) > 30);
        Assert.Empty(_sightings.Seen);
        AssertSeen("ToString or debugger", () => ObjectWalk.Inspect(_sightings, new List<object> { new Dictionary<string, Origin> { ["any"] = new(new Uri($"https://{_secret[..24]}.example")) } }));
        AssertSeen("ToString or debugger", () => ObjectWalk.Inspect(_sightings, Task.FromResult(new OAuth2ClientOptions { ClientId = _secret })));
    }

    [Theory]
    [InlineData("X-Other", "")]
    [InlineData("", "?key=")]
    public async Task Wire_SecretWhereItDoesNotBelong_IsFound(string header, string query)
    {
        await using var stage = await Stage.StartAsync(Setup.BasicHeader);
        using var http = new HttpClient();
        foreach (var address in new[] { stage.Server.ApiBaseAddress, stage.Foreign.ApiBaseAddress, stage.Server.TokenEndpoint })
        {
            stage.Server.ResetCounters();
            stage.Foreign.ResetCounters();
            using var request = new HttpRequestMessage(address == stage.Server.TokenEndpoint ? HttpMethod.Post : HttpMethod.Get, new Uri(address, query.Length > 0 ? $"{query}{stage.ApiKey}" : ""));
            if (header.Length > 0)
                request.Headers.Add(header, stage.ApiKey);
            (await http.SendAsync(request)).Dispose();

            Assert.ThrowsAny<Xunit.Sdk.XunitException>(stage.AssertNothingWasSeen);
        }
    }

    public void Dispose() => _telemetry.Dispose();

    private void AssertSeen(string place, Action act)
    {
        var before = _sightings.Seen.Count(IsThere);
        act();
        Assert.True(_sightings.Seen.Count(IsThere) > before, $"Nothing was seen in {place}.");

        bool IsThere(string seen) => seen.StartsWith($"secret in {place}", StringComparison.Ordinal);
    }

    private void Throw() => throw new InvalidOperationException(_secret);
}
