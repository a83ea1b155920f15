using System.Net;
using Microsoft.AspNetCore.Http;
using OAuthClient.Testing;

namespace LocalServer;

/// <summary>The page at <c>/</c>, and what it asks for: <c>/state</c>, and posts to <c>/faults/{name}</c> and <c>/revoke</c>.</summary>
internal sealed class Page(OAuth2TestServer server, Faults faults)
{
    /// <summary>The newest of each kind are enough to look at.</summary>
    private const int Shown = 50;

    public Task AnswerAsync(HttpContext context)
    {
        // A page of somebody else's in the same browser may not switch faults: neither by a form (it cannot send the header) nor under a name of its own.
        var (request, response) = (context.Request, context.Response);
        var isOurs = request.Host.Host == "localhost" || (IPAddress.TryParse(request.Host.Host, out var address) && IPAddress.IsLoopback(address));
        response.Headers.CacheControl = "no-store";
        response.Headers.ContentSecurityPolicy = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; connect-src 'self'; img-src data:";
        if (!isOurs || (HttpMethods.IsPost(request.Method) && !request.Headers.ContainsKey("X-LocalServer")))
            return AnswerAsync(response, 403, "This is for the page of this server alone.");
        return (request.Method, request.Path.Value) switch
        {
            ("GET", "/") => SendPageAsync(response),
            ("GET", "/state") => response.WriteAsJsonAsync(State()),
            ("POST", "/revoke") => Change(response, () => server.RevokeAllTokens()),
            ("POST", { } path) when Faults.All.FirstOrDefault(fault => path == $"/faults/{fault.Name}") is { } fault => Change(response, () => faults.Toggle(fault)),
            _ => AnswerAsync(response, 404, $"Nothing is served at '{request.Path}'. The page is at '/', tokens come from '{server.TokenEndpoint.AbsolutePath}', and the API is below '/api/'."),
        };
    }

    private object State() => new
    {
        tokenEndpoint = server.TokenEndpoint.AbsoluteUri,
        api = server.ApiBaseAddress.AbsoluteUri,
        clients = server.Options.Clients.Select(static client => client.ClientId),
        tokenRequests = server.TokenRequests,
        apiCalls = server.ApiCalls,
        liveTokens = server.LiveTokens,
        now = server.Options.TimeProvider.GetUtcNow(),
        faults = Faults.All.Select(fault => new { fault.Name, fault.What, Key = fault.Key.ToString(), On = faults.IsOn(fault) }),
        tokens = server.Tokens.Take(Shown),
        requests = Request.All(server).Reverse().Take(Shown).Select(static request => request.Shown),
    };

    private static Task Change(HttpResponse response, Action change)
    {
        change();
        response.StatusCode = 204;
        return Task.CompletedTask;
    }

    private static Task AnswerAsync(HttpResponse response, int status, string text)
    {
        response.StatusCode = status;
        return response.WriteAsJsonAsync(new { message = text });
    }

    private static async Task SendPageAsync(HttpResponse response)
    {
        await using var page = typeof(Page).Assembly.GetManifestResourceStream("page.html")!;
        response.ContentType = "text/html; charset=utf-8";
        await page.CopyToAsync(response.Body, response.HttpContext.RequestAborted);
    }
}
