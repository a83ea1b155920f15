using System.Net;
using System.Text;
using System.Text.Json;

namespace OAuthClient.Tests.Fuzzing;

/// <summary>What reads the bodies of answers: those of a token endpoint, of an issuer and of an API gateway, and tokens.</summary>
internal static class AnswerTargets
{
    private const string Secret = "s3cr3t/+=";
    private const string Issuer = "https://idp.example/t/acme";

    private static readonly Uri _endpoint = new("https://sts.example/token");

    private static readonly string[] _tokenAnswers =
    [
        """{"access_token":"eyJ.eyJ.sig","scope":"am_application_scope default","token_type":"Bearer","expires_in":723,"refresh_token":"r","id_token":"x"}""",
        """{"error_description":"Oauth application is not in active state.","error":"invalid_client"}""",
        """{"code":900800,"type":"Status report","message":"Throttled","description":"nope","error":17003,"expires_in":"9223372036854775","scope":["a","b"]}""",
        """{"access_token":{"a":[[[[{}]]]]},"expires_in":1e999,"token_type":null,"scope":[1,{"x":"y"},[]]}""",
        """{"error":"invalid_grant s3cr3t/+=","error_description":"user s3cr3t%2F%2B%3D s3cr3t/+="}""",
        "<html><body>Sign in</body></html>",
        "",
    ];

    private static readonly string[] _jsonWords =
    [
        "{\"a\":", "[", "\"\u0001\":1,", "\",\"expires_in\":-1e9,\"error\":\"", "\"scope\":[", "\"s\u0001\",", " s\u0001", "\"access_token\":\"a\",",
        "\\ud800", "\"\\ud800\":1,", "\\u0000", "\\u2028", "1e-320", "1e308", "9223372036854775808", "null", "true", "\ufeff", "\"expires_in\":\"NaN\",", "/**/",
        "https://sts.example/s3cr3t/+=", "0\n120\n",
    ];

    public static FuzzTarget[] All { get; } =
    [
        new("token_response", _tokenAnswers, _jsonWords, CheckTokenResponse),
        new("token_failure", _tokenAnswers, _jsonWords, CheckTokenFailure),
        new(
            "gateway_error",
            [
                """{"error_message":"Invalid Credentials","code":"900901","error_description":"x s3cr3t/+="}""",
                """{"fault":{"code":900804,"message":"Message throttled out","description":"d s3cr3t%2F%2B%3D","nextAccessTime":"2026-Sep-12 20:00:00+0000 UTC"}}""",
                """{"error":"Unauthorized","message":"Authentication failed"}""",
                """{"code":"404","type":"Status report","message":"Not Found"}""",
                """{"fault":{"code":900902,"type":"Status report","message":"m","description":"d"}}""",
                """<fault xmlns="http://wso2.org/apimanager/security"><code>900901</code><message>m</message></fault>""",
                """<ams:fault xmlns:ams="http://wso2.org/apimanager/security"><ams:code>900908</ams:code></ams:fault>""",
                """<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>""",
                """<?xml version="1.0" encoding="utf-16"?><a><code>1</code></a>""",
                "Unauthorized",
            ],
            ["<a>", "<a\u0001>", " a\u0001=\"\"", " xmlns:n\u0001=\"u\u0001\"", "<code>", "</code>", "&#x0;", "<![CDATA[", "]]>", "<!--", "\"code\":", "\"message\":", "\"nextAccessTime\":\"", "<code/>", "<message>s3cr3t/+=</message>", "\\ud800", "{\"a\":", "encoding=\"utf-7\"", "\ufeff"],
            CheckGatewayError)
        {
            MaxLength = GatewayAnswer.MaxLength,

            // A reader of XML begins with buffers of its own, and another encoding has it make more; and foreign text is looked through in many readings.
            BytesAllowed = 256 * 1024,
        },
        new(
            "jwt",
            ["""{"exp":1700000900,"iat":1700000000,"scope":"a"}""", """{"exp":"1","iat":1e308}""", """{"exp":1e308,"iat":-1e308}""", """{"exp":1e-9,"iat":0}""", "[]", ""],
            [.. _jsonWords, "\"exp\":1,", "\"iat\":", "..", ".", "="],
            CheckJwt),
        new(
            "metadata",
            [
                $$"""{"issuer":"{{Issuer}}","token_endpoint":"https://idp.example/t/acme/oauth2/token","revocation_endpoint":"https://idp.example/t/acme/oauth2/revoke"}""",
                $$"""{"issuer":"{{Issuer}}","token_endpoint":"http://idp.example/token","grant_types_supported":["password","client_credentials"]}""",
                $$"""{"issuer":"https://other.example","token_endpoint":["x"]}""",
                "[]",
            ],
            [.. _jsonWords, "\"token_endpoint\":\"https://a\",", $"\"issuer\":\"{Issuer}\",", "https://[::1", "\u00ad", "xn--", "user:pw@", "\\u00ad", "//", "https://a\u00e9" + new string('0', 57)],
            CheckMetadata),
    ];

    private static void CheckTokenResponse(byte[] input)
    {
        if (Answers.Read(input) is not { } response)
            return;
        BrokenOutcomeException.Unless(response.ExpiresIn is null || double.IsFinite(response.ExpiresIn.Value), "a lifetime that is a number");
        foreach (var text in new[] { response.AccessToken, response.TokenType, response.Scope, response.RefreshToken, response.Error, response.ErrorDescription })
            BrokenOutcomeException.Unless(text is null || text.Length <= input.Length, "no text that is longer than the answer");
    }

