using System.Net.Http.Headers;
using OAuthClient.Tokens;

namespace OAuthClient.Http;

/// <summary>A token as a header carries it, finished once for all requests.</summary>
internal sealed record HeaderValue(string Scheme, string Text, AuthenticationHeaderValue? Authorization)
{
    /// <summary>Not the token.</summary>
    public override string ToString() => Scheme;
}

/// <summary>Puts token and API key into a client's headers, in place of whatever the request had there.</summary>
internal sealed class Credentials(ClientSettings client)
{
    private readonly string _name = client.HeaderName;
    private readonly string _scheme = client.HeaderScheme;
    private readonly string? _apiKey = client.ApiKey;
    private readonly string? _apiKeyName = client.ApiKeyHeaderName;

    // The Authorization header has a typed slot, which is set without a look-up by name.
    private readonly bool _isTyped = client.HeaderName.Equals("Authorization", StringComparison.OrdinalIgnoreCase) && client.HeaderScheme.Length > 0;

    public void Apply(HttpRequestMessage request, TokenEntry entry)
    {
        var header = entry.Header;
        if (header is null || header.Scheme != _scheme)
            entry.Header = header = Finish(entry.Token.Value);
        if (_isTyped)
            request.Headers.Authorization = header.Authorization;
        else
            Set(request, _name, header.Text);
        ApplyApiKey(request);
    }

    public void ApplyApiKey(HttpRequestMessage request)
    {
        if (_apiKey is not null)
            Set(request, _apiKeyName!, _apiKey);
    }

    private HeaderValue Finish(string token) => _scheme.Length == 0
        ? new HeaderValue(_scheme, token, null)
        : new HeaderValue(_scheme, $"{_scheme} {token}", new AuthenticationHeaderValue(_scheme, token));

    private static void Set(HttpRequestMessage request, string name, string value)
    {
        request.Headers.Remove(name);
        request.Headers.TryAddWithoutValidation(name, value);
    }
}
