using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace OAuthClient.Tests.Fuzzing;

/// <summary>What reads the headers of answers, and what lets text into the headers of requests.</summary>
internal static class HeaderTargets
{
    /// <summary>SocketsHttpHandler takes no more headers than that.</summary>
    public const int MaxLength = 64 * 1024;

    private static readonly Uri[] _origins = [new("https://api.example/orders#part"), new("http://localhost:8080/orders?x=1")];
    private static readonly ClientSettings _client = new("orders", new OAuth2ClientOptions());

    public static FuzzTarget[] All { get; } =
    [
        new(
            "retry_after",
            ["120", "120\nWed, 21 Oct 2015 07:28:00 GMT", "Wed, 21 Oct 2015 07:28:00 GMT\nWed, 21 Oct 2015 07:27:00 GMT", "-1", "99999999999", "Fri, 31 Dec 9999 23:59:59 GMT\nMon, 01 Jan 0001 00:00:00 GMT"],
            ["\n", "0", "2147483647", "2147483648", "Wed, 21 Oct 2015 07:28:00 GMT", "Mon, 01 Jan 0001 00:00:00 GMT", " ", ",", "31 Dec 9999 23:59:59 +2359"],
            CheckRetryAfter)
        {
            MaxLength = MaxLength,
        },
        new(
            "challenge",
            ["Bearer realm=\"WSO2 API Manager\", error=\"invalid_token\"", "OAuth2 realm=\"x\"", "Basic realm=\"a\", Negotiate\nBearer", "Internal API Key realm=\"WSO2 API Manager\"", "Digest qop=\"auth, auth-int\", nonce=\"a\\\"b\""],
            ["\n", ",", "Bearer", "Basic ", "a\u0001,", "a\u0001 b=c,", "a=\"", "\\\"", "=\"b\",", "\t", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\u0001, "],
            CheckChallenge)
        {
            MaxLength = MaxLength,
        },
        new(
            "redirect",
            ["https://api.example/final?x=1#f", "/orders/../x", "//evil.example/x", "http://api.example/", "https://user:pw@api.example\\@evil/", "javascript:alert(1)", "https://[::1", "https://xn--a/", "?a=b", "http://localhost:8080/"],
            ["https://", "http:", "//", "/../", "/./", "%2e%2e/", "#", "?", "@", "\\", "\u00ad", "xn--", "%00", "[::1]", ":99999", "..", "\u0130", "a."],
            CheckRedirect)
        {
            MaxLength = MaxLength,

            // Uri makes many copies of a host that it cannot make sense of.
            BytesAllowedForEach = 1_000,
        },
        new(
            "header_text",
            ["eyJhbGciOiJub25lIn0.eyJleHAiOjF9.sig", "a b", "~-._+/=", "", " ", "\u007f", "\u00fc", "\u20ac"],
            ["\r\n", "\r\nHost: evil", "\n ", "\0", "\t", "\u0080", "\u00a0", "\u2028", " "],
            CheckHeaderText),
    ];

    private static void CheckRetryAfter(byte[] input)
    {
        var lines = Encoding.Latin1.GetString(input).Split('\n', 2);
        using var answer = new HttpResponseMessage(HttpStatusCode.ServiceUnavailable);
        answer.Headers.TryAddWithoutValidation("Retry-After", lines[0]);
        if (lines.Length > 1)
            answer.Headers.TryAddWithoutValidation("Date", lines[1]);
        var wait = TokenFailures.ReadRetryAfter(answer, DateTimeOffset.UnixEpoch);
        BrokenOutcomeException.Unless(wait is null || (wait >= TimeSpan.Zero && wait <= TokenFailures.MaxRetryAfter), $"a wait of at most five minutes, not {wait}");
    }

    private static void CheckChallenge(byte[] input)
    {
        using var answer = new HttpResponseMessage(HttpStatusCode.Unauthorized) { Content = new ByteArrayContent(input) };
        foreach (var line in Encoding.Latin1.GetString(input).Split('\n'))
            answer.Headers.TryAddWithoutValidation("WWW-Authenticate", line);
        var reading = ResendRules.FindObstacleAsync(_client, "the-token", wasAccepted: false, answer, TimeProvider.System, async: false, CancellationToken.None).AsTask();
        BrokenOutcomeException.Unless(reading.IsCompleted, "a synchronous reading to have ended");
        if (reading.GetAwaiter().GetResult() is not { } obstacle)
            return;
        BrokenOutcomeException.Unless(obstacle.Length is > 0 and <= 400, $"an obstacle of at most 400 characters, not {obstacle.Length}");
        BrokenOutcomeException.Unless(!obstacle.Any(char.IsControl), "no control characters");
    }

    private static void CheckRedirect(byte[] input)
    {
        var from = _origins[input.Length % 2];
        using var request = new HttpRequestMessage(HttpMethod.Get, from);
        request.Headers.TryAddWithoutValidation("Authorization", "Bearer token");
        request.Headers.TryAddWithoutValidation("Cookie", "a=b");
        request.Headers.TryAddWithoutValidation("X-Key", "key");
        using var response = new HttpResponseMessage(HttpStatusCode.Found);
        response.Headers.TryAddWithoutValidation("Location", input.Length % 3 == 0 ? Encoding.UTF8.GetString(input) : Encoding.Latin1.GetString(input));

        using var next = Redirect.Create(request, response, isAttached: true, "X-Key");

        if (next is null)
            return;
        var to = next.RequestUri!;
        BrokenOutcomeException.Unless(to.Scheme == Uri.UriSchemeHttps || (to.Scheme == Uri.UriSchemeHttp && from.Scheme == Uri.UriSchemeHttp), $"no step down to {to.Scheme}");
        BrokenOutcomeException.Unless(to.IdnHost.Length > 0 && to.AbsoluteUri.Length > 0, "a host to ask");
        BrokenOutcomeException.Unless(!next.Headers.Contains("X-Key"), "credentials to be attached anew");
        var staysHere = to.Scheme == from.Scheme && to.IdnHost.Equals(from.IdnHost, StringComparison.OrdinalIgnoreCase) && to.Port == from.Port;
        BrokenOutcomeException.Unless(staysHere == next.Headers.Contains("Cookie") && staysHere == next.Headers.Contains("Authorization"), $"the caller's own headers to stay with their origin, though it goes to {to}");
        BrokenOutcomeException.Unless(SafeText.Show(to).Length <= 300, "an address that can be shown");
    }

    private static void CheckHeaderText(byte[] input)
    {
        var text = input.Length % 3 == 0 ? Encoding.UTF8.GetString(input) : Encoding.Latin1.GetString(input);
        var isPrintable = text.Length > 0 && text[0] != ' ' && text[^1] != ' ';
        foreach (var c in text)
            isPrintable &= c is >= ' ' and <= '~';
        BrokenOutcomeException.Unless(AuthorizationServer.IsSafe(text) == isPrintable, $"{(isPrintable ? "printable text to be taken" : "other text to be refused")}");
        if (!isPrintable)
            return;
        using var request = new HttpRequestMessage();
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", text);
        BrokenOutcomeException.Unless(request.Headers.TryAddWithoutValidation("X-Token", text), "a header to take the token");
        BrokenOutcomeException.Unless(request.Headers.NonValidated["X-Token"].ToString() == text, "the token to be in the header as it is");
    }
}
