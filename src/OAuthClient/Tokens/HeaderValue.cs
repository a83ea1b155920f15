namespace OAuthClient.Tokens;

// A token as a header carries it, finished once for all requests.
internal sealed class HeaderValue(string scheme, string token)
{
    private string? _text;

    public string Scheme => scheme;

    // For a header of any name; made on demand, since it is as long as the token.
    public string Text => _text ??= scheme.Length == 0 ? token : $"{scheme} {token}";

    // For the Authorization header, which needs a scheme.
    public AuthenticationHeaderValue? Authorization { get; } = scheme.Length == 0 ? null : new AuthenticationHeaderValue(scheme, token);
}
