using System.Net;
using System.Text;
using OAuthClient.Testing;

namespace OAuthClient.Tests.Protocol;

/// <summary>What to do about an error, to the letter, by what the server said and what the client has set.</summary>
public sealed class RemedyTests
{
    private const string Clock = " The server's clock is 61 s {0} the one here; what is signed needs both to be right.";

    private static readonly DateTimeOffset _now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly Dictionary<string, Action<OAuth2ClientOptions>> _clients = new()
    {
        ["basic"] = static _ => { },
        ["key"] = static o => (o.ClientAuthenticationMethod, o.PrivateKey) = (ClientAuthenticationMethod.PrivateKeyJwt, "key"),
        ["assertion"] = static o => (o.ClientAuthenticationMethod, o.ClientAssertionFile) = (ClientAuthenticationMethod.PrivateKeyJwt, "file"),
        ["secret jwt"] = static o => o.ClientAuthenticationMethod = ClientAuthenticationMethod.ClientSecretJwt,
        ["tls"] = static o => o.ClientAuthenticationMethod = ClientAuthenticationMethod.TlsClientAuth,
        ["self-signed"] = static o => o.ClientAuthenticationMethod = ClientAuthenticationMethod.SelfSignedTlsClientAuth,
        ["dpop"] = static o => o.DPoP = true,
        ["refresh"] = static o => o.GrantType = GrantTypes.RefreshToken,
        ["organization"] = static o => o.Organization = "acme",
        ["exchange"] = static o => o.GrantType = GrantTypes.TokenExchange,
        ["switch"] = static o => o.GrantType = GrantTypes.OrganizationSwitch,
        ["jwt bearer"] = static o => o.GrantType = GrantTypes.JwtBearer,
        ["saml bearer"] = static o => o.GrantType = GrantTypes.SamlBearer,
        ["device"] = static o => o.GrantType = GrantTypes.DeviceCode,
        ["agent"] = static o => o.GrantType = GrantTypes.AuthorizationCode,
    };

    [Theory]
    [InlineData("invalid_client", 429, "basic", "It limits the rate of requests; the library waits before it asks again.")]
    [InlineData("invalid_client", 500, "basic", "It is out of order for now; the library asks again later.")]
    [InlineData("invalid_client", 401, "basic", "Check ClientId and ClientSecret, that both belong to this server and environment, that the application is active, and that ClientAuthenticationMethod and BasicCredentialEncoding are those that it reads.")]
    [InlineData("invalid_token", 401, "basic", "Check ClientId and ClientSecret, that both belong to this server and environment, that the application is active, and that ClientAuthenticationMethod and BasicCredentialEncoding are those that it reads.")]
    [InlineData("invalid_client", 401, "key", "Check ClientId, that the public half of PrivateKey or PrivateKeyFile is registered for it, PrivateKeyId, and ClientAssertionAudience.")]
    [InlineData("invalid_client", 401, "assertion", "Check ClientId, and that the server trusts whom the assertion of ClientAssertionFile or ClientAssertionCallback is from, and knows its subject.")]
    [InlineData("invalid_client", 401, "secret jwt", "Check ClientId, ClientSecret and ClientAssertionAlgorithm.")]
    [InlineData("invalid_client", 401, "tls", "Check ClientId, and that the certificate of ClientCertificateFile or ClientCertificateCallback is registered for it.")]
    [InlineData("invalid_client", 401, "self-signed", "Check ClientId, and that the certificate of ClientCertificateFile or ClientCertificateCallback is registered for it.")]
    [InlineData("invalid_grant", 400, "basic", "Check Username and Password, and that the account is not locked; for a refresh token or an assertion, that it has neither expired nor been used.")]
    [InlineData("invalid_grant", 400, "refresh", "The refresh token has expired, was revoked, or was used before.")]
    [InlineData("invalid_grant", 400, "jwt bearer", "Check Assertion, wherever it comes from: that it has neither expired nor been used, is for this server, and that the server trusts whom it is from.")]
    [InlineData("invalid_grant", 400, "saml bearer", "Check Assertion, wherever it comes from: that it has neither expired nor been used, is for this server, and that the server trusts whom it is from.")]
    [InlineData("invalid_grant", 400, "exchange", "Check SubjectToken and ActorToken, wherever they come from: that they have neither expired nor been revoked.")]
    [InlineData("invalid_grant", 400, "switch", "Check SubjectToken and ActorToken, wherever they come from: that they have neither expired nor been revoked.")]
    [InlineData("invalid_grant", 400, "device", "The code, or the refresh token that came of it, is no longer good; sign in again.")]
    [InlineData("invalid_grant", 400, "agent", "The code, or the refresh token that came of it, is no longer good; sign in again.")]
    [InlineData("invalid_dpop_proof", 400, "basic", "Set DPoP to true where the server wants tokens that are bound to a key, and check DPoPKeyFile.")]
    [InlineData("use_dpop_nonce", 400, "dpop", "Set DPoP to true where the server wants tokens that are bound to a key, and check DPoPKeyFile.")]
    [InlineData("unauthorized_client", 400, "basic", "Allow the grant type for this application at the authorization server, or set GrantType to one that it allows.")]
    [InlineData("unsupported_grant_type", 400, "basic", "Allow the grant type for this application at the authorization server, or set GrantType to one that it allows.")]
    [InlineData("invalid_scope", 400, "basic", "Check Scopes: each must be registered for this application.")]
    [InlineData("invalid_request", 400, "basic", "Check GrantType, Audience, Parameters and ClientAuthenticationMethod.")]
    [InlineData("invalid_request", 400, "exchange", "Check SubjectToken and ActorToken, wherever they come from, their types, and Audience.")]
    [InlineData("invalid_request", 400, "switch", "Check SwitchingOrganization, and SubjectToken, wherever it comes from.")]
    [InlineData("invalid_request", 400, "basic", "The server wants tokens that are bound to a key: set DPoP to true.", "a dpop proof is needed")]
    [InlineData("invalid_target", 400, "basic", "The server wants tokens that are bound to a key: set DPoP to true.", "a DPoP proof is needed")]
    [InlineData("invalid_request", 400, "dpop", "Check GrantType, Audience, Parameters and ClientAuthenticationMethod.", "a DPoP proof is needed")]
    [InlineData("invalid_request", 400, "basic", "Check GrantType, Audience, Parameters and ClientAuthenticationMethod.", "a scope is needed")]
    [InlineData("invalid_target", 400, "basic", "Check Audience and Resources: the server must know what the token is to be for.")]
    [InlineData("access_denied", 400, "basic", "The user, or a policy of the server, has said no.")]
    [InlineData("", 302, "basic", "Redirects of the token endpoint are not followed; set TokenEndpoint to the final address, perhaps https://idp.example/elsewhere.")]
    [InlineData("", 404, "basic", "There is no token endpoint at this address; check TokenEndpoint.")]
    [InlineData("invalid_request", 404, "organization", "There is no token endpoint at this address; check TokenEndpoint and Organization.")]
    [InlineData("", 405, "basic", "There is no token endpoint at this address; check TokenEndpoint.")]
    [InlineData("", 403, "basic", "Check TokenEndpoint and the client's settings.")]
    [InlineData("", 200, "basic", "The answer holds no usable access_token; check that TokenEndpoint is the token endpoint.")]
    public async Task Find_OfAnAnswer_SaysWhatToDo(string error, int status, string client, string expected, string? description = null) =>
        Assert.EndsWith($". {expected}", await FindAsync(client, status, $$"""{"error":"{{error}}","error_description":"{{description}}"}"""), StringComparison.Ordinal);

