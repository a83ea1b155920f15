using System.Diagnostics.CodeAnalysis;
using System.Net.Http.Json;

namespace OAuthClient.Http;

// When a call whose token was rejected may be sent again.
internal static class ResendRules
{
    private static readonly string[] _tokenSchemes = ["Bearer", "OAuth2", "OAuth"]; // Challenges that ask for an access token: RFC 6750 §3, and the name that older API gateways use.

    // Why no other token can help; null where one may.
    // wasAccepted: True where the same origin has taken that very token before: then it is the token that has changed, whatever the challenge says.
    public static async ValueTask<string?> FindObstacleAsync(ClientSettings client, string token, bool wasAccepted, HttpResponseMessage response, TimeProvider timeProvider, bool async, CancellationToken cancellationToken)
    {
        // The gateway's own code says more than a challenge, which some garble and others name for their first authenticator alone.
        var code = (await GatewayFault.ReadAsync(response, GatewayFault.MaxPeek, timeProvider, async, cancellationToken).ConfigureAwait(false))?.Code;
        if (GatewayCodes.FindObstacle(code) is { } obstacle)
            return obstacle;
        if (client.DPoP && (Challenges.Names(response, "use_dpop_nonce") || Challenges.Names(response, "invalid_dpop_proof")))
            return "it objects to the DPoP proof, not to the token; check that the clock here is right";
        if (Challenges.Names(response, "insufficient_scope"))
            return $"the token lacks a scope, perhaps {SafeText.Redact(Challenges.Find(response, "scope") ?? "one that it does not name", token)}{Challenges.DescribeMetadata(response)}";
        var challenges = response.Headers.WwwAuthenticate;
        return wasAccepted || GatewayCodes.IsCurable(code) || challenges.Count == 0 || challenges.Any(challenge => AsksForToken(challenge, client.HeaderScheme) || (client.DPoP && AsksForToken(challenge, DPoPProver.TokenType)))
            ? null
            : $"its challenge asks for {SafeText.Redact(string.Join(", ", challenges.Select(challenge => challenge.Scheme)), [token, .. client.CredentialHeaders.Select(header => header.Value)])}, not for a token{Challenges.DescribeMetadata(response)}";
    }

    // True for content that is sure to be the same bytes the second time.
    public static bool CanReplay(HttpContent? content) => content switch
    {
        null => true,
        _ when HiddenState.IsKnownToBeBuffered(content) => true,
        ExpectedContent expected => !expected.HasStarted,
        JsonContent json => !IsAsyncStream(json),
        MultipartContent parts when parts.GetType() == typeof(MultipartContent) || parts.GetType() == typeof(MultipartFormDataContent) => parts.All(CanReplay),
        StreamContent stream when stream.GetType() == typeof(StreamContent) => stream.ReadAsStream().CanSeek,
        _ => content.GetType() == typeof(ByteArrayContent)
            || content.GetType() == typeof(StringContent)
            || content.GetType() == typeof(FormUrlEncodedContent)
            || content.GetType() == typeof(ReadOnlyMemoryContent),
    };

    public static string Describe(HttpContent? content) =>
        $"its content, a {(content is ExpectedContent expected ? expected.Inner : content)?.GetType().Name}, cannot be sent twice. Buffer it: with LoadIntoBufferAsync before the call, or [Body(buffered: true)] of Refit";

    // Reads content into memory that could not be sent twice otherwise, for clients that want it.
    public static async ValueTask BufferAsync(HttpContent? content, ClientSettings client, bool async, CancellationToken cancellationToken)
    {
        var limit = client.MaxRequestContentBufferSize;
        if (limit == 0 || CanReplay(content) || content!.Headers.ContentLength > limit)
            return;
        try
        {
            await HiddenState.LoadIntoBufferAsync(content, limit, async, cancellationToken).ConfigureAwait(false);
        }
        catch (HttpRequestException exception) when (exception.HttpRequestError == HttpRequestError.ConfigurationLimitExceeded)
        {
            throw new InvalidOperationException($"{client}: the content of the call is longer than MaxRequestContentBufferSize, {limit} bytes, and tells no length, so the call was not sent. Raise the setting, or have the content tell its length.", exception);
        }
    }

    // Casts alone hold in a trimmed app, where a type's list of interfaces may be cut. Streams of structs have one in common with all that
    // the compiler and LINQ make; those made by hand are found by the list, if it is there.
    private static bool IsAsyncStream(JsonContent json) =>
        json.Value is IAsyncEnumerable<object> or IAsyncDisposable or IAsyncStateMachine
        || IsAsyncEnumerable(json.ObjectType)
        || (json.Value is { } value && HasAsyncEnumerable(value.GetType()));

    private static bool IsAsyncEnumerable(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IAsyncEnumerable<>);

    [UnconditionalSuppressMessage("Trimming", "IL2070", Justification = "A last look at what the casts let pass; the interfaces of a type that is made are kept where their definition is used, as it is here.")]
    private static bool HasAsyncEnumerable(Type type) => Array.Exists(type.GetInterfaces(), IsAsyncEnumerable);

    // "null Bearer realm=.." is what API Manager writes at times: the scheme is the second word.
    private static bool AsksForToken(AuthenticationHeaderValue challenge, string ownScheme) =>
        IsTokenScheme(challenge.Scheme, ownScheme) || IsTokenScheme(challenge.Parameter?.Split(' ', 2)[0] ?? "", ownScheme);

    private static bool IsTokenScheme(string scheme, string ownScheme) =>
        scheme.Length > 0 && (scheme.Equals(ownScheme, StringComparison.OrdinalIgnoreCase) || _tokenSchemes.Contains(scheme, StringComparer.OrdinalIgnoreCase));
}
