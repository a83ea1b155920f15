using System.Globalization;

namespace OAuthClient.Http;

// Tells whoever has made a call what the gateway says in its answer.
internal static class GatewayAnswer
{
    public const int MaxLength = 64 * 1024;
    public static readonly TimeSpan MaxRetryAfter = TimeSpan.FromDays(1);

    private static readonly HttpRequestOptionsKey<OAuth2Client> _client = new("OAuthClient.Client");

    // API Manager writes the first; the others are what else an instant may look like.
    private static readonly string[] _instants = ["yyyy-MMM-dd HH:mm:sszzz' UTC'", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "ddd, dd MMM yyyy HH:mm:ss 'GMT'"];

    // Leaves with an error whose call it was: what the gateway says is read, if at all, by the caller, whose stream it is.
    public static void Note(HttpResponseMessage response, HttpRequestMessage request, OAuth2Client client) => (response.RequestMessage ??= request).Options.Set(_client, client);

    public static async ValueTask<GatewayError?> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var (client, timeProvider) = FindClient(response);
        if ((int)response.StatusCode < 400 || await GatewayFault.ReadAsync(response, MaxLength, timeProvider, async: true, cancellationToken).ConfigureAwait(false) is not { IsOfGateway: true } fault)
            return null;

        var secrets = SentCredentials.Find(response.RequestMessage, client?.State.Settings);
        var code = fault.Code is { } named && (GatewayCodes.IsKnown(named) || SafeText.Redact(named, secrets) == named) ? named : null;
        var explanation = Explain(response, code, client);
        var error = new GatewayError
        {
            StatusCode = response.StatusCode,
            Code = code,
            Message = SafeText.Redact(fault.Message, secrets),
            Description = SafeText.Redact(fault.Description, secrets),
            Meaning = explanation.Meaning,
            Remedy = explanation.Remedy,
            TokenVerdict = explanation.Verdict,
            RetryAfter = ReadRetryAfter(response, fault.NextAccessTime, timeProvider.GetUtcNow()),
        };

        // A rejection that no token cures has been told of when the call was not sent again.
        var isKnown = client is null || (client.State.Settings.IsRejection(response.StatusCode) && GatewayCodes.FindObstacle(code) is not null);
        if (!isKnown && client!.IsFirst($"{(int)error.StatusCode} {error.Code}"))
            Log.GatewayErrorRead(client.Engine.Logger, client.State.Settings.Name, response.RequestMessage!.RequestUri is { IsAbsoluteUri: true } address ? new Origin(address).Text : "(no address)", (int)error.StatusCode, error.Code ?? "(none)", error.Meaning, error.Remedy);
        return error;
    }

    public static async ValueTask<HttpResponseMessage> EnsureSuccessAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (response.IsSuccessStatusCode)
            return response;
        var error = await ReadAsync(response, cancellationToken).ConfigureAwait(false);
        var (request, client) = (response.RequestMessage, FindClient(response).Client);
        var call = request?.RequestUri is { } address ? $"{request.Method} {SafeText.Show(address, SentCredentials.Find(request, client?.State.Settings))}" : "The call";
        var explanation = Explain(response, error?.Code, client);
        throw new OAuth2ApiException($"{call} was answered {(int)response.StatusCode}{(error?.Code is { } code ? $", code {code}" : "")}. {explanation.Meaning} {explanation.Remedy}", response.StatusCode, error);
    }

    // Whose call it was, where it went through a handler of ours, and with that the clock.
    private static (OAuth2Client? Client, TimeProvider TimeProvider) FindClient(HttpResponseMessage response) =>
        response.RequestMessage is { } request && HiddenState.PeekOptions(request) is { } options && options.TryGetValue(_client, out var client) ? (client, client.Clock.TimeProvider) : (null, TimeProvider.System);

    // A gateway that names no code may name the scopes that are missing (RFC 6750 §3.1).
    private static GatewayCodes.Explanation Explain(HttpResponseMessage response, string? code, OAuth2Client? client) => GatewayCodes.Explain(
        code ?? (Challenges.Names(response, "insufficient_scope") ? "900910" : null),
        response.StatusCode,
        client?.State.Settings.IsRejection(response.StatusCode) ?? response.StatusCode == HttpStatusCode.Unauthorized);

    private static TimeSpan? ReadRetryAfter(HttpResponseMessage response, string? nextAccessTime, DateTimeOffset now)
    {
        if (TokenFailures.ReadRetryAfter(response, now, MaxRetryAfter) is { } wait)
            return wait;
        return DateTimeOffset.TryParseExact(nextAccessTime, _instants, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var next)
            ? TokenFailures.Bound(next - (response.Headers.Date ?? now), MaxRetryAfter)
            : null;
    }
}