    [Theory]
    [InlineData("IntrospectionEndpoint", "That does not say whether the token is active; check IntrospectionEndpoint.")]
    [InlineData("RevocationEndpoint", "Nothing was revoked; check RevocationEndpoint and the client's settings.")]
    [InlineData("DeviceAuthorizationEndpoint", "The answer is not what such an endpoint says; check DeviceAuthorizationEndpoint, and that no page or proxy is in front of it.")]
    [InlineData("TokenEndpoint", "That is no JSON; check that TokenEndpoint is the token endpoint and no page or proxy in front of it.")]
    public async Task Find_OfAPageInPlaceOfAnAnswer_SaysWhatToCheck(string setting, string expected) =>
        Assert.EndsWith($". {expected}", await FindAsync("basic", 200, "<html/>", setting: setting), StringComparison.Ordinal);

    [Fact]
    public async Task Find_OfAnAnswerWithAFault_SaysWhoCanMendIt() =>
        Assert.EndsWith(". The answer holds the member scope twice, so it was not used; check that TokenEndpoint is the token endpoint, and ask its operator to mend it.", await FindAsync("basic", 200, """{"scope":"a","scope":"b"}"""), StringComparison.Ordinal);

    /// <summary>What an answer's status alone tells, at each endpoint.</summary>
    [Theory]
    [InlineData("TokenEndpoint", 299, "That is no JSON; check that TokenEndpoint is the token endpoint and no page or proxy in front of it.")]
    [InlineData("TokenEndpoint", 300, "Redirects of the token endpoint are not followed; set TokenEndpoint to the final address, perhaps https://idp.example/elsewhere.")]
    [InlineData("TokenEndpoint", 399, "Redirects of the token endpoint are not followed; set TokenEndpoint to the final address, perhaps https://idp.example/elsewhere.")]
    [InlineData("TokenEndpoint", 400, "Check TokenEndpoint and the client's settings.")]
    [InlineData("IntrospectionEndpoint", 299, "That does not say whether the token is active; check IntrospectionEndpoint.")]
    [InlineData("IntrospectionEndpoint", 400, "Check IntrospectionEndpoint and the client's settings.")]
    [InlineData("RevocationEndpoint", 299, "Nothing was revoked; check RevocationEndpoint and the client's settings.")]
    [InlineData("RevocationEndpoint", 400, "Check RevocationEndpoint and the client's settings.")]
    [InlineData("RevocationEndpoint", 404, "There is no revocation endpoint at this address; check RevocationEndpoint.")]
    [InlineData("DeviceAuthorizationEndpoint", 299, "The answer is not what such an endpoint says; check DeviceAuthorizationEndpoint, and that no page or proxy is in front of it.")]
    [InlineData("DeviceAuthorizationEndpoint", 400, "Check DeviceAuthorizationEndpoint and the client's settings.")]
    [InlineData("Issuer", 200, "The answer is not what such an endpoint says; check Issuer, and that no page or proxy is in front of it.", Remedy.SignIn)]
    [InlineData("TokenEndpoint", 200, "The answer is not what such an endpoint says; check TokenEndpoint, and that no page or proxy is in front of it.", Remedy.SignIn)]
    [InlineData("Issuer", 300, "It sends a user's browser elsewhere. Allow app-native authentication for the application at the authorization server, and check Issuer.", Remedy.SignIn)]
    [InlineData("Issuer", 399, "It sends a user's browser elsewhere. Allow app-native authentication for the application at the authorization server, and check Issuer.", Remedy.SignIn)]
    [InlineData("Issuer", 400, "Check Issuer and the client's settings.", Remedy.SignIn)]
    [InlineData("Issuer", 404, "There is no authorization endpoint at this address; check Issuer.", Remedy.SignIn)]
    [InlineData("TokenEndpoint", 429, "It limits the rate of requests; the library waits before it asks again.")]
    [InlineData("TokenEndpoint", 499, "Check TokenEndpoint and the client's settings.")]
    [InlineData("TokenEndpoint", 500, "It is out of order for now; the library asks again later.")]
    public async Task Find_OfAPageWithAStatus_SaysWhatThatTells(string setting, int status, string expected, string? what = null) =>
        Assert.EndsWith($" answered {status}. {expected}", await FindAsync("basic", status, "<html/>", setting: setting, what: what), StringComparison.Ordinal);

