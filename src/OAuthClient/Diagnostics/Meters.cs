using System.Diagnostics.Metrics;

namespace OAuthClient.Diagnostics;

// What is counted, under the name that OpenTelemetry's AddMeter takes.
internal static class Meters
{
    private static readonly Meter _meter = new("OAuthClient");
    private static readonly Counter<long> _lookups = _meter.CreateCounter<long>("oauth_client.token_store.lookups", "{lookup}", "Tokens that were looked for in the token store.");

    public static void NoteLookup(bool isHit) => Note(isHit ? "hit" : "miss");

    public static void NoteStoreFailure() => Note("failure");

    private static void Note(string outcome)
    {
        try
        {
            _lookups.Add(1, new KeyValuePair<string, object?>("oauth_client.token_store.outcome", outcome));
        }
        catch (Exception)
        {
            // A listener that throws costs a measurement, and no token.
        }
    }
}
