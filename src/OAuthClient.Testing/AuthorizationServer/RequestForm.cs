using Microsoft.AspNetCore.Http;

namespace OAuthClient.Testing.AuthorizationServer;

/// <summary>Reads the form of a token or revocation request and refuses what these servers refuse.</summary>
internal static class RequestForm
{
    private static readonly string[] _secrets = ["client_secret", "password", "refresh_token", "client_assertion", "assertion", "token"];

    public static async Task<(Dictionary<string, string> Form, OAuthError? Error)> ReadAsync(HttpRequest request, ISet<string> repeatable)
    {
        var form = new Dictionary<string, string>(StringComparer.Ordinal);
        if (Array.Find(_secrets, request.Query.ContainsKey) is { } secret)
            return (form, OAuthError.InvalidRequest($"The parameter '{secret}' is in the query string; send it in the body."));
        if (request.ContentType?.StartsWith("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase) is not true)
            return (form, OAuthError.InvalidRequest($"The Content-Type is '{request.ContentType}'; send application/x-www-form-urlencoded."));
        foreach (var (name, values) in await request.ReadFormAsync(request.HttpContext.RequestAborted).ConfigureAwait(false))
        {
            if (values.Count > 1 && !repeatable.Contains(name))
                return (form, OAuthError.InvalidRequest($"The parameter '{name}' is repeated; send it once."));
            form[name] = values.ToString();
        }

        return (form, null);
    }
}
