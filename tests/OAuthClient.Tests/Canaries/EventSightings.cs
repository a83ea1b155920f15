using System.Diagnostics.Tracing;

namespace OAuthClient.Tests.Canaries;

/// <summary>Looks through the events of every event source, at the most talkative level.</summary>
internal sealed class EventSightings(Sightings sightings) : EventListener
{
    public const string Place = "event source";

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

    // The internal diagnostics of .NET print headers and bodies by design, and so does a bridge that prints the request messages of
    // diagnostic listeners. The runtime's own source tells of collections, methods and exceptions, the last of which are listened to
    // where they are thrown.
    private static bool IsInScope(string name) =>
        !name.StartsWith("Private.InternalDiagnostics.", StringComparison.Ordinal)
        && name is not ("Microsoft-Diagnostics-DiagnosticSource" or "Microsoft-Windows-DotNETRuntime");
}
