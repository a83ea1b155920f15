using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.RegularExpressions;
using OAuthClient;

namespace CallApi;

/// <summary>Says in one sentence why a call failed, and in another what helps.</summary>
internal static class ApiFailure
{
    private const int MaxLength = 200;

    public static Failure Describe(HttpMethod method, Uri address, Exception exception)
    {
        var (what, remedy) = exception switch
        {
            TaskCanceledException => ("had no answer in time", "Look whether the API is up, and whether Url is right, or raise Timeout."),
            HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } => ("found no such host", "Check the host in Url or OAuth2:BaseAddress."),
            HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } => ("could not connect securely", "Check host and port in Url or OAuth2:BaseAddress, and let this machine trust the issuer of the server's certificate, which is always checked, or name it in CaCert."),
            HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError } => ("could not connect", "Check host and port in Url or OAuth2:BaseAddress, and whether the API is up."),
            _ => ("was cut off", "Look whether the API is up, and whether Url is right."),
        };
        var cause = exception is TaskCanceledException ? exception : exception.GetBaseException();
        return new Failure($"{method} {Show(address)} {what}: {Shorten(cause.Message).TrimEnd('.')}", remedy);
    }

    public static async Task<Failure> DescribeAsync(HttpResponseMessage response)
    {
        var (request, status) = (response.RequestMessage!, (int)response.StatusCode);
        var answered = $"{request.Method} {Show(request.RequestUri!)} answered {status}";

        // A gateway's error: the library knows what its code means and what helps.
        if (await response.ReadGatewayErrorAsync() is { } error)
            return new Failure($"{answered}{(error.Code is null ? "" : $" {error.Code}")}{Quote(error.Description ?? error.Message)}", $"{error.Meaning} {NameSettings(error.Remedy)}") { Code = error.Code };
        return new Failure($"{answered}{Quote(Redact(FindText(await response.Content.ReadAsStringAsync()), request.Headers))}", GetRemedy(status, response.Headers));
    }

    /// <summary>What helps against an error of the API's own.</summary>
    private static string GetRemedy(int status, HttpResponseHeaders headers) => status switch
    {
        401 => "The API does not accept the token: check that OAuth2:TokenEndpoint belongs to the API's environment, and that the application gets JWTs where a gateway wants them.",
        403 => "The token is good, but does not allow this: check subscription, OAuth2:Scopes and the API's permissions.",
        404 or 405 => "There is no such resource: check path and method in Url and Method, and OAuth2:BaseAddress.",
        415 => "The API does not read this kind of body: set ContentType.",
        429 => $"The API limits the rate of calls: lower Concurrency, or wait{(headers.RetryAfter is { } wait ? $" as Retry-After says ({wait})" : "")}.",
        >= 300 and < 400 => $"This redirect was not followed: set Url to the new address{(headers.Location is { IsAbsoluteUri: true } location ? $", {Show(location)}, where you trust it" : "")}, or set FollowRedirects.",
        >= 500 => "The gateway or the API behind it is out of order: try again later, and tell its publisher.",
        _ => "Check Url, Method, Body and ContentType.",
    };

    /// <summary>The library names its settings; here they are those of a section.</summary>
    public static string NameSettings(string remedy, string section = "OAuth2") =>
        Regex.Replace(remedy, @"(?<![\w:])[A-Z]\w+", word => typeof(OAuth2ClientOptions).GetProperty(word.Value) is null ? word.Value : $"{section}:{word.Value}");

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
    public static string? Redact(string? text, HttpRequestHeaders headers)
    {
        foreach (var word in headers.NonValidated.SelectMany(header => header.Value).SelectMany(value => value.Split(' ')).Where(word => word.Length >= 8))
            text = text?.Replace(word, "***", StringComparison.Ordinal);
        return text;
    }

    public static string Shorten(string text) => text.Trim() is { Length: > MaxLength } whole ? Clean(whole[..MaxLength]) + '…' : Clean(text.Trim());

    /// <summary>The text without what could move a terminal's cursor.</summary>
    public static string Clean(string text) => string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c));

    // A query may hold a secret.
    public static string Show(Uri address) => address.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped);
}

/// <summary>Why a call failed, and what helps.</summary>
internal sealed record Failure(string What, string Remedy)
{
    /// <summary>The gateway's code, where it has one.</summary>
    public string? Code { get; init; }

    public override string ToString() => $"{What}. {Remedy}";
}
