using System.Text;
using OAuthClient.Testing;

namespace LocalServer;

/// <summary>A request as it is shown: no secret, password or token is in it.</summary>
internal sealed record Request(DateTimeOffset At, string Of, string Line, int? Status, string By)
{
    /// <summary>All that the server remembers, in the order in which they came.</summary>
    public static IEnumerable<(RecordedRequest Record, Request Shown)> All(OAuth2TestServer server) =>
        server.RecordedTokenRequests.Select(static request => (Record: request, Shown: Token("token", request)))
            .Concat(server.RecordedDeviceRequests.Select(static request => (Record: request, Shown: Token("device", request))))
            .Concat(server.RecordedRevocationRequests.Select(static request => (Record: request, Shown: Token("revoke", request))))
            .Concat(server.RecordedIntrospectionRequests.Select(static request => (Record: request, Shown: Token("ask", request))))
            .Concat(server.RecordedApiCalls.Select(request => (Record: request, Shown: Api(request, server.Options.HeaderName))))
            .OrderBy(static request => request.Record.ReceivedAt);

    private static Request Token(string of, RecordedRequest request)
    {
        var form = request.Form;
        var client = form.GetValueOrDefault("client_id") ?? BasicUser(request.Headers.GetValueOrDefault("Authorization")) ?? "no client id";
        return new(request.ReceivedAt, of, $"{request.Method} {request.Path}", request.StatusCode,
            string.Join(", ", new[] { client, form.GetValueOrDefault("grant_type"), form.GetValueOrDefault("username"), form.GetValueOrDefault("scope") }.Where(static word => !string.IsNullOrEmpty(word))));
    }

    private static Request Api(RecordedRequest request, string header) =>
        new(request.ReceivedAt, "API", $"{request.Method} {request.Path}", request.StatusCode,
            request.Headers.TryGetValue(header, out var value) ? $"{header}: {(value.Split(' ') is [var scheme, _, ..] ? $"{scheme} " : "")}..." : $"no {header} header");

    private static string? BasicUser(string? header)
    {
        var buffer = new byte[1024];
        return header?.Split(' ') is ["Basic", var encoded] && Convert.TryFromBase64String(encoded, buffer, out var length)
            ? Uri.UnescapeDataString(Encoding.UTF8.GetString(buffer, 0, length).Split(':')[0])
            : null;
    }
}