    [Fact]
    public async Task Find_OfARedirectToNowhere_NamesNoAddress() =>
        Assert.EndsWith(". Redirects of the token endpoint are not followed; set TokenEndpoint to the final address.", await FindAsync("basic", 302, "", location: null), StringComparison.Ordinal);

    /// <summary>What is signed says when; a minute is what clocks may differ by.</summary>
    [Theory]
    [InlineData("key", "invalid_client", 61, "ahead of")]
    [InlineData("key", "invalid_client", -61, "behind")]
    [InlineData("secret jwt", "invalid_client", 61, "ahead of")]
    [InlineData("dpop", "invalid_dpop_proof", -61, "behind")]
    [InlineData("dpop", "invalid_client", 61, "ahead of")]
    [InlineData("key", "invalid_client", 60, null)]
    [InlineData("key", "invalid_client", -60, null)]
    [InlineData("basic", "invalid_client", 61, null)]
    [InlineData("basic", "invalid_dpop_proof", 61, null)]
    [InlineData("tls", "invalid_client", 61, null)]
    [InlineData("key", "invalid_grant", 61, null)]
    public async Task Find_WhereClocksDiffer_SaysSoToWhoSigns(string client, string error, int ahead, string? how)
    {
        var remedy = await FindAsync(client, 400, $$"""{"error":"{{error}}"}""", ahead);

        if (how is null)
            Assert.DoesNotContain("clock", remedy, StringComparison.Ordinal);
        else
            Assert.EndsWith(Clock.Replace("{0}", how, StringComparison.Ordinal), remedy, StringComparison.Ordinal);
    }

    private static async Task<string> FindAsync(string client, int status, string body, int ahead = 0, string setting = "TokenEndpoint", string? what = null, string? location = "https://idp.example/elsewhere?code=4711")
    {
        var options = new OAuth2ClientOptions { TokenEndpoint = new Uri("https://idp.example/token"), ClientId = "id", ClientSecret = OAuth2TestServer.DefaultClientSecret };
        _clients[client](options);
        using var response = new HttpResponseMessage((HttpStatusCode)status) { Headers = { Location = location is null ? null : new Uri(location), Date = _now.AddSeconds(ahead) } };
        var answer = await Transport.ReadAsync<OAuthClient.Protocol.TokenAnswer>(response, Encoding.UTF8.GetBytes(body));
        return TokenFailures.FromAnswer(setting, options.TokenEndpoint, answer, _now, new ClientSettings("orders", options), what).Message;
    }
}
