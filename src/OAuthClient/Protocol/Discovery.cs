using Duende.IdentityModel.Client;
using AuthenticationMethods = Duende.IdentityModel.OidcConstants.EndpointAuthenticationMethods;
using Names = Duende.IdentityModel.OidcConstants.Discovery;

namespace OAuthClient.Protocol;

// Looks up a client's endpoints: those of its settings, else those that the issuer's metadata names (OpenID Connect Discovery 1.0 §4, RFC 8414
// §3), read once a day and where the token endpoint seems to have moved.
internal sealed class Discovery(Transport transport, TimeProvider timeProvider)
{
    private static readonly TimeSpan _readEvery = TimeSpan.FromDays(1);
    private static readonly TimeSpan _doubtEvery = TimeSpan.FromMinutes(5);

    private readonly long _start = timeProvider.GetTimestamp();

    // What the metadata says, by the issuer's text, which is compared to the letter, and by whether it may have been read in clear.
    private readonly ConcurrentDictionary<string, Metadata> _found = new(StringComparer.Ordinal);

    // hasCertificate: True for a client that presents one, for which there may be endpoints of their own (RFC 8705 §5).
    public async ValueTask<(Endpoints? Endpoints, TokenFailure? Failure)> FindAsync(ClientSettings client, bool hasCertificate, bool async, CancellationToken deadline)
    {
        if (client.TokenEndpoint is not null)
            return (new Endpoints(client.TokenEndpoint, client.RevocationEndpoint, client.Issuer?.OriginalString)
            {
                Introspection = client.IntrospectionEndpoint,
                DeviceAuthorization = client.DeviceAuthorizationEndpoint,
                Authorization = ProviderPreset.GetNeighbour(client.TokenEndpoint, "authorize"),
            }, null);
        var now = timeProvider.GetElapsedTime(_start);
        if (_found.TryGetValue(KeyOf(client), out var found))
        {
            if (now < found.DueAt)
                return Select(client, found, hasCertificate);

            // Others use what is known while it is read again, and so does this one where nothing better can be had.
            (found.ReadAt, found.DueAt) = (now, now + _doubtEvery);
        }

        // What is known already must not cost the token request its time.
        using var own = new CancellationTokenSource(found is null ? Timeout.InfiniteTimeSpan : client.TokenRequestTimeout / 4, timeProvider);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(own.Token, deadline);
        var reasons = new List<string>();
        foreach (var address in GetMetadataAddresses(client.Issuer!))
        {
            using var message = new ProtocolRequest { Method = HttpMethod.Get, RequestUri = address };
            var (metadata, failure) = await transport.SendAsync<Metadata>(client, nameof(client.Issuer), message, null, async, linked.Token).ConfigureAwait(false);
            if (metadata?.HttpStatusCode is HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError)
                failure = new TokenFailure($"the metadata {SafeText.Show(address)} answered {(int)metadata.HttpStatusCode}. It is out of order for now; the library asks again later.", IsTransient: true);
            var fault = metadata?.FindFault(client.Issuer!);
            if (failure is not null)
                return found is null ? (null, failure) : Select(client, found, hasCertificate);
            if (fault is null)
            {
                (metadata!.Address, metadata.ReadAt, metadata.DueAt) = (address, now, now + _readEvery);
                return Select(client, _found[KeyOf(client)] = metadata, hasCertificate);
            }

            reasons.Add($"{SafeText.Show(address)} {fault}");
        }

        return found is null ? (null, new TokenFailure($"the metadata {string.Join(", and ", reasons)}. Check Issuer, or set TokenEndpoint.")) : Select(client, found, hasCertificate);
    }

    // Has the metadata read again, a few minutes after it was read last: what it names was not there.
    public void Doubt(ClientSettings client)
    {
        if (client.Issuer is not null && _found.TryGetValue(KeyOf(client), out var found) && found.DueAt > found.ReadAt + _doubtEvery)
            found.DueAt = found.ReadAt + _doubtEvery;
    }

    private static string KeyOf(ClientSettings client) => $"{client.AllowInsecureHttp} {client.Issuer!.OriginalString}";

