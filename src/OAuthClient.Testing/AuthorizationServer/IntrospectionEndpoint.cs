using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using OAuthClient.Testing.AuthorizationServer.Grants;
using OAuthClient.Testing.Hosting;

namespace OAuthClient.Testing.AuthorizationServer;

/// <summary>The introspection endpoint of one issuer (RFC 7662), for clients that prove themselves. Of tokens that are no good it says no more than that.</summary>
internal sealed class IntrospectionEndpoint(OAuth2TestServerOptions options, TestIssuer issuer, ClientAuthenticator authenticator, TokenStore tokens)
{
    public async Task HandleAsync(HttpContext context)
    {
        var (form, error) = await RequestForm.ReadAsync(context.Request, options).ConfigureAwait(false);
        TestClient? client = null;
        error ??= authenticator.Authenticate(context.Request, form, out client) ?? Refuse(context.Request, form, client!);
        if (error is not null)
        {
            await error.WriteAsync(context.Response, options).ConfigureAwait(false);
            return;
        }

        context.Response.Headers.CacheControl = "no-store";
        await JsonAnswer.WriteAsync(context.Response, 200, Describe(form["token"], client!), static (writer, answer) => answer.WriteTo(writer)).ConfigureAwait(false);
    }

    private static OAuthError? Refuse(HttpRequest request, Dictionary<string, string> form, TestClient client)
    {
        if (!TokenEndpoint.IsProven(request, form, client))
            return OAuthError.InvalidClient($"The client '{client.ClientId}' sends no credentials; introspection is for clients that do (RFC 7662 section 2.1).");
        return string.IsNullOrEmpty(form.GetValueOrDefault("token")) ? GrantRequest.Missing("token") : null;
    }

    private JsonObject Describe(string value, TestClient client)
    {
        var now = options.TimeProvider.GetUtcNow();
        if (tokens.Find(value) is { } access && access.IsLive(now) && access.Authorization.Issuer == issuer)
            return Describe(access);
        // A refresh token is nobody's business but its client's.
        if (tokens.FindRefreshToken(value) is { } refresh && refresh.IsLive(now) && refresh.Authorization.Issuer == issuer && refresh.Authorization.Client == client)
            return Describe(refresh.Authorization, refresh.Confirmation, string.Join(' ', refresh.Scopes), refresh.ExpiresAt, now);
        return new JsonObject { ["active"] = false };
    }

    private static JsonObject Describe(IssuedToken token)
    {
        var answer = Describe(token.Authorization, token.Confirmation, token.Scope, token.ExpiresAt, token.IssuedAt);
        answer["token_type"] = token.Type;
        answer["iat"] = token.IssuedAt.ToUnixTimeSeconds();
        answer["aud"] = token.Authorization.Client.ClientId;
        answer["jti"] = token.Id;
        foreach (var (name, value) in token.Authorization.Claims)
            answer[name] = value?.DeepClone();
        return answer;
    }

    private static JsonObject Describe(Authorization authorization, Confirmation? confirmation, string scope, DateTimeOffset expiresAt, DateTimeOffset at)
    {
        var answer = new JsonObject { ["active"] = true, ["scope"] = scope, ["client_id"] = authorization.Client.ClientId };
        if (authorization.Username is { } username)
            answer["username"] = username;
        answer["sub"] = authorization.Subject;
        answer["iss"] = authorization.Issuer.Issuer.AbsoluteUri;
        // What never ends has no date that a client could read.
        if (expiresAt != DateTimeOffset.MaxValue)
            answer["exp"] = at.ToUnixTimeSeconds() + TokenMinter.SecondsLeft(expiresAt, at);
        if (confirmation is not null)
            answer["cnf"] = confirmation.ToClaim();
        return answer;
    }
}
