using System.Diagnostics.Tracing;

namespace OAuthClient.Tests.Canaries;

/// <summary>
/// What no library can keep out: the runtime's bridge from diagnostic listeners to event sources prints whole request messages. Where it
/// stops doing so, SECURITY.md may promise more and <see cref="EventSightings"/> may listen to it.
/// </summary>
[Collection(nameof(CanaryCollection))]
public sealed class BridgeTests
{
    [Fact]
    public async Task Bridge_OfDiagnosticListeners_ShowsRequestsWithTheirHeaders()
    {
        await using var stage = await Stage.StartAsync(Setup.BasicHeader);
        var shown = new Sightings();
        shown.Watch(Stage.SecretName, stage.Secret);
        using var bridge = new BridgeListener(shown);
        await stage.App.GetTokenAsync();
        shown.Watch(Stage.TokenName, stage.LastToken);

        Assert.Equal(200, await stage.CallAsync());

        Assert.Contains(shown.Seen, seen => seen.StartsWith(Stage.SecretName, StringComparison.Ordinal));
        Assert.Contains(shown.Seen, seen => seen.StartsWith(Stage.TokenName, StringComparison.Ordinal));
        stage.AssertNothingWasSeen();
    }

    private sealed class BridgeListener(Sightings shown) : EventListener
    {
        protected override void OnEventSourceCreated(EventSource eventSource)
        {
            if (eventSource.Name == EventSightings.Bridge)
                EnableEvents(eventSource, EventLevel.Verbose, EventKeywords.All);
        }

        protected override void OnEventWritten(EventWrittenEventArgs eventData) => shown.Inspect(EventSightings.Place, eventData.EventName ?? "", eventData.Payload);
    }
}
