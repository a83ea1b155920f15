using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Xml;
using System.Xml.Linq;

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
        var (code, text) = Read(await response.Content.ReadAsStringAsync());
        var request = response.RequestMessage!;
        var says = string.Concat(code is null ? "" : $" {Shorten(code)}", text is null ? "" : $" \"{Shorten(Redact(text, request.Headers)).TrimEnd('.')}\"");
        return $"{request.Method} {Show(request.RequestUri!)} answered {(int)response.StatusCode}{says}. {GetRemedy((int)response.StatusCode, code, response.Headers)}";
    }

    private static string GetRemedy(int status, string? code, HttpResponseHeaders headers) => (status, code) switch
    {
        (401, "900902") => "The gateway found no token where it looks for it: take OAuth2:HeaderName and OAuth2:HeaderScheme from the API's OpenAPI document.",
        (_, "900905") => "The API takes another type of token: look at its security settings.",
        (_, "900907") => "The API is blocked: ask its publisher.",
        (_, "900908") => "The application is not subscribed to the API: subscribe it in the developer portal.",
        (_, "900909") => "The application's subscription is not active: have it approved in the developer portal.",
        (_, "900910") => "The token's scopes do not cover this resource: add the scope that it needs to OAuth2:Scopes, and allow it for the application.",
        (_, "900911") => "The gateway does not know the API: have it deployed again.",
        (403, "900912") => "These keys are for the other one of production and sandbox: use the OAuth2:ClientId and OAuth2:ClientSecret of this Url's environment.",
        (not 401 and not 403, "900901") => $"The API rejects the token by this status: add {status} to OAuth2:TokenRejectedStatusCodes, and it is replaced as after a 401.",
        (403, "900901") => "The API has no endpoint for production keys: use sandbox keys and the sandbox Url.",
        (_, "900805") => "The application, the user or this address is blocked: ask the API's publisher.",
        (401, _) => "The API does not accept the token: check that OAuth2:TokenEndpoint belongs to the API's environment, and that the application gets JWTs where a gateway wants them.",
        (403, _) => "The token is good, but does not allow this: check subscription, OAuth2:Scopes and the API's permissions.",
        (404, _) or (405, _) => "There is no such resource: check path and method in Url and Method.",
        (415, _) => "The API does not read this kind of body: set ContentType.",
        (429, _) => $"The API limits the rate of calls: lower Concurrency, or wait{(headers.RetryAfter is { } wait ? $" as Retry-After says ({wait})" : "")}.",
        ( >= 300 and < 400, _) => $"This redirect was not followed: set Url to the new address{(headers.Location is { IsAbsoluteUri: true } location ? $", {Show(location)}, where you trust it" : "")}, or set FollowRedirects.",
        ( >= 500, _) => "The gateway or the API behind it is out of order: try again later, and tell its publisher.",
        _ => "Check Url, Method, Body and ContentType.",
    };

    /// <summary>The code and the text of a gateway's answer, whatever its shape and whatever its Content-Type claims.</summary>
    private static (string? Code, string? Text) Read(string body)
    {
        try
        {
            switch (body.AsSpan().TrimStart())
            {
                case ['{', ..]:
                    using (var document = JsonDocument.Parse(body))
                    {
                        var members = document.RootElement.EnumerateObject().DistinctBy(member => member.Name).ToDictionary(member => member.Name, member => member.Value.ToString());
                        return Pick(members);
                    }

                case ['<', ..]:
                    using (var reader = XmlReader.Create(new StringReader(body), new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit }))
                        return Pick(XElement.Load(reader).Elements().DistinctBy(element => element.Name.LocalName).ToDictionary(element => element.Name.LocalName, element => element.Value));

                case []:
                    return (null, null);
            }
        }
        catch (Exception exception) when (exception is JsonException or XmlException)
        {
            // Not what it looked like.
        }

        return (null, body.TrimStart().StartsWith('<') ? null : body);
    }

    private static (string? Code, string? Text) Pick(Dictionary<string, string> members)
    {
        string[] names = ["error_description", "description", "detail", "message", "error_message", "title", "error"];
        return (members.GetValueOrDefault("code"), names.Select(members.GetValueOrDefault).FirstOrDefault(text => !string.IsNullOrWhiteSpace(text)));
    }

    /// <summary>An API may echo what it was sent: every header's value, and so the token, goes.</summary>
    private static string Redact(string text, HttpRequestHeaders headers)
    {
        foreach (var word in headers.NonValidated.SelectMany(header => header.Value).SelectMany(value => value.Split(' ')).Where(word => word.Length >= 8))
            text = text.Replace(word, "***", StringComparison.Ordinal);
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
