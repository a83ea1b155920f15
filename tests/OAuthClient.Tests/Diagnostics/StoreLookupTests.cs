using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace OAuthClient.Tests.Diagnostics;

[CollectionDefinition(nameof(StoreLookupTests), DisableParallelization = true)]
public sealed class StoreLookupTestsAlone;

/// <summary>How often a store is of use. It is told for all clients together, so no other test may run meanwhile.</summary>
[Collection(nameof(StoreLookupTests))]
public sealed class StoreLookupTests
{
    [Fact]
    public async Task Meter_TellsOfTokensThatWereInTheStore_ThatWereNot_AndOfAStoreThatFails()
    {
        var outcomes = new ConcurrentQueue<string>();
        using var listener = new MeterListener
        {
            InstrumentPublished = static (instrument, listener) =>
            {
                if (instrument is { Meter.Name: "OAuthClient", Name: "oauth_client.token_store.lookups" })
                    listener.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((_, value, tags, _) => outcomes.Enqueue($"{value} {string.Join(' ', tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}"))}"));
        listener.Start();
        await using var fleet = await SharingApp.StartAsync();
        await using var other = fleet.Another();

        await fleet.GetTokenAsync();
        Assert.All(Take(), outcome => Assert.Equal("1 oauth_client.token_store.outcome=miss", outcome));

        await other.GetTokenAsync();
        Assert.Equal(["1 oauth_client.token_store.outcome=hit"], Take());

        fleet.Store.Before = (_, _) => throw new InvalidOperationException();
        await fleet.App.ForceTokenAsync();
        Assert.Contains("1 oauth_client.token_store.outcome=failure", Take());

        string[] Take()
        {
            string[] taken = [.. outcomes];
            outcomes.Clear();
            Assert.NotEmpty(taken);
            return taken;
        }
    }
}