    private static (Endpoints?, TokenFailure?) Select(ClientSettings client, Metadata metadata, bool hasCertificate)
    {
        return GetEndpoint(Names.TokenEndpoint) is { } token
            ? (new Endpoints(token, client.RevocationEndpoint ?? GetEndpoint(Names.RevocationEndpoint), client.Issuer!.OriginalString)
            {
                Introspection = client.IntrospectionEndpoint ?? GetEndpoint(Names.IntrospectionEndpoint),
                DeviceAuthorization = client.DeviceAuthorizationEndpoint ?? GetEndpoint(Names.DeviceAuthorizationEndpoint),
                Authorization = GetEndpoint(Names.AuthorizationEndpoint),
                TakesPostAlone = metadata.TakesPostAlone,
            }, null)
            : (null, new TokenFailure($"the metadata {SafeText.Show(metadata.Address!)} names no token_endpoint that is an absolute https URI. Check Issuer, or set TokenEndpoint."));

        // As strict as the settings. Plain http on this machine is for an issuer that is there itself; from elsewhere it would aim at a neighbour.
        Uri? GetEndpoint(string name) =>
            metadata.GetEndpoint(name, hasCertificate) is { } text
            && Uri.TryCreate(text, UriKind.Absolute, out var endpoint)
            && (endpoint.Scheme == Uri.UriSchemeHttps
                || (endpoint.Scheme == Uri.UriSchemeHttp && (client.AllowInsecureHttp || (endpoint.IsLoopback && client.Issuer!.Scheme != Uri.UriSchemeHttps))))
            && endpoint.UserInfo.Length == 0
            && !text.Contains('#', StringComparison.Ordinal)
            && Origin.GetHost(endpoint) is not null ? endpoint : null;
    }

    private static Uri[] GetMetadataAddresses(Uri issuer)
    {
        // Put together as text: a path that begins with two slashes would, as a relative address, name another host.
        var origin = issuer.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped);
        var path = issuer.AbsolutePath.TrimEnd('/');
        return [new Uri(origin + path + "/.well-known/openid-configuration"), new Uri(origin + "/.well-known/oauth-authorization-server" + path)];
    }

    private sealed class Metadata : ProtocolResponse
    {
        private static readonly string[] _endpoints = [Names.TokenEndpoint, Names.RevocationEndpoint, Names.IntrospectionEndpoint, Names.DeviceAuthorizationEndpoint, Names.AuthorizationEndpoint];

        private readonly Dictionary<string, string?> _texts = new(StringComparer.Ordinal);
        private readonly Dictionary<string, string?> _aliases = new(StringComparer.Ordinal);
        private string? _issuer;

        public Uri? Address { get; set; }
        public TimeSpan ReadAt { get; set; }
        public TimeSpan DueAt { get; set; }
        public bool TakesPostAlone { get; private set; }

        public string? FindFault(Uri issuer) =>
            HttpStatusCode != HttpStatusCode.OK ? $"answered {(int)HttpStatusCode}"
            : _texts.Count == 0 ? "is no JSON"
            : _issuer is null ? "names no issuer, or more than one"
            : _issuer != issuer.OriginalString && !Origin.IsLogical(issuer) ? $"names the issuer '{SafeText.ShowAddress(_issuer)}'"
            : null;

        public string? GetEndpoint(string name, bool hasCertificate) => (hasCertificate ? _aliases[name] : null) ?? _texts[name];

        protected override Task InitializeAsync(object? initializationData = null)
        {
            try
            {
                if (Json is null)
                    return Task.CompletedTask;
                var aliases = Find(Json, Names.MtlsEndpointAliases);
                var methods = Find(Json, Names.TokenEndpointAuthenticationMethodsSupported) is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray().Select(method => GetText(method)).ToArray() : [];
                TakesPostAlone = methods.Contains(AuthenticationMethods.PostBody) && !methods.Contains(AuthenticationMethods.BasicAuthentication);
                _issuer = GetText(Find(Json, Names.Issuer));
                foreach (var name in _endpoints)
                    (_aliases[name], _texts[name]) = (GetText(Find(aliases, name)), GetText(Find(Json, name)));
            }
            catch (InvalidOperationException)
            {
                // A text with half a character in it.
                _texts.Clear();
            }

            return Task.CompletedTask;
        }

        // Null for a member that is there twice, too: two readers could take the same document for two different servers.
        private static JsonElement? Find(JsonElement? parent, string member) =>
            parent is { ValueKind: JsonValueKind.Object } metadata && metadata.EnumerateObject().Where(property => property.NameEquals(member)).Take(2).ToArray() is [var found] ? found.Value : null;

        private static string? GetText(JsonElement? value) => value is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;
    }
}

// Where one client's requests go.
// Issuer: As the settings or the metadata have it; null where nobody knows.
internal sealed record Endpoints(Uri? Token, Uri? Revocation, string? Issuer)
{
    public Uri? Introspection { get; init; }
    public Uri? DeviceAuthorization { get; init; }
    public Uri? Authorization { get; init; }
    public bool TakesPostAlone { get; init; } // True where the server is known to take a secret in the form and in no header.
}
