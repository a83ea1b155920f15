using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using OAuthClient.Tests.Store;

namespace OAuthClient.Tests.Diagnostics;

public sealed class TelemetryTests
{
    [Fact]
    public void Listener_ThatThrows_CostsAMeasurementAlone()
    {
        using var listener = new MeterListener();
        var own = Environment.CurrentManagedThreadId;
        listener.InstrumentPublished = static (instrument, listening) =>
        {
            if (instrument.Meter.Name == "OAuthClient")
                listening.EnableMeasurementEvents(instrument);
        };
        var wasAsked = false;
        listener.SetMeasurementEventCallback<long>((_, _, _, _) =>
        {
            if (Environment.CurrentManagedThreadId != own)
                return;
            wasAsked = true;
            throw new InvalidOperationException();
        });
        listener.Start();

        Telemetry.NoteLookup(isHit: true);

        Assert.True(wasAsked);
    }

    [Fact]
    public async Task Lookups_AreCountedByHowTheyEndAndByNothingElse()
    {
        var seen = new ConcurrentQueue<(long Value, KeyValuePair<string, object?>[] Tags)>();
        var own = Environment.CurrentManagedThreadId;
        using var listener = new MeterListener();
        listener.InstrumentPublished = static (instrument, listening) =>
        {
            if (instrument is { Name: "oauth_client.token_store.lookups", Unit: "{lookup}", Meter.Name: "OAuthClient" })
                listening.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((_, value, tags, _) =>
        {
            // Other tests are counted too.
            if (Environment.CurrentManagedThreadId == own)
                seen.Enqueue((value, tags.ToArray()));
        });
        listener.Start();

        Telemetry.NoteLookup(isHit: true);
        Telemetry.NoteLookup(isHit: false);
        var stage = new StoreStage();
        stage.Memory.Before = static (_, _) => throw new InvalidOperationException("redis:6379,password=secret");
        var reading = stage.Create().ReadTextsAsync(StoreStage.Id);

        Assert.True(reading.IsCompletedSuccessfully);
        Assert.Empty(await reading);
        Assert.Equal(["hit", "miss", "failure"], seen.Select(measured => Assert.Single(measured.Tags).Value));
        Assert.All(seen, measured => Assert.Equal((1, "oauth_client.token_store.outcome"), (measured.Value, measured.Tags[0].Key)));
    }
}
