using System.Collections.Frozen;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using OAuthClient.Testing.AuthorizationServer.Grants;
using OAuthClient.Testing.Hosting;

namespace OAuthClient.Testing.AuthorizationServer;

/// <summary>The token endpoint of one issuer.</summary>
internal sealed class TokenEndpoint(
    OAuth2TestServerOptions options, TestIssuer issuer, ClientAuthenticator authenticator, FrozenDictionary<string, TestUser> users, TokenStore tokens, FrozenDictionary<string, IGrant> grants)
{
    private static readonly string[] _builtInGrants = ["client_credentials", "password", "refresh_token"];

    private readonly FrozenDictionary<string, Action<GrantContext>> _customGrants = options.CustomGrants.ToFrozenDictionary(StringComparer.Ordinal);

    private readonly TokenBinder _binder = new(options, new CertificateVerifier(options));

    public async Task HandleAsync(HttpContext context)
    {
        var (form, error) = await RequestForm.ReadAsync(context.Request, options).ConfigureAwait(false);
        JsonObject? response = null;
        error ??= authenticator.Authenticate(context.Request, form, out var client) ?? _binder.Bind(context, client!, out var confirmation)
            ?? Grant(client!, IsProven(context.Request, form, client!), confirmation, form, context.Request.Form, out response);
        if (error is not null)
        {
            await error.WriteAsync(context.Response, options).ConfigureAwait(false);
            return;
        }

        options.ConfigureTokenResponse?.Invoke(response!);
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.Pragma = "no-cache";
        await JsonAnswer.WriteAsync(context.Response, 200, response!, static (writer, response) => response.WriteTo(writer)).ConfigureAwait(false);
    }

    private OAuthError? Grant(TestClient client, bool proven, Confirmation? confirmation, Dictionary<string, string> form, IFormCollection fields, out JsonObject? response)
    {
        response = null;
        if (form.GetValueOrDefault("grant_type") is not { Length: > 0 } grantType)
            return OAuthError.InvalidRequest("The parameter 'grant_type' is missing or empty.");
        if (!_builtInGrants.Contains(grantType) && !_customGrants.ContainsKey(grantType) && !grants.ContainsKey(grantType))
            return new OAuthError(400, "unsupported_grant_type", $"The server does not know the grant '{grantType}'.");
        if (!client.GrantTypes.Contains(grantType))
            return new OAuthError(400, "unauthorized_client", $"The client '{client.ClientId}' may not use the grant '{grantType}'.");
        if (options.Strict && grantType is "client_credentials" && !proven)
            return new OAuthError(400, "unauthorized_client", $"The client '{client.ClientId}' sends no credentials; client_credentials is for confidential clients (RFC 6749 section 4.4).");

        var scopes = ScopePolicy.Read(form);
        var custom = new GrantContext(client, grantType, form);
        var extra = custom.Response;
        Issuance? issuance = null;
        var error = grantType switch
        {
            "client_credentials" => Issue(new Authorization(issuer, client, null, null), withRefreshToken: false),
            "password" => SignIn(form, out var user) ?? Issue(new Authorization(issuer, client, user, null), client.GrantTypes.Contains("refresh_token")),
            "refresh_token" => form.GetValueOrDefault("refresh_token") is { Length: > 0 } refreshToken
                ? tokens.Refresh(refreshToken, issuer, client, confirmation, scopes, out issuance)
                : OAuthError.InvalidRequest("The parameter 'refresh_token' is missing or empty."),
            _ when _customGrants.ContainsKey(grantType) => RunCustom(),
            _ => RunBuiltIn(),
        };
        if (error is null)
            response = Describe(issuance!, extra);
        return error;

        OAuthError? RunCustom()
        {
            _customGrants[grantType](custom);
            if (custom.Error is not null)
                return new OAuthError(400, custom.Error, custom.ErrorDescription ?? "");
            var user = custom.Username is null ? null : users.GetValueOrDefault(custom.Username);
            return Issue(new Authorization(issuer, client, user, custom.Username), custom.IssueRefreshToken && client.GrantTypes.Contains("refresh_token"));
        }

        OAuthError? RunBuiltIn()
        {
            if (grants[grantType].Check(new GrantRequest(issuer, client, form, fields), out var grant) is { } refusal)
                return refusal;
            extra = grant!.Response;
            return Issue(grant.Authorization, grant.WithRefreshToken && client.GrantTypes.Contains("refresh_token"), grant.Scopes);
        }

        OAuthError? Issue(Authorization authorization, bool withRefreshToken, IReadOnlyList<string>? granted = null)
        {
            if (granted is null && ScopePolicy.Grant(options, client, scopes, out granted) is { } refusal)
                return refusal;
            (authorization.Confirmation, authorization.OfPublicClient) = (confirmation, !proven);
            if (options.TokenBindings)
                authorization.Binding = form.GetValueOrDefault("tokenBindingId", "");
            issuance = tokens.Issue(authorization, granted!, withRefreshToken);
            return null;
        }
    }

    private OAuthError? SignIn(Dictionary<string, string> form, out TestUser? user)
    {
        user = null;
        if (form.GetValueOrDefault("username") is not { Length: > 0 } username || !form.TryGetValue("password", out var password))
            return OAuthError.InvalidRequest("The password grant needs the parameters 'username' and 'password'.");
        if (users.TryGetValue(username, out user) && user.SignIn(password))
            return null;
        return OAuthError.InvalidGrant(user is { IsLocked: true } ? $"17003:Account is locked for user {username}" : $"Authentication failed for {username}");
    }

    /// <summary>Whether a client that has been let in has shown more than its id.</summary>
    public static bool IsProven(HttpRequest request, Dictionary<string, string> form, TestClient client) =>
        request.Headers.Authorization.Count > 0 || form.ContainsKey("client_secret") || form.ContainsKey("client_assertion") || CertificateVerifier.MethodOf(client) is not null;

    private static JsonObject Describe(Issuance issuance, JsonObject extra)
    {
        var token = issuance.Token;
        var response = new JsonObject { ["access_token"] = token.Value };
        if (token.RefreshToken is { } refreshToken)
            response["refresh_token"] = refreshToken.Value;
        response["scope"] = token.Scope;
        response["token_type"] = token.Type;
        response["expires_in"] = issuance.ExpiresIn;
        foreach (var (name, value) in extra)
            response[name] = value?.DeepClone();
        return response;
    }
}
