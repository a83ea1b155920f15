using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using OAuthClient.Http;
using OAuthClient.Tokens;

namespace OAuthClient.TokenEndpoint;

/// <summary>The addresses of an authorization server.</summary>
internal sealed record Endpoints(Uri Token, Uri? Revocation);

/// <summary>
/// Looks up a client's endpoints: those of its settings, else those that the issuer's metadata names
/// (OpenID Connect Discovery 1.0 §4, RFC 8414 §3), read once.
/// </summary>
internal sealed class EndpointDiscovery(EndpointTransport transport)
{
    private readonly ConcurrentDictionary<Uri, Endpoints> _found = new();

    public async ValueTask<(Endpoints? Endpoints, TokenFailure? Failure)> FindAsync(ClientSettings client, bool async, CancellationToken cancellationToken)
    {
        if (client.TokenEndpoint is not null)
            return (new Endpoints(client.TokenEndpoint, client.RevocationEndpoint), null);
        if (_found.TryGetValue(client.Issuer!, out var found))
            return (found, null);

        TokenFailure? failure = null;
        foreach (var address in GetMetadataAddresses(client.Issuer!))
        {
            using var message = new HttpRequestMessage(HttpMethod.Get, address);
            (var endpoints, failure) = await transport
                .SendAsync(client, nameof(client.Issuer), message, static _ => default, (answer, body) => Read(client, address, answer, body), async, cancellationToken)
                .ConfigureAwait(false);
            if (endpoints is not null)
            {
                _found[client.Issuer!] = endpoints;
                return (endpoints, null);
            }

            if (failure is { IsTransient: true })
                break;
        }

        return (null, failure);
    }

    private static Uri[] GetMetadataAddresses(Uri issuer)
    {
        var path = issuer.AbsolutePath.TrimEnd('/');
        return
        [
            new Uri(issuer, path + "/.well-known/openid-configuration"),
            new Uri(issuer, "/.well-known/oauth-authorization-server" + path),
        ];
    }

    private static (Endpoints?, TokenFailure?) Read(ClientSettings client, Uri address, HttpResponseMessage answer, byte[] body)
    {
        var isTransient = answer.StatusCode is HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError;
        if (answer.StatusCode != HttpStatusCode.OK)
            return Fail($"answered {(int)answer.StatusCode}", isTransient);
        try
        {
            using var metadata = JsonDocument.Parse(body);
            if (GetText("issuer") != client.Issuer!.OriginalString)
                return Fail($"names the issuer '{SafeText.Shorten(GetText("issuer") ?? "")}'");
            if (GetEndpoint("token_endpoint") is not { } token)
                return Fail("names no token_endpoint that is an absolute https URI");
            return (new Endpoints(token, client.RevocationEndpoint ?? GetEndpoint("revocation_endpoint")), null);

            string? GetText(string member) =>
                metadata.RootElement.ValueKind == JsonValueKind.Object && metadata.RootElement.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.String
                    ? value.GetString()
                    : null;

            Uri? GetEndpoint(string member) =>
                Uri.TryCreate(GetText(member), UriKind.Absolute, out var endpoint) && Origins.IsSecure(endpoint, client.AllowInsecureHttp) ? endpoint : null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return Fail("is no JSON");
        }

        (Endpoints?, TokenFailure?) Fail(string found, bool transient = false) =>
            (null, new TokenFailure($"the metadata {SafeText.Show(address)} {found}. Check Issuer, or set TokenEndpoint.", IsTransient: transient));
    }
}
