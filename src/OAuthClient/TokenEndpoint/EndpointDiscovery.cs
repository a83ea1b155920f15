using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using OAuthClient.Http;
using OAuthClient.Tokens;

namespace OAuthClient.TokenEndpoint;

/// <summary>The addresses of an authorization server.</summary>
internal sealed record Endpoints(Uri Token, Uri? Revocation)
{
    public override string ToString() => SafeText.Show(Token);
}

/// <summary>
/// Looks up a client's endpoints: those of its settings, else those that the issuer's metadata names
/// (OpenID Connect Discovery 1.0 §4, RFC 8414 §3), read once.
/// </summary>
internal sealed class EndpointDiscovery(EndpointTransport transport)
{
    // By the issuer's text, which is compared to the letter. Holds what the metadata says, since clients that share an issuer differ in
    // what they allow and override.
    private readonly ConcurrentDictionary<string, Metadata> _found = new(StringComparer.Ordinal);

    public async ValueTask<(Endpoints? Endpoints, TokenFailure? Failure)> FindAsync(ClientSettings client, bool async, CancellationToken cancellationToken)
    {
        if (client.TokenEndpoint is not null)
            return (new Endpoints(client.TokenEndpoint, client.RevocationEndpoint), null);
        if (_found.TryGetValue(client.Issuer!.OriginalString, out var found))
            return Select(client, found);

        var reasons = new List<string>();
        foreach (var address in GetMetadataAddresses(client.Issuer))
        {
            using var message = new HttpRequestMessage(HttpMethod.Get, address);
            var (metadata, failure) = await transport
                .SendAsync(client, nameof(client.Issuer), message, (answer, body) => Read(client, address, answer, body), async, cancellationToken)
                .ConfigureAwait(false);
            if (metadata is { Fault: null })
                return Select(client, _found.GetOrAdd(client.Issuer.OriginalString, metadata));
            if (failure is not null)
                return (null, failure);
            reasons.Add($"{SafeText.Show(address)} {metadata!.Fault}");
        }

        return (null, new TokenFailure($"the metadata {string.Join(", and ", reasons)}. Check Issuer, or set TokenEndpoint."));
    }

    /// <summary>What of the metadata one client may use.</summary>
    private static (Endpoints?, TokenFailure?) Select(ClientSettings client, Metadata metadata)
    {
        return GetEndpoint(metadata.TokenEndpoint) is { } token
            ? (new Endpoints(token, client.RevocationEndpoint ?? GetEndpoint(metadata.RevocationEndpoint)), null)
            : (null, new TokenFailure($"the metadata {SafeText.Show(metadata.Address)} names no token_endpoint that is an absolute https URI. Check Issuer, or set TokenEndpoint."));

        Uri? GetEndpoint(string? text) =>
            Uri.TryCreate(text, UriKind.Absolute, out var endpoint) && Origins.IsSecure(endpoint, client.AllowInsecureHttp) && Origin.GetHost(endpoint) is not null ? endpoint : null;
    }

    private static Uri[] GetMetadataAddresses(Uri issuer)
    {
        // Put together as text: a path that begins with two slashes would, as a relative address, name another host.
        var origin = issuer.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped);
        var path = issuer.AbsolutePath.TrimEnd('/');
        return
        [
            new Uri(origin + path + "/.well-known/openid-configuration"),
            new Uri(origin + "/.well-known/oauth-authorization-server" + path),
        ];
    }

    private static (Metadata?, TokenFailure?) Read(ClientSettings client, Uri address, HttpResponseMessage answer, byte[] body)
    {
        if (answer.StatusCode is HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError)
            return (null, new TokenFailure($"the metadata {SafeText.Show(address)} answered {(int)answer.StatusCode}. It is out of order for now; the library asks again later.", IsTransient: true));
        if (answer.StatusCode != HttpStatusCode.OK)
            return Fail($"answered {(int)answer.StatusCode}");
        try
        {
            using var metadata = JsonDocument.Parse(body);
            return GetText("issuer") switch
            {
                null => Fail("names no issuer, or more than one"),
                var issuer when issuer != client.Issuer!.OriginalString => Fail($"names the issuer '{SafeText.ShowAddress(issuer)}'"),
                _ => (new Metadata(address, GetText("token_endpoint"), GetText("revocation_endpoint"), Fault: null), null),
            };

            // Null for a member that is there twice, too: two readers could take the same document for two different servers.
            string? GetText(string member) =>
                metadata.RootElement.ValueKind == JsonValueKind.Object
                && metadata.RootElement.EnumerateObject().Where(property => property.NameEquals(member)).Take(2).ToArray() is [{ Value: { ValueKind: JsonValueKind.String } value }]
                    ? value.GetString()
                    : null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return Fail("is no JSON");
        }

        (Metadata?, TokenFailure?) Fail(string fault) => (new Metadata(address, null, null, fault), null);
    }

    /// <summary>One document that an issuer publishes, or what is wrong with it.</summary>
    private sealed record Metadata(Uri Address, string? TokenEndpoint, string? RevocationEndpoint, string? Fault)
    {
        public override string ToString() => SafeText.Show(Address);
    }
}
