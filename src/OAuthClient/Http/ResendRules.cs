using System.Net.Http.Json;
using OAuthClient.Tokens;

namespace OAuthClient.Http;

/// <summary>When a call that was answered 401 may be sent again.</summary>
internal static class ResendRules
{
    // Challenges that ask for an access token: RFC 6750 §3, and the name that older API gateways use.
    private static readonly string[] _tokenSchemes = ["Bearer", "OAuth2", "OAuth"];

    /// <summary>Why no other token can help; null where one may.</summary>
    public static async ValueTask<string?> FindObstacleAsync(ClientSettings client, string token, HttpResponseMessage response, TimeProvider timeProvider, bool async, CancellationToken cancellationToken)
    {
        var challenges = response.Headers.WwwAuthenticate;
        if (challenges.Count > 0 && !challenges.Any(challenge => IsTokenScheme(challenge.Scheme, client.HeaderScheme)))
            return $"its challenge asks for {SafeText.Redact(string.Join(", ", challenges.Select(challenge => challenge.Scheme)), token, client.ApiKey)}, not for a token";
        var code = await GatewayError.ReadCodeAsync(response, timeProvider, async, cancellationToken).ConfigureAwait(false);
        return GatewayError.GetRemedy(code) is { } remedy ? $"code {code}: {remedy}" : null;
    }

    /// <summary>True for content that is sure to be the same bytes the second time.</summary>
    public static bool CanReplay(HttpContent? content) => content switch
    {
        null => true,
        ExpectedContent expected => !expected.HasStarted,
        JsonContent json => json.Value?.GetType() is not { } type || !Array.Exists(type.GetInterfaces(), IsAsyncEnumerable),
        MultipartContent parts when parts.GetType() == typeof(MultipartContent) || parts.GetType() == typeof(MultipartFormDataContent) => parts.All(CanReplay),
        StreamContent stream when stream.GetType() == typeof(StreamContent) => stream.ReadAsStream().CanSeek,
        _ => content.GetType() == typeof(ByteArrayContent)
            || content.GetType() == typeof(StringContent)
            || content.GetType() == typeof(FormUrlEncodedContent)
            || content.GetType() == typeof(ReadOnlyMemoryContent),
    };

    private static bool IsAsyncEnumerable(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IAsyncEnumerable<>);

    private static bool IsTokenScheme(string scheme, string ownScheme) =>
        scheme.Equals(ownScheme, StringComparison.OrdinalIgnoreCase) || _tokenSchemes.Contains(scheme, StringComparer.OrdinalIgnoreCase);
}
