namespace OAuthClient.Clients;

// The tokens of the registered clients, without an HttpClient around them.
internal sealed class OAuth2TokenProvider(OAuth2Clients clients) : IOAuth2TokenProvider
{
    public async ValueTask<OAuth2Token> GetTokenAsync(string clientName, OAuth2TokenRequest? request = null, CancellationToken cancellationToken = default)
    {
        var (client, source) = await FindAsync(clientName, request, cancellationToken).ConfigureAwait(false);
        var settings = client.State.Settings;
        var entry = request is { ForceNewToken: true }
            ? await source.ForceAsync(settings, async: true, cancellationToken).ConfigureAwait(false)
            : await source.GetAsync(origin: null, patient: false, settings, async: true, cancellationToken).ConfigureAwait(false);
        return entry.Token;
    }

    public async ValueTask InvalidateAsync(string clientName, OAuth2TokenRequest? request = null, CancellationToken cancellationToken = default) =>
        await (await FindAsync(clientName, request, cancellationToken).ConfigureAwait(false)).Source.InvalidateAsync().ConfigureAwait(false);

    public async ValueTask RevokeAsync(string clientName, OAuth2TokenRequest? request = null, CancellationToken cancellationToken = default)
    {
        var (client, source) = await FindAsync(clientName, request, cancellationToken).ConfigureAwait(false);
        if (await client.RevokeAsync(source, cancellationToken).ConfigureAwait(false) is { } failure)
            throw failure.ToException(client.State.Settings.Name);
    }

    public async ValueTask<OAuth2TokenIntrospection> IntrospectAsync(string clientName, OAuth2TokenRequest? request = null, CancellationToken cancellationToken = default)
    {
        var client = (await FindAsync(clientName, request, cancellationToken).ConfigureAwait(false)).Client;
        var protocol = client.State.Protocol;
        if (protocol.Settings is { IntrospectionEndpoint: null, Issuer: null })
            throw protocol.Settings.Lacks("Introspection");
        var token = await GetTokenAsync(clientName, request, cancellationToken).ConfigureAwait(false);
        var (answer, failure) = await client.Engine.Endpoint.IntrospectAsync(protocol, token.Value, cancellationToken).ConfigureAwait(false);
        return answer ?? throw failure!.ToException(protocol.Settings.Name);
    }

    public OAuth2TokenStatus GetStatus(string clientName, OAuth2TokenRequest? request = null)
    {
        var name = request?.ClientName ?? clientName;
        return clients.FindFault(name, out var client) is { } fault
            ? new OAuth2TokenStatus { ClientName = name, Failure = fault }
            : client?.GetStatus(request) ?? new OAuth2TokenStatus { ClientName = name };
    }

    public IReadOnlyList<OAuth2TokenStatus> GetStatuses() => [.. clients.Names.Select(name => GetStatus(name))];

    private async ValueTask<(OAuth2Client Client, TokenSource Source)> FindAsync(string clientName, OAuth2TokenRequest? request, CancellationToken cancellationToken)
    {
        var client = await clients.FindAsync(request?.ClientName ?? clientName, async: true, cancellationToken).ConfigureAwait(false);
        return client.State.Settings.SendsNoToken || request is { NoToken: true }
            ? throw new InvalidOperationException($"{client.State.Settings}: there is no token, since {(request is { NoToken: true } ? "the request asks for none" : "its connection wants none")}.")
            : (client, client.State.GetSource(request));
    }
}