    private static void CheckTokenFailure(byte[] input)
    {
        using var answer = new HttpResponseMessage((HttpStatusCode)(200 + (input.Length % 400)));
        var header = Encoding.Latin1.GetString(input.AsSpan(0, Math.Min(input.Length, HeaderTargets.MaxLength)));
        answer.Headers.TryAddWithoutValidation("Retry-After", header[..Math.Min(header.Length, 30)]);
        answer.Headers.TryAddWithoutValidation("Location", header);

        var read = Answers.Read(answer, input);
        read.Secrets = ["", Secret, null];
        var failure = TokenFailures.FromAnswer("TokenEndpoint", _endpoint, read, DateTimeOffset.UnixEpoch);

        CheckFailure(failure);
        foreach (var text in new[] { failure.Message, failure.Error, failure.ErrorDescription })
        {
            BrokenOutcomeException.Unless(text is null || !Array.Exists([Secret, Uri.EscapeDataString(Secret), WebUtility.UrlEncode(Secret)], text.Contains), $"no secret in '{text}'");
            BrokenOutcomeException.Unless(text is null || !text.Any(char.IsControl), "no control characters");
        }
    }

    /// <summary>What every failure owes to whoever reads it.</summary>
    private static void CheckFailure(TokenFailure failure)
    {
        var message = failure.ToException("orders").Message;
        BrokenOutcomeException.Unless(message.Length is > 0 and <= 2_000, $"a message of at most 2,000 characters, not {message.Length}");
        BrokenOutcomeException.Unless(!message.Any(char.IsControl), "no control characters in the message");
        BrokenOutcomeException.Unless(failure.RetryAfter is null || (failure.RetryAfter >= TimeSpan.Zero && failure.RetryAfter <= TokenFailures.MaxRetryAfter), $"a wait of at most five minutes, not {failure.RetryAfter}");
    }

    private static void CheckGatewayError(byte[] input)
    {
        var fault = GatewayFault.Find(input);
        BrokenOutcomeException.Unless(GatewayCodes.FindObstacle(fault?.Code) is null || fault!.Code!.All(char.IsAsciiDigit), "an obstacle for known codes alone");

        using var request = new HttpRequestMessage(HttpMethod.Get, _endpoint) { Headers = { Authorization = new("Bearer", Secret) } };
        using var answer = new HttpResponseMessage((HttpStatusCode)(400 + (input.Length % 200))) { Content = new ByteArrayContent(input), RequestMessage = request };
        var error = answer.ReadGatewayErrorAsync().AsTask().GetAwaiter().GetResult();

        BrokenOutcomeException.Unless((error is not null) == (fault is { IsOfGateway: true }), "an error where there is one");
        if (error is null)
            return;
        BrokenOutcomeException.Unless(error.Meaning.EndsWith('.') && error.Remedy.EndsWith('.'), "two sentences");
        BrokenOutcomeException.Unless(error.RetryAfter is null || (error.RetryAfter >= TimeSpan.Zero && error.RetryAfter <= GatewayAnswer.MaxRetryAfter), $"a wait of at most a day, not {error.RetryAfter}");
        BrokenOutcomeException.Unless($"{error}".Length < 1_000 && !$"{error}".Any(char.IsControl), "a line of bounded length");
        BrokenOutcomeException.Unless(!Array.Exists([Secret, Uri.EscapeDataString(Secret), WebUtility.UrlEncode(Secret)], $"{error}".Contains), $"no secret in '{error}'");
    }

    private static void CheckJwt(byte[] input)
    {
        // Most inputs are a token's payload; every fifth is put in as it is.
        var payload = input.Length % 5 == 0 ? Encoding.Latin1.GetString(input) : Convert.ToBase64String(input).TrimEnd('=').Replace('+', '-').Replace('/', '_');
        var json = Encoding.UTF8.GetBytes($$"""{"access_token":"{{JsonEncodedText.Encode($"eyJhbGciOiJub25lIn0.{payload}.sig")}}"}""");
        var lifetime = TokenTimes.Read(Answers.Read(json)!, TimeSpan.FromMinutes(5));
        BrokenOutcomeException.Unless(lifetime > TimeSpan.Zero && lifetime <= TimeSpan.FromDays(1), $"a lifetime of at most a day, not {lifetime}");
    }

    private static void CheckMetadata(byte[] input)
    {
        var client = new ClientSettings("orders", new OAuth2ClientOptions { Issuer = new Uri(Issuer), ClientId = "id", ClientSecret = "secret" });
        using var http = new HttpClient(new FixedAnswer(input)) { Timeout = Timeout.InfiniteTimeSpan };
        var discovery = new Discovery(new Transport(() => http), TimeProvider.System);

        var (endpoints, failure) = discovery.FindAsync(client, hasCertificate: input.Length % 2 == 0, async: false, CancellationToken.None).AsTask().GetAwaiter().GetResult();

        if (failure is not null)
        {
            CheckFailure(failure);
            BrokenOutcomeException.Unless(failure.Cause is null, $"no exception to be taken for an answer, such as {failure.Cause?.GetType().Name}");
            return;
        }

        BrokenOutcomeException.Unless(new[] { endpoints!.Token, endpoints.Revocation, endpoints.Introspection }.All(endpoint => endpoint?.Scheme is null or "https"), "endpoints with https");
        BrokenOutcomeException.Unless(Origin.GetHost(endpoints.Token!) is not null, "a token endpoint that can be called");
        BrokenOutcomeException.Unless(SafeText.Show(endpoints.Token!).Length <= 300, "an endpoint that can be shown");
    }

    /// <summary>An issuer that answers whatever it is asked with the same body.</summary>
    private sealed class FixedAnswer(byte[] body) : HttpMessageHandler
    {
        protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken) => new() { Content = new ByteArrayContent(body), RequestMessage = request };

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => Task.FromResult(Send(request, cancellationToken));
    }
}
