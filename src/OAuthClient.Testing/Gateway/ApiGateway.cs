using System.Security.Claims;
using Microsoft.AspNetCore.Http;
using OAuthClient.Testing.AuthorizationServer;

namespace OAuthClient.Testing.Gateway;

/// <summary>The gateway below /api: lets a request through to the API, or refuses it the way WSO2's gateways do.</summary>
internal sealed class ApiGateway(OAuth2TestServerOptions options, TokenStore tokens, TimeProvider timeProvider)
{
    private readonly (PathString Path, string Scope)[] _requiredScopes = [.. options.RequiredScopes.Select(static r => (new PathString(r.Key.TrimEnd('/')), r.Value))];
    private readonly RequestDelegate? _api = options.Api;

    public Task HandleAsync(HttpContext context)
    {
        if (Refuse(context.Request, out var token) is { } error)
            return error.WriteAsync(context, options);
        if (_api is null)
            return EchoApi.HandleAsync(context, token!);
        context.User = Principal(token!);
        return _api(context);
    }

    public Task WriteUsualErrorAsync(HttpContext context, int statusCode) => GatewayError.Usual(statusCode).WriteAsync(context, options);

    private GatewayError? Refuse(HttpRequest request, out IssuedToken? token)
    {
        token = null;
        // Two header fields, or two of the ways that RFC 6750 section 2 has.
        if (options.Strict && request.Headers[options.HeaderName].Count is var count and > 0 && (count > 1 || request.Query.ContainsKey("access_token")))
            return GatewayError.TwoCredentials;
        if (ReadToken(request) is not { } value)
            return GatewayError.MissingCredentials;
        token = tokens.Find(value);
        if (token is null || token.Revoked)
            return GatewayError.InvalidCredentials;
        if (token.ExpiresAt <= timeProvider.GetUtcNow())
            return GatewayError.TokenExpired;
        if (options.ApiKeyHeaderName is { } header && request.Headers[header] != options.ApiKey)
            return GatewayError.InvalidCredentials;
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
    private string? ReadToken(HttpRequest request)
    {
        var header = request.Headers[options.HeaderName];
        if (header.Count != 1 || header[0] is not { Length: > 0 } value)
            return null;
        var scheme = options.HeaderScheme;
        if (scheme.Length is 0)
            return value;
        if (value.Length <= scheme.Length + 1 || value[scheme.Length] is not ' ' || !value.StartsWith(scheme, options.Strict ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal))
            return null;
        var token = value[(scheme.Length + 1)..];
        return options.Strict ? token.TrimStart(' ') : token;
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
