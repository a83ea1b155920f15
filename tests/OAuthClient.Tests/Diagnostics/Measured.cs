using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace OAuthClient.Tests.Diagnostics;

/// <summary>What is measured of one client, as text, or where it is null of none: other tests are measured too.</summary>
internal sealed class Measured : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentQueue<string> _seen = new();
    private readonly string? _client;

    public Measured(string? client)
    {
        _client = client;
        _listener.InstrumentPublished = static (instrument, listener) =>
        {
            if (instrument.Meter.Name == "OAuthClient")
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Note(instrument, $"{value}", tags));
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Note(instrument, $"{value}", tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Note(instrument, FormattableString.Invariant($"{value}"), tags));
        _listener.Start();
    }

    /// <summary>What has come since it was last asked, with what is observed now.</summary>
    public string[] Take()
    {
        _listener.RecordObservableInstruments();
        var seen = new List<string>();
        while (_seen.TryDequeue(out var measured))
            seen.Add(measured);
        return [.. seen];
    }

    public void Dispose() => _listener.Dispose();

    private void Note(Instrument instrument, string value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var all = tags.ToArray();
        if (Equals(all.FirstOrDefault(tag => tag.Key == "oauth_client.name").Value, _client))
            _seen.Enqueue($"{instrument.Name} {value} {instrument.Unit}: {string.Join(", ", all.Where(tag => tag.Key is not ("oauth_client.name" or "server.port")).Select(tag => $"{tag.Key}={tag.Value}"))}");
    }
}
