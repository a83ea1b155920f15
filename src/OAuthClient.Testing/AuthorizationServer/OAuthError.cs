using Microsoft.AspNetCore.Http;
using OAuthClient.Testing.Hosting;

namespace OAuthClient.Testing.AuthorizationServer;

/// <summary>An error answer of RFC 6749 section 5.2, members in the order in which WSO2's servers send them.</summary>
internal sealed record OAuthError(int StatusCode, string Error, string Description)
{
    /// <summary>The name of the check that refuses, where it has one.</summary>
    public string? Check { get; private init; }

    public static OAuthError InvalidRequest(string description) => new(400, "invalid_request", description);

    public static OAuthError InvalidClient(string description) => new(401, "invalid_client", description);

    public static OAuthError InvalidGrant(string description) => new(400, "invalid_grant", description);

    public static OAuthError InvalidScope(string description) => new(400, "invalid_scope", description);

    /// <summary>What the endpoint usually sends with a status when it is told to fail.</summary>
    public static OAuthError Usual(int statusCode) => statusCode switch
    {
        400 => InvalidRequest("The request is refused."),
        401 => InvalidClient("Client authentication failed."),
        _ => new(statusCode, statusCode < 500 ? "invalid_request" : "server_error", "The server was told to fail."),
    };

    /// <summary>The error as the work of a check with a name, which the description ends with.</summary>
    public OAuthError By(string check) => this with { Check = check, Description = $"{Description.TrimEnd('.')} ({check})." };

    public Task WriteAsync(HttpResponse response, OAuth2TestServerOptions options)
    {
        if (Check is not null)
            options.FailedChecks.Add(Check);
        var realm = response.HttpContext.Request.Host.Host;
        if (StatusCode is 401)
            response.Headers.WWWAuthenticate = options.QuotedRealm || options.Strict ? $"Basic realm=\"{realm}\"" : $"Basic realm={realm}";
        response.Headers.CacheControl = "no-store";
        response.Headers.Pragma = "no-cache";
        return JsonAnswer.WriteAsync(response, StatusCode, ("error_description", Allowed(Description)), ("error", Allowed(Error)));
    }

    /// <summary>As <see cref="WriteAsync"/>, with the body of the proxy before it where the endpoint has none of its own.</summary>
    public static Task WriteUsualAsync(HttpContext context, int statusCode, OAuth2TestServerOptions options) => statusCode is 429
        ? JsonAnswer.WriteAsync(context.Response, 429, ("code", "429"), ("type", "Status report"), ("message", "Too Many Requests"), ("description", "The request rate is above the limit."))
        : Usual(statusCode).WriteAsync(context.Response, options);

    /// <summary>The text in the characters of RFC 6749 section 5.2: printable ASCII without quotes and backslashes.</summary>
    private static string Allowed(string text) => string.Create(text.Length, text, static (allowed, text) =>
    {
        for (var i = 0; i < allowed.Length; i++)
        {
            allowed[i] = text[i] switch
            {
                '"' => '\'',
                '\\' => '/',
                '\r' or '\n' or '\t' => ' ',
                < ' ' or > '~' => '?',
                var usual => usual,
            };
        }
    });
}
