using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace OAuthClient.Testing.AuthorizationServer;

/// <summary>Reads the form of a token or revocation request and refuses what these servers refuse.</summary>
internal static class RequestForm
{
    private static readonly string[] _secrets = ["client_secret", "password", "refresh_token", "client_assertion", "assertion", "subject_token", "actor_token", "code", "code_verifier", "device_code", "token"];

    public static async Task<(Dictionary<string, string> Form, OAuthError? Error)> ReadAsync(HttpRequest request, OAuth2TestServerOptions options)
    {
        var form = new Dictionary<string, string>(StringComparer.Ordinal);
        if (Array.Find(_secrets, request.Query.ContainsKey) is { } secret)
            return (form, OAuthError.InvalidRequest($"The parameter '{secret}' is in the query string; send it in the body.").By("token_request.query"));
        if (!IsForm(request.ContentType))
            return (form, OAuthError.InvalidRequest($"The Content-Type is '{request.ContentType}'; send application/x-www-form-urlencoded.").By("token_request.content_type"));
        IFormCollection fields;
        try
        {
            fields = await request.ReadFormAsync(request.HttpContext.RequestAborted).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is InvalidDataException or BadHttpRequestException)
        {
            return (form, OAuthError.InvalidRequest($"The form cannot be read: {exception.Message}"));
        }

        foreach (var (name, values) in fields)
        {
            if (values.Count > 1 && !options.RepeatableParameters.Contains(name))
                return (form, OAuthError.InvalidRequest($"The parameter '{name}' is repeated; send it once.").By("token_request.repeated"));
            if (!options.Strict || !StringValues.IsNullOrEmpty(values))
                form[name] = values.ToString();
        }

        return (form, null);
    }

    /// <summary>Whether a Content-Type is that of a form, whatever parameters such as <c>charset</c> follow it.</summary>
    public static bool IsForm(string? contentType) =>
        MediaTypeHeaderValue.TryParse(contentType, out var type) && type.MediaType.Equals("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase);
}
