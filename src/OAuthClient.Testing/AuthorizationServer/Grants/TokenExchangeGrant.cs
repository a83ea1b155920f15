using System.Text.Json.Nodes;

namespace OAuthClient.Testing.AuthorizationServer.Grants;

/// <summary>Token exchange (RFC 8693), of access tokens of this server.</summary>
internal sealed class TokenExchangeGrant(PresentedTokens tokens) : IGrant
{
    private const string AccessTokenType = "urn:ietf:params:oauth:token-type:access_token";
    private const string JwtType = "urn:ietf:params:oauth:token-type:jwt";

    public OAuthError? Check(GrantRequest request, out Grant? grant)
    {
        grant = null;
        if (Find(request, "subject_token", out var subject) is { } wrongSubject)
            return wrongSubject;
        IssuedToken? actor = null;
        if (request["actor_token"] is not null && Find(request, "actor_token", out actor) is { } wrongActor)
            return wrongActor;
        if (actor is null && request["actor_token_type"] is not null)
            return OAuthError.InvalidRequest("The parameter 'actor_token_type' comes without an 'actor_token'.");
        var type = request["requested_token_type"] ?? AccessTokenType;
        if (!IsKnown(type))
            return OAuthError.InvalidRequest($"The requested_token_type is '{type}'; the server issues '{AccessTokenType}' and '{JwtType}'.");
        if (request.All("resource").FirstOrDefault(static r => !GrantRequest.IsTarget(r)) is { } resource)
            return new OAuthError(400, "invalid_target", $"The resource '{resource}' is no absolute URI without a fragment (RFC 8693 section 2.1).");

        var authorization = Authorization.OfSubject(request.Issuer, request.Client, subject!.Authorization, asJwt: type is JwtType);
        JsonNode[] targets = [.. request.All("audience").Concat(request.All("resource")).Distinct(StringComparer.Ordinal).Select(static t => JsonValue.Create(t))];
        if (targets.Length > 0)
            authorization.Claims["aud"] = targets is [var single] ? single : new JsonArray(targets);
        if (actor is not null)
            authorization.Claims["act"] = Act(actor.Authorization.Subject, subject.Authorization.Claims["act"]);
        grant = new Grant(authorization) { Response = { ["issued_token_type"] = type } };
        return null;
    }

    /// <summary>The actor, and within it whoever acted before (RFC 8693 section 4.1).</summary>
    private static JsonObject Act(string subject, JsonNode? before)
    {
        var act = new JsonObject { ["sub"] = subject };
        if (before is not null)
            act["act"] = before.DeepClone();
        return act;
    }

    private static bool IsKnown(string type) => type is AccessTokenType or JwtType;

    /// <summary>Section 2.2.2 has <c>invalid_request</c> for a token that is bad in any way, and not <c>invalid_grant</c>.</summary>
    private OAuthError? Find(GrantRequest request, string name, out IssuedToken? token)
    {
        token = null;
        if (request[name] is not { } value)
            return GrantRequest.Missing(name);
        if (request[$"{name}_type"] is not { } type)
            return GrantRequest.Missing($"{name}_type");
        if (!IsKnown(type))
            return OAuthError.InvalidRequest($"The {name}_type is '{type}'; the server takes '{AccessTokenType}' and '{JwtType}'.");
        if (tokens.Find(value, out token) is { } flaw)
            return OAuthError.InvalidRequest($"The {name} {flaw}.");
        return type is JwtType && !value.Contains('.', StringComparison.Ordinal) ? OAuthError.InvalidRequest($"The {name} is no JWT, as its {name}_type says.") : null;
    }
}
