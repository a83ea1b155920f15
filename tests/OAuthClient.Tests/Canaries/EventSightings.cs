using System.Diagnostics.Tracing;

namespace OAuthClient.Tests.Canaries;

/// <summary>Looks through the events of every event source, at the most talkative level.</summary>
internal sealed class EventSightings(Sightings sightings) : EventListener
{
    public const string Place = "event source";

    /// <summary>The internal diagnostics of .NET, which print headers and bodies by design.</summary>
    public const string InternalDiagnostics = "Private.InternalDiagnostics.";

    /// <summary>The bridge that writes the payloads of diagnostic listeners as events: of System.Net.Http's, request messages with all of their headers.</summary>
    public const string Bridge = "Microsoft-Diagnostics-DiagnosticSource";

    protected override void OnEventSourceCreated(EventSource eventSource)
    {
        if (IsInScope(eventSource.Name))
            EnableEvents(eventSource, EventLevel.Verbose, EventKeywords.All);
    }

    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        var what = $"{eventData.EventSource.Name}/{eventData.EventName}";
        sightings.Inspect(Place, what, eventData.Message);
        sightings.Inspect(Place, what, eventData.Payload);
    }

    // BridgeTests and SECURITY.md tell of the first two. The runtime's own source tells of collections, methods and exceptions, the last of
    // which are listened to where they are thrown.
    private static bool IsInScope(string name) =>
        !name.StartsWith(InternalDiagnostics, StringComparison.Ordinal)
        && name is not (Bridge or "Microsoft-Windows-DotNETRuntime");
}
