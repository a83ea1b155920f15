using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using OAuthClient;

namespace CallApi;

/// <summary>Says in one sentence why a call failed, and in another what helps.</summary>
internal static class ApiFailure
{
    private const int MaxLength = 200;

    public static string Describe(HttpMethod method, Uri address, Exception exception)
    {
        var (what, remedy) = exception switch
        {
            TaskCanceledException => ("had no answer in time", "Look whether the API is up, and whether Url is right."),
            HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } => ("found no such host", "Check the host in Url or OAuth2:BaseAddress."),
            HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } => ("could not connect securely", "Check host and port in Url or OAuth2:BaseAddress, and let this machine trust the issuer of the server's certificate, which is always checked."),
            HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError } => ("could not connect", "Check host and port in Url or OAuth2:BaseAddress, and whether the API is up."),
            _ => ("was cut off", "Look whether the API is up, and whether Url is right."),
        };
        var cause = exception is TaskCanceledException ? exception : exception.GetBaseException();
        return $"{method} {Show(address)} {what}: {Shorten(cause.Message).TrimEnd('.')}. {remedy}";
    }

    public static async Task<string> DescribeAsync(HttpResponseMessage response)
    {
        var (request, status) = (response.RequestMessage!, (int)response.StatusCode);
        var answered = $"{request.Method} {Show(request.RequestUri!)} answered {status}";

        // A gateway's error: the library knows what its code means and what helps.
        if (await response.ReadGatewayErrorAsync() is { } error)
            return $"{answered}{(error.Code is null ? "" : $" {error.Code}")}{Quote(error.Description ?? error.Message)}. {error.Meaning} {NameSettings(error.Remedy)}";
        return $"{answered}{Quote(Redact(FindText(await response.Content.ReadAsStringAsync()), request.Headers))}. {GetRemedy(status, response.Headers)}";
    }

    /// <summary>What helps against an error of the API's own.</summary>
    private static string GetRemedy(int status, HttpResponseHeaders headers) => status switch
    {
        401 => "The API does not accept the token: check that OAuth2:TokenEndpoint belongs to the API's environment, and that the application gets JWTs where a gateway wants them.",
        403 => "The token is good, but does not allow this: check subscription, OAuth2:Scopes and the API's permissions.",
        404 or 405 => "There is no such resource: check path and method in Url and Method.",
        415 => "The API does not read this kind of body: set ContentType.",
        429 => $"The API limits the rate of calls: lower Concurrency, or wait{(headers.RetryAfter is { } wait ? $" as Retry-After says ({wait})" : "")}.",
        >= 300 and < 400 => $"This redirect was not followed: set Url to the new address{(headers.Location is { IsAbsoluteUri: true } location ? $", {Show(location)}, where you trust it" : "")}, or set FollowRedirects.",
        >= 500 => "The gateway or the API behind it is out of order: try again later, and tell its publisher.",
        _ => "Check Url, Method, Body and ContentType.",
    };

    /// <summary>The library names its settings; here they are those of the section OAuth2.</summary>
    private static string NameSettings(string remedy) =>
        Regex.Replace(remedy, @"\b[A-Z]\w+", word => typeof(OAuth2ClientOptions).GetProperty(word.Value) is null ? word.Value : $"OAuth2:{word.Value}");

    /// <summary>What an API says in words, in JSON or in plain text.</summary>
    private static string? FindText(string body)
    {
        string[] names = ["error_description", "description", "detail", "message", "error_message", "title", "error"];
        try
        {
            if (body.AsSpan().TrimStart() is ['{', ..])
            {
                using var document = JsonDocument.Parse(body);
                return names.Select(name => document.RootElement.TryGetProperty(name, out var text) ? text.ToString() : "").FirstOrDefault(text => !string.IsNullOrWhiteSpace(text));
            }
        }
        catch (JsonException)
        {
            // Not what it looked like.
        }

        return body.AsSpan().TrimStart() is [] or ['<', ..] ? null : body;
    }

    private static string Quote(string? text) => text is null ? "" : $" \"{Shorten(text).TrimEnd('.')}\"";

    /// <summary>An API may echo what it was sent: every header's value, and so the token, goes.</summary>
    private static string? Redact(string? text, HttpRequestHeaders headers)
    {
        foreach (var word in headers.NonValidated.SelectMany(header => header.Value).SelectMany(value => value.Split(' ')).Where(word => word.Length >= 8))
            text = text?.Replace(word, "***", StringComparison.Ordinal);
        return text;
    }

    private static string Shorten(string text)
    {
        var line = new StringBuilder(MaxLength + 1);
        foreach (var c in text.Trim().AsSpan(0, Math.Min(MaxLength, text.Trim().Length)))
            line.Append(char.IsControl(c) ? ' ' : c);
        return text.Trim().Length > MaxLength ? line.Append('…').ToString() : line.ToString();
    }

    // A query may hold a secret.
    private static string Show(Uri address) => address.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped);
}
