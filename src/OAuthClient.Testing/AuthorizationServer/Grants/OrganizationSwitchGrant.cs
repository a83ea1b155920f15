using System.Collections.Frozen;

namespace OAuthClient.Testing.AuthorizationServer.Grants;

/// <summary>WSO2's change from one organization to another: a token that is good, for one of the same subject elsewhere.</summary>
internal sealed class OrganizationSwitchGrant(OAuth2TestServerOptions options, PresentedTokens tokens) : IGrant
{
    private readonly FrozenSet<string> _organizations = options.Organizations.ToFrozenSet(StringComparer.Ordinal);

    public OAuthError? Check(GrantRequest request, out Grant? grant)
    {
        grant = null;
        if (request["token"] is not { } value)
            return GrantRequest.Missing("token");
        if (request["switching_organization"] is not { } organization)
            return GrantRequest.Missing("switching_organization");
        if (!_organizations.Contains(organization))
            return OAuthError.InvalidRequest($"The switching_organization '{organization}' is not among the server's Organizations.");
        if (tokens.Find(value, out var token) is { } flaw)
            return OAuthError.InvalidGrant($"The token {flaw}.");
        var authorization = Authorization.OfSubject(request.Issuer, request.Client, token!.Authorization);
        authorization.Claims["org_id"] = organization;
        grant = new Grant(authorization);
        return null;
    }
}
