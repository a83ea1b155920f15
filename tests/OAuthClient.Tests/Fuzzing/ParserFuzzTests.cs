using System.Globalization;
using System.Net;
using System.Text;
using OAuthClient.Http;
using OAuthClient.TokenEndpoint;
using OAuthClient.Tokens;

namespace OAuthClient.Tests.Fuzzing;

/// <summary>
/// Everything that reads bytes from outside, fed with mutations of what servers send: the outcome is a value and never an exception.
/// FUZZ_SEED plays a run again, and FUZZ_INPUTS says how many inputs each parser gets.
/// </summary>
public sealed class ParserFuzzTests
{
    private static readonly int _inputs = Number("FUZZ_INPUTS", 100_000);
    private static readonly int _seed = Number("FUZZ_SEED", Environment.TickCount & int.MaxValue);

    private static readonly string[] _tokenAnswers =
    [
        """{"access_token":"eyJ.eyJ.sig","scope":"am_application_scope default","token_type":"Bearer","expires_in":723,"refresh_token":"r","id_token":"x"}""",
        """{"error_description":"Oauth application is not in active state.","error":"invalid_client"}""",
        """{"code":900800,"type":"Status report","message":"Throttled","description":"nope","error":17003,"expires_in":"9223372036854775","scope":["a","b"]}""",
        """{"access_token":{"a":[[[[{}]]]]},"expires_in":1e999,"token_type":null,"scope":[1,{"x":"y"},[]]}""",
        "<html><body>Sign in</body></html>",
        "",
    ];

    private static readonly string[] _gatewayAnswers =
    [
        """{"error_message":"Invalid Credentials","code":"900901","error_description":"x"}""",
        """{"fault":{"code":900902,"type":"Status report","message":"m","description":"d"}}""",
        """<fault xmlns="http://wso2.org/apimanager/security"><code>900901</code><message>m</message></fault>""",
        """<ams:fault xmlns:ams="http://wso2.org/apimanager/security"><ams:code>900908</ams:code></ams:fault>""",
        """<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>""",
        "Unauthorized",
    ];

    [Fact]
    public void TokenResponse_OfAnyBytes_IsAValue() => Fuzz(_tokenAnswers, bytes => TokenResponse.Parse(bytes));

    [Fact]
    public void GatewayError_OfAnyBytes_IsAValue() => Fuzz(_gatewayAnswers, bytes => GatewayError.FindCode(bytes));

    [Fact]
    public void TokenLifetime_OfAnyToken_IsWithinItsBounds()
    {
        string[] payloads = ["""{"exp":1700000900,"iat":1700000000,"scope":"a"}""", """{"exp":"1","iat":1e308}""", """{"exp":1e308,"iat":-1e308}""", "[]", ""];
        Fuzz(payloads, bytes =>
        {
            var payload = Convert.ToBase64String(bytes).TrimEnd('=').Replace('+', '-').Replace('/', '_');
            if (bytes.Length % 5 == 0)
                payload = Encoding.Latin1.GetString(bytes);
            var token = $"eyJhbGciOiJub25lIn0.{payload}.sig".Replace("\"", "", StringComparison.Ordinal).Replace("\\", "", StringComparison.Ordinal);
            var response = TokenResponse.Parse(Encoding.UTF8.GetBytes($$"""{"access_token":"{{token}}"}"""));
            if (response?.AccessToken is not null)
                Assert.InRange(TokenLifetime.Read(response, TimeSpan.FromMinutes(5)), TimeSpan.FromTicks(1), TimeSpan.FromDays(1));
        });
    }

    [Fact]
    public void Failure_OfAnyAnswer_IsBoundedAndFitToBeShown()
    {
        var endpoint = new Uri("https://sts.example/token");
        Fuzz(_tokenAnswers, bytes =>
        {
            using var answer = new HttpResponseMessage((HttpStatusCode)(200 + (bytes.Length % 400)));
            answer.Headers.TryAddWithoutValidation("Retry-After", Encoding.Latin1.GetString(bytes[..Math.Min(bytes.Length, 30)]));
            answer.Headers.TryAddWithoutValidation("Location", Encoding.Latin1.GetString(bytes[..Math.Min(bytes.Length, 60)]));

            var failure = TokenFailures.FromAnswer("TokenEndpoint", endpoint, answer, TokenResponse.Parse(bytes), DateTimeOffset.UnixEpoch, "secret");

            Assert.InRange(failure.Message.Length, 1, 2_000);
            Assert.DoesNotContain(failure.Message, char.IsControl);
            Assert.True(failure.RetryAfter is null || (failure.RetryAfter >= TimeSpan.Zero && failure.RetryAfter <= TimeSpan.FromMinutes(5)));
        });
    }

    [Fact]
    public void Redirect_ToAnyAddress_IsFollowedOverHttpAlone()
    {
        string[] locations = ["https://api.example/final?x=1#f", "/orders/../x", "//evil.example/x", "http://api.example/", "https://user:pw@api.example\\@evil/", "javascript:alert(1)", "https://[::1"];
        Fuzz(locations, bytes =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "https://api.example/orders#part");
            using var response = new HttpResponseMessage(HttpStatusCode.Found);
            response.Headers.TryAddWithoutValidation("Location", Encoding.Latin1.GetString(bytes));
            using var next = Redirect.Create(request, response, "Authorization");
            if (next is not null)
                Assert.Equal(Uri.UriSchemeHttps, next.RequestUri!.Scheme);
        });
    }

    /// <summary>Feeds the parser with mutations of the seeds; what breaks it is shown with what plays it again.</summary>
    private static void Fuzz(string[] seeds, Action<byte[]> parse)
    {
        var random = new Random(_seed);
        for (var i = 0; i < _inputs; i++)
        {
            var input = Mutate(Encoding.UTF8.GetBytes(seeds[random.Next(seeds.Length)]), random);
            try
            {
                parse(input);
            }
            catch (Exception exception)
            {
                throw new InvalidOperationException($"FUZZ_SEED={_seed}, input {i}: {Convert.ToBase64String(input)}", exception);
            }
        }
    }

    private static byte[] Mutate(byte[] input, Random random)
    {
        var bytes = input.ToList();
        for (var mutations = random.Next(6); mutations > 0; mutations--)
        {
            var at = random.Next(bytes.Count + 1);
            switch (random.Next(6))
            {
                case 0:
                    bytes.Insert(at, (byte)random.Next(256));
                    break;
                case 1 when at < bytes.Count:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 2 when at < bytes.Count:
                    bytes.RemoveRange(at, random.Next(bytes.Count - at) + 1);
                    break;
                case 3 when at < bytes.Count:
                    bytes.InsertRange(at, bytes.GetRange(at, random.Next(bytes.Count - at) + 1));
                    break;
                case 4:
                    bytes.InsertRange(at, Enumerable.Repeat("{[\"<&,:9-.e0\\/ "u8[random.Next(15)], random.Next(100)));
                    break;
                default:
                    bytes.InsertRange(at, "\",\"expires_in\":-1e9,\"error\":\""u8.ToArray());
                    break;
            }
        }

        return [.. bytes];
    }

    private static int Number(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : otherwise;
}
