namespace OAuthClient.Clients;

// Puts the token, its proof and the client's other credentials into their headers, in place of whatever the request had there.
internal sealed class CallHeaders(ClientProtocol protocol, TimeProvider timeProvider)
{
    private readonly string _name = protocol.Settings.HeaderName;
    private readonly string _scheme = protocol.Settings.HeaderScheme;
    private readonly (string Name, string Value)[] _others = protocol.Settings.CredentialHeaders;
    private readonly DPoPProver? _prover = protocol.Prover;
    private readonly bool _hasCertificate = protocol.Settings.HasCertificate;

    // The Authorization header has a typed slot, which is set without a look-up by name.
    private readonly bool _isTyped = protocol.Settings.HeaderName.Equals("Authorization", StringComparison.OrdinalIgnoreCase) && protocol.Settings.HeaderScheme.Length > 0;
    private readonly bool _isUsual = protocol.Settings is { HeaderName: "Authorization", HeaderScheme: TokenEntry.BearerScheme, CredentialHeaders.Length: 0, HasCertificate: false } && protocol.Prover is null;

    public bool HasProver => _prover is not null;

    // The other credentials alone where there is no token. Not inlined, like Set: the JIT would pay for their many variables in the caller's every call.
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Apply(HttpRequestMessage request, TokenEntry? entry)
    {
        if (_isUsual && entry is not null)
            request.Headers.Authorization = entry.Bearer;
        else
            ApplyAll(request, entry);
    }

    public bool Contains(HttpRequestMessage request) =>
        request.Headers.NonValidated.Contains(_name) || Array.Exists(_others, other => request.Headers.NonValidated.Contains(other.Name));

    public void Remove(HttpRequestMessage request)
    {
        request.Headers.Remove(_name);
        request.Headers.Remove(DPoPProver.Header);
        if (_hasCertificate)
            request.Options.Set(Transport.Certificate, null);
        foreach (var (name, _) in _others)
            request.Headers.Remove(name);
    }

    // Takes the nonce for the next proof from an answer; false where it brings none (RFC 9449 §9).
    public bool NoteNonce(HttpRequestMessage request, HttpResponseMessage response) => _prover?.NoteNonce(request.RequestUri!, response.Headers, isOfApi: true) == true;

    private void ApplyAll(HttpRequestMessage request, TokenEntry? entry)
    {
        if (entry is not null)
        {
            var isBound = _prover is not null && entry.Token.TokenType == DPoPProver.TokenType;
            var scheme = isBound && _scheme == TokenEntry.BearerScheme ? DPoPProver.TokenType : _scheme;
            var header = entry.Header;
            if (header is null || header.Scheme != scheme)
                entry.Header = header = new HeaderValue(scheme, entry.Token.Value);
            if (_isTyped)
                request.Headers.Authorization = header.Authorization;
            else
                Set(request, _name, header.Text);
            if (isBound)
                Set(request, DPoPProver.Header, _prover!.Prove(request.Method, request.RequestUri!, timeProvider.GetUtcNow(), header.Hash));
            if (_hasCertificate)
                request.Options.Set(Transport.Certificate, entry.Certificate);
        }

        foreach (var (name, value) in _others)
            Set(request, name, value);
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
