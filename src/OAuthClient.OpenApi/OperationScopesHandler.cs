namespace OAuthClient.OpenApi;

// Has each call ask for the scopes of its operation.
internal sealed class OperationScopesHandler : DelegatingHandler
{
    private readonly OperationTree _operations;
    private readonly string[] _basePaths;

    // basePaths: What may stand before the document's paths.
    public OperationScopesHandler(OperationTree operations, IEnumerable<string> basePaths)
    {
        _operations = operations;
        _basePaths = [.. basePaths.Select(path => path.Trim('/')).Select(path => path.Length == 0 ? "" : $"/{path}").Distinct(StringComparer.Ordinal).OrderByDescending(path => path.Length)];
        if (_basePaths.Length == 0)
            _basePaths = [""];
    }

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Prepare(request);
        return base.SendAsync(request, cancellationToken);
    }

    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Prepare(request);
        return base.Send(request, cancellationToken);
    }

    private void Prepare(HttpRequestMessage request)
    {
        if (Find(request) is not { } wanted)
            return;
        var own = request.GetOAuth2TokenRequest();
        if (own is null)
            request.SetOAuth2TokenRequest(wanted);
        else if (own is { Scopes: null, NoToken: false })
            request.SetOAuth2TokenRequest(OAuth2TokenRequest.WithScopes(own, wanted.Scopes));
    }

    private OAuth2TokenRequest? Find(HttpRequestMessage request)
    {
        if (request.RequestUri is not { IsAbsoluteUri: true } address)
            return null;
        var path = address.AbsolutePath;
        foreach (var basePath in _basePaths)
        {
            if (!path.StartsWith(basePath, StringComparison.Ordinal) || (path.Length > basePath.Length && path[basePath.Length] != '/'))
                continue;
            var found = _operations.Find(request.Method.Method, path.AsSpan(basePath.Length), out var isKnown);
            if (isKnown)
                return found;
        }

        return null;
    }
}
