using System.Collections.Frozen;
using OAuthClient.Testing.Jwt;

namespace OAuthClient.Testing.AuthorizationServer.Grants;

/// <summary>JWTs as authorization grants (RFC 7523 section 2.1): those of the issuers that the server trusts, and its own access tokens while they are good.</summary>
internal sealed class JwtBearerGrant(OAuth2TestServerOptions options, FrozenDictionary<string, TestUser> users, PresentedTokens tokens) : IGrant
{
    private readonly FrozenDictionary<string, string> _issuers = options.AssertionIssuers.ToFrozenDictionary(StringComparer.Ordinal);

    public OAuthError? Check(GrantRequest request, out Grant? grant)
    {
        grant = null;
        if (request["assertion"] is not { } assertion)
            return GrantRequest.Missing("assertion");
        if (ParsedJwt.TryParse(assertion) is not { } jwt)
            return OAuthError.InvalidGrant("The assertion is no JWT.");
        var flaw = tokens.Find(assertion, out var own);
        if (own is not null)
        {
            grant = new Grant(Authorization.OfSubject(request.Issuer, request.Client, own.Authorization));
            return flaw is null ? null : OAuthError.InvalidGrant($"The assertion {flaw}.");
        }

        if (FindFlaw(request.Issuer, jwt) is { } wrong)
            return OAuthError.InvalidGrant(wrong);
        var subject = jwt.Claim("sub")!;
        var user = users.GetValueOrDefault(subject);
        if (user is { IsLocked: true })
            return OAuthError.InvalidGrant($"17003:Account is locked for user {subject}");
        grant = new Grant(new Authorization(request.Issuer, request.Client, user, subject));
        return null;
    }

    /// <summary>What section 3 of the RFC finds wrong.</summary>
    private string? FindFlaw(TestIssuer here, ParsedJwt assertion)
    {
        if (assertion.Claim("iss") is not { Length: > 0 } issuer)
            return "The assertion has no iss.";
        if (!_issuers.TryGetValue(issuer, out var key))
            return $"The iss of the assertion is '{issuer}', which is not among the AssertionIssuers.";
        if (assertion.Claim("sub") is not { Length: > 0 })
            return "The assertion has no sub.";
        if (!assertion.IsFor(here.TokenEndpoint, here.Issuer))
            return "The aud of the assertion is neither the token endpoint nor the issuer.";
        if (assertion.FindTimeFlaw(options.TimeProvider.GetUtcNow()) is var (_, flaw))
            return $"The assertion {flaw}.";
        return assertion.IsSignedBy(key) ? null : "The assertion is not signed with the key of its iss.";
    }
}
