using System.Security.Cryptography;
using Microsoft.IdentityModel.Tokens;

namespace OAuthClient.Protocol;

// Proves that who sends a token is who it was issued to (RFC 9449): a key, and the nonces that servers want in its proofs.
internal sealed class DPoPProver
{
    public const string Header = "DPoP";
    public const string TokenType = "DPoP";

    // By origin, and whether it is the token endpoint's or an API's: both may be behind one gateway.
    private readonly ConcurrentDictionary<(string Origin, bool IsOfApi), string> _nonces = new();
    private readonly ECDsa _key;
    private Tuple<Uri, string, string>? _last; // An address with its origin and path: many calls go to one.
    private readonly string _header;

    private DPoPProver(ECDsa key)
    {
        var point = key.ExportParameters(includePrivateParameters: false).Q;
        var (x, y) = (Base64UrlEncoder.Encode(point.X), Base64UrlEncoder.Encode(point.Y));
        _key = key;
        _header = Base64UrlEncoder.Encode($$$"""{"typ":"dpop+jwt","alg":"ES256","jwk":{"kty":"EC","crv":"P-256","x":"{{{x}}}","y":"{{{y}}}"}}""");
        Thumbprint = Base64UrlEncoder.Encode(new ECDsaSecurityKey(key).ComputeJwkThumbprint());
    }

    public string Thumbprint { get; } // RFC 7638

    // Reads a P-256 key, or makes one. Throws InvalidOperationException: The file cannot be read, or holds none.
    public static DPoPProver Create(string? file)
    {
        try
        {
            var text = file is null ? null : File.ReadAllText(file);
            var key = text is null ? ECDsa.Create(ECCurve.NamedCurves.nistP256) : text.TrimStart().StartsWith('{') ? ReadJwk(text) : ECDsa.Create();
            if (text is not null && !text.TrimStart().StartsWith('{'))
                key.ImportFromPem(text.Contains("PRIVATE KEY-----", StringComparison.Ordinal) ? text : "");
            return key.KeySize == 256 ? new DPoPProver(key) : throw new InvalidOperationException($"the DPoPKeyFile '{file}' holds a key of {key.KeySize} bits, where ES256 needs one on the curve P-256");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException or FormatException or ArgumentException)
        {
            throw new InvalidOperationException($"the DPoPKeyFile '{file}' cannot be read, or holds no P-256 key in PEM or as a JWK");
        }
    }

    // The value of ath (RFC 9449 §4.2).
    public static string HashOf(string token) => Base64UrlEncoder.Encode(SHA256.HashData(Encoding.ASCII.GetBytes(token)));

    // A proof for one request (RFC 9449 §4.2). Put together by hand: every call to an API needs one, and the library takes half as long again as the signature.
    // tokenHash: That of the token which goes with it; null at the token endpoint.
    public string Prove(HttpMethod method, Uri address, DateTimeOffset now, string? tokenHash)
    {
        var (_, origin, path) = _last is { } last && ReferenceEquals(last.Item1, address) ? last : _last = new(address, GetOrigin(address), address.GetComponents(UriComponents.Path | UriComponents.KeepDelimiter, UriFormat.UriEscaped));
        var nonce = _nonces.TryGetValue((origin, tokenHash is not null), out var known) ? $",\"nonce\":\"{known}\"" : "";
        var ath = tokenHash is null ? "" : $",\"ath\":\"{tokenHash}\"";
        var claims = $"{{\"jti\":\"{Base64UrlEncoder.Encode(RandomNumberGenerator.GetBytes(16))}\",\"htm\":\"{method.Method}\",\"htu\":\"{origin}{path}\",\"iat\":{now.ToUnixTimeSeconds()}{ath}{nonce}}}";
        var signed = $"{_header}.{Base64UrlEncoder.Encode(claims)}";
        return $"{signed}.{Base64UrlEncoder.Encode(_key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256))}";
    }

    // Keeps the nonce that a server wants from now on (RFC 9449 §8.2); false where the answer brings none.
    public bool NoteNonce(Uri address, HttpResponseHeaders headers, bool isOfApi)
    {
        if (!headers.NonValidated.TryGetValues("DPoP-Nonce", out var values) || values.Count != 1)
            return false;
        var (server, nonce) = ((GetOrigin(address), isOfApi), JsonEncodedText.Encode(values.ToString()).Value);
        if (!_nonces.TryGetValue(server, out var known) || known != nonce)
            _nonces[server] = nonce;
        return true;
    }

    private static ECDsa ReadJwk(string text) =>
        new JsonWebKey(text) is { HasPrivateKey: true } jwk && JsonWebKeyConverter.TryConvertToSecurityKey(jwk, out var key) && key is ECDsaSecurityKey { ECDsa: var pair } ? pair : throw new CryptographicException();

    // A WebSocket is opened by an https or http request.
    private static string GetOrigin(Uri address)
    {
        var origin = address.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped);
        origin = Ascii.IsValid(origin) ? origin : origin.Replace(address.Host, address.IdnHost, StringComparison.OrdinalIgnoreCase);
        return origin.StartsWith("ws", StringComparison.Ordinal) ? $"http{origin[2..]}" : origin;
    }
}
