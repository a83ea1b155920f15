using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Runtime.ExceptionServices;

namespace OAuthClient.Tests.Canaries;

/// <summary>
/// Looks through what a process tells about itself beside its logs: activities and measurements of every source, event sources, and
/// exceptions as they are thrown, those that are caught again too.
/// </summary>
internal sealed class TelemetrySightings : IDisposable
{
    public const string Activities = "activity";
    public const string Measurements = "measurement";
    public const string Exceptions = "exception thrown";

    private readonly Sightings _sightings;
    private readonly ActivityListener _activities;
    private readonly MeterListener _meters;
    private readonly EventSightings _events;

    public TelemetrySightings(Sightings sightings)
    {
        _sightings = sightings;
        _activities = new ActivityListener
        {
            ShouldListenTo = static _ => true,
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStarted = Inspect,
            ActivityStopped = Inspect,
        };
        ActivitySource.AddActivityListener(_activities);
        _meters = new MeterListener { InstrumentPublished = Listen };
        _meters.SetMeasurementEventCallback<byte>(Inspect);
        _meters.SetMeasurementEventCallback<short>(Inspect);
        _meters.SetMeasurementEventCallback<int>(Inspect);
        _meters.SetMeasurementEventCallback<long>(Inspect);
        _meters.SetMeasurementEventCallback<float>(Inspect);
        _meters.SetMeasurementEventCallback<double>(Inspect);
        _meters.SetMeasurementEventCallback<decimal>(Inspect);
        _meters.Start();
        _events = new EventSightings(sightings);
        AppDomain.CurrentDomain.FirstChanceException += Inspect;
    }

    /// <summary>Has those instruments measured that are only when they are asked.</summary>
    public void RecordObservableInstruments() => _meters.RecordObservableInstruments();

    public void Dispose()
    {
        AppDomain.CurrentDomain.FirstChanceException -= Inspect;
        _events.Dispose();
        _meters.Dispose();
        _activities.Dispose();
    }

    private void Inspect(Activity activity)
    {
        var what = activity.Source.Name;
        _sightings.Inspect(Activities, what, activity.OperationName);
        _sightings.Inspect(Activities, what, activity.DisplayName);
        _sightings.Inspect(Activities, what, activity.StatusDescription);
        _sightings.Inspect(Activities, what, activity.TraceStateString);
        _sightings.Inspect(Activities, $"tags of {what}", activity.TagObjects);
        _sightings.Inspect(Activities, $"baggage of {what}", activity.Baggage.Select(pair => new KeyValuePair<string, object?>(pair.Key, pair.Value)));
        foreach (var happened in activity.Events)
        {
            _sightings.Inspect(Activities, $"event of {what}", happened.Name);
            _sightings.Inspect(Activities, $"tags of event of {what}", happened.Tags);
        }
    }

    private void Listen(Instrument instrument, MeterListener listener)
    {
        _sightings.Inspect(Measurements, instrument.Meter.Name, $"{instrument.Meter.Name} {instrument.Name} {instrument.Unit} {instrument.Description}");
        _sightings.Inspect(Measurements, instrument.Meter.Name, instrument.Meter.Tags);
        _sightings.Inspect(Measurements, instrument.Meter.Name, instrument.Tags);
        listener.EnableMeasurementEvents(instrument);
    }

    private void Inspect<T>(Instrument instrument, T measurement, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state)
    {
        foreach (var tag in tags)
            _sightings.Inspect(Measurements, instrument.Name, tag);
    }

    // Stack traces hold no values, and reading them takes long.
    private void Inspect(object? sender, FirstChanceExceptionEventArgs thrown)
    {
        for (var exception = thrown.Exception; exception is not null; exception = exception.InnerException)
            _sightings.Inspect(Exceptions, exception.GetType().Name, exception.Message);
    }
}
