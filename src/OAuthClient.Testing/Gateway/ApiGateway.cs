using System.Security.Claims;
using Microsoft.AspNetCore.Http;
using OAuthClient.Testing.AuthorizationServer;

namespace OAuthClient.Testing.Gateway;

/// <summary>The gateway below /api: lets a request through to the API, or refuses it the way WSO2's gateways do.</summary>
internal sealed class ApiGateway(OAuth2TestServerOptions options, TokenStore tokens, TimeProvider timeProvider)
{
    private readonly (PathString Path, string Scope)[] _requiredScopes = [.. options.RequiredScopes.Select(static r => (new PathString(r.Key.TrimEnd('/')), r.Value))];
    private readonly BindingCheck _binding = new(options, timeProvider);
    private readonly KeyValuePair<string, string>[] _credentialHeaders = [.. options.CredentialHeaders];
    private readonly RequestDelegate? _api = options.Api;

    public Task HandleAsync(HttpContext context)
    {
        if (Refuse(context, out var token, out var asDPoP) is { } error)
            return (asDPoP ? error with { OverDPoP = true } : error).WriteAsync(context, options);
        if (_api is null)
            return EchoApi.HandleAsync(context, token!);
        context.User = Principal(token!);
        return _api(context);
    }

    public Task WriteUsualErrorAsync(HttpContext context, int statusCode) => GatewayError.Usual(statusCode).WriteAsync(context, options);

    private GatewayError? Refuse(HttpContext context, out IssuedToken? token, out bool asDPoP)
    {
        var request = context.Request;
        (token, asDPoP) = (null, false);
        // Two header fields, or two of the ways that RFC 6750 section 2 has.
        if (options.Strict && request.Headers[options.HeaderName].Count is var count and > 0 && (count > 1 || request.Query.ContainsKey("access_token")))
            return GatewayError.TwoCredentials;
        if (ReadToken(request, out asDPoP) is not { } value)
            return GatewayError.MissingCredentials;
        token = tokens.Find(value);
        if (token is null || token.Revoked)
            return GatewayError.InvalidCredentials with { StatusCode = options.RejectedTokenStatusCode };
        if (token.ExpiresAt <= timeProvider.GetUtcNow())
            return GatewayError.TokenExpired with { StatusCode = options.RejectedTokenStatusCode };
        if (_binding.Refuse(context, token, asDPoP) is { } unbound)
            return unbound;
        if (options.ApiKeyHeaderName is { } header && request.Headers[header] != options.ApiKey)
            return GatewayError.InvalidCredentials;
        foreach (var (name, credential) in _credentialHeaders)
        {
            if (request.Headers[name] != credential)
                return GatewayError.WrongCredentialHeader with { Description = $"The header '{name}' is missing or wrong" };
        }

        var client = token.Authorization.Client;
        if (client.KeyType != options.Environment)
            return GatewayError.WrongKeyType;
        if (client.Blocked)
            return GatewayError.Blocked;
        if (!client.Subscribed)
            return GatewayError.NotSubscribed;
        foreach (var (path, scope) in _requiredScopes)
        {
            if (request.Path.StartsWithSegments(path) && !token.Scopes.Contains(scope))
                return GatewayError.MissingScope with { Scope = scope };
        }

        return null;
    }

    /// <summary>The token of the one header that is looked at, or <see langword="null"/> if it is missing, doubled or of another scheme.</summary>
    private string? ReadToken(HttpRequest request, out bool asDPoP)
    {
        asDPoP = false;
        var header = request.Headers[options.HeaderName];
        if (header.Count != 1 || header[0] is not { Length: > 0 } value)
            return null;
        asDPoP = Has("DPoP");
        var scheme = asDPoP ? "DPoP" : options.HeaderScheme;
        if (scheme.Length is 0)
            return value;
        if (!Has(scheme))
            return null;
        var token = value[(scheme.Length + 1)..];
        return options.Strict ? token.TrimStart(' ') : token;

        bool Has(string scheme) =>
            value.Length > scheme.Length + 1 && value[scheme.Length] is ' ' && value.StartsWith(scheme, options.Strict ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal);
    }

    private static ClaimsPrincipal Principal(IssuedToken token) => new(new ClaimsIdentity(
        [
            new Claim("client_id", token.Authorization.Client.ClientId),
            new Claim("sub", token.Authorization.Subject),
            new Claim("scope", token.Scope),
        ],
        authenticationType: "Bearer",
        nameType: "sub",
        roleType: null));
}
