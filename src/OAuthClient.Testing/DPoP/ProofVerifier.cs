using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;
using OAuthClient.Testing.Jwt;

namespace OAuthClient.Testing.DPoP;

/// <summary>Checks the proofs that come to one endpoint (RFC 9449 section 4.3).</summary>
internal sealed partial class ProofVerifier(TimeProvider timeProvider)
{
    public static readonly string[] Algorithms = ["ES256", "ES384", "RS256", "PS256"];

    private const int MaxAge = 300;
    private const int FirstSweep = 10_000;
    private readonly Dictionary<string, double> _seen = new(StringComparer.Ordinal);
    private int _nextSweep = FirstSweep;

    /// <summary>Why the request's proof proves nothing, or the thumbprint of the key that it proves.</summary>
    /// <param name="request">The request.</param>
    /// <param name="nonce">The nonce that the proof must hold; <see langword="null"/> asks for none.</param>
    /// <param name="accessToken">The token that the proof comes with; <see langword="null"/> where it comes with none.</param>
    /// <param name="thumbprint">The key's thumbprint.</param>
    public ProofRefusal? Verify(HttpRequest request, string? nonce, string? accessToken, out string? thumbprint)
    {
        thumbprint = null;
        var header = request.Headers["DPoP"];
        if (header.Count is 0)
            return Refuse("The DPoP header is missing", "missing");
        // A comma is how several header fields are joined on their way, and part of no JWT.
        if (header.Count > 1 || header.ToString().Contains(','))
            return Refuse("There is more than one DPoP header", "multiple");
        if (ParsedJwt.TryParse(header.ToString()) is not { } proof)
            return Refuse("The DPoP proof is no JWT", "format");
        using var key = ReadKey(proof, out var refusal);
        refusal ??= CheckClaims(proof, request, nonce, accessToken);
        if (refusal is null)
            thumbprint = key!.Thumbprint;
        return refusal;
    }

    private static ProofKey? ReadKey(ParsedJwt proof, out ProofRefusal? refusal)
    {
        ProofKey? key = null;
        refusal = Check();
        return key;

        ProofRefusal? Check()
        {
            if (ParsedJwt.Text(proof.Header, "typ") is not "dpop+jwt")
                return Refuse("The typ of the DPoP proof is not 'dpop+jwt'", "typ");
            if (proof.Algorithm is not { } algorithm || !Algorithms.Contains(algorithm))
                return Refuse($"The alg of the DPoP proof is none of {string.Join(", ", Algorithms)}", "alg");
            if (!proof.Header.TryGetProperty("jwk", out var jwk) || jwk.ValueKind is not JsonValueKind.Object)
                return Refuse("The DPoP proof has no jwk", "jwk");
            if (ProofKey.HasPrivatePart(jwk))
                return Refuse("The jwk of the DPoP proof holds a private key", "jwk_private");
            key = ProofKey.TryRead(jwk, algorithm);
            if (key is null)
                return Refuse($"The jwk of the DPoP proof is no key for {algorithm}", "jwk");
            return key.HasSigned(proof) ? null : Refuse("The DPoP proof is not signed with the key in its jwk", "signature");
        }
    }

    private ProofRefusal? CheckClaims(ParsedJwt proof, HttpRequest request, string? nonce, string? accessToken)
    {
        if (proof.Claim("htm") != request.Method)
            return Refuse($"The htm of the DPoP proof is not '{request.Method}'", "htm");
        var endpoint = Target(request);
        if (endpoint is null || Normalize(proof.Claim("htu")) != endpoint)
            return Refuse($"The htu of the DPoP proof is not '{endpoint}'", "htu");
        var now = ParsedJwt.Seconds(timeProvider.GetUtcNow());
        if (proof.Number("iat") is not { } issuedAt || !(Math.Abs(issuedAt - now) <= MaxAge))
            return Refuse("The iat of the DPoP proof is no time within 5 minutes from now", "iat");
        if (accessToken is not null && proof.Claim("ath") != WebEncoders.Base64UrlEncode(SHA256.HashData(Encoding.ASCII.GetBytes(accessToken))))
            return Refuse("The ath of the DPoP proof is not the hash of the access token", "ath");
        if (proof.Claim("jti") is not { Length: > 0 } id)
            return Refuse("The DPoP proof has no jti", "jti");
        if (!IsNew($"{endpoint} {id}", issuedAt + MaxAge, now))
            return Refuse("The jti of the DPoP proof has been used before", "jti");
        return nonce is null || proof.Claim("nonce") == nonce
            ? null
            : new ProofRefusal("use_dpop_nonce", "The nonce of the DPoP proof is not the current one", "dpop.nonce");
    }

    private bool IsNew(string id, double until, double now)
    {
        lock (_seen)
        {
            if (_seen.Count >= _nextSweep)
            {
                foreach (var (old, _) in _seen.Where(s => s.Value < now))
                    _seen.Remove(old);
                _nextSweep = Math.Max(FirstSweep, 2 * _seen.Count);
            }

            return _seen.TryAdd(id, until);
        }
    }

    private static string? Target(HttpRequest request)
    {
        var target = request.HttpContext.Features.Get<IHttpRequestFeature>()!.RawTarget;
        return Normalize(target.StartsWith('/') ? $"{request.Scheme}://{request.Host}{target}" : target);
    }

    /// <summary>A URI without query and fragment, in the one spelling of RFC 3986 sections 6.2.2 and 6.2.3; <see langword="null"/> for what is none of http.</summary>
    private static string? Normalize(string? uri) =>
        Uri.TryCreate(uri, UriKind.Absolute, out var parsed) && parsed is { Scheme: "http" or "https", UserInfo: "" }
            ? PercentEscape().Replace(parsed.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped), static m => m.Value.ToUpperInvariant())
            : null;

    [GeneratedRegex("%[0-9a-f]{2}", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex PercentEscape();

    private static ProofRefusal Refuse(string description, string check) => new("invalid_dpop_proof", description, $"dpop.{check}");
}
