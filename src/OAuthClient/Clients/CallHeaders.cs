namespace OAuthClient.Clients;

// Puts token and API key into a client's headers, in place of whatever the request had there.
internal sealed class CallHeaders(ClientSettings client)
{
    private readonly string _name = client.HeaderName;
    private readonly string _scheme = client.HeaderScheme;
    private readonly string? _apiKey = client.ApiKey;
    private readonly string? _apiKeyName = client.ApiKeyHeaderName;

    // The Authorization header has a typed slot, which is set without a look-up by name.
    private readonly bool _isTyped = client.HeaderName.Equals("Authorization", StringComparison.OrdinalIgnoreCase) && client.HeaderScheme.Length > 0;
    private readonly bool _isUsual = client is { HeaderName: "Authorization", HeaderScheme: TokenEntry.BearerScheme, ApiKey: null };

    // The API key alone where there is no token. Not inlined, like Set: the JIT would pay for their many variables in the caller's every call.
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Apply(HttpRequestMessage request, TokenEntry? entry)
    {
        if (_isUsual && entry is not null)
            request.Headers.Authorization = entry.Bearer;
        else
            ApplyAll(request, entry);
    }

    public bool Contains(HttpRequestMessage request) =>
        request.Headers.NonValidated.Contains(_name) || (_apiKey is not null && request.Headers.NonValidated.Contains(_apiKeyName!));

    public void Remove(HttpRequestMessage request)
    {
        request.Headers.Remove(_name);
        if (_apiKey is not null)
            request.Headers.Remove(_apiKeyName!);
    }

    private void ApplyAll(HttpRequestMessage request, TokenEntry? entry)
    {
        if (entry is not null)
        {
            var header = entry.Header;
            if (header is null || header.Scheme != _scheme)
                entry.Header = header = new HeaderValue(_scheme, entry.Token.Value);
            if (_isTyped)
                request.Headers.Authorization = header.Authorization;
            else
                Set(request, _name, header.Text);
        }

        if (_apiKey is not null)
            Set(request, _apiKeyName!, _apiKey);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Set(HttpRequestMessage request, string name, string value)
    {
        // Parsing the name is most of the cost, and often there is nothing to remove.
        var headers = request.Headers;
        if (headers.NonValidated.Count > 0)
            headers.Remove(name);
        headers.TryAddWithoutValidation(name, value);
    }
}
