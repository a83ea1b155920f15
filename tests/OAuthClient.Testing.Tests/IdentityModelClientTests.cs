using System.Net;
using System.Security.Cryptography;
using Duende.IdentityModel.Client;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace OAuthClient.Testing.Tests;

/// <summary>The server as a client library reads it that knows nothing of this one.</summary>
public class IdentityModelClientTests : ServerTests
{
    private const string Secret = "p+s & %s\u00fc";
    private const string TokenExchange = "urn:ietf:params:oauth:grant-type:token-exchange";
    private const string DeviceCode = "urn:ietf:params:oauth:grant-type:device_code";
    private const string AccessTokenType = "urn:ietf:params:oauth:token-type:access_token";

    private static readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    protected override void Configure(OAuth2TestServerOptions options)
    {
        options.EncodedBasic = true;
        options.Clients.Add(new TestClient("id", Secret) { Scopes = { "read", "write" }, GrantTypes = { TokenExchange, DeviceCode } });
        options.Clients.Add(new TestClient("key", null) { PublicKeyPem = _key.ExportSubjectPublicKeyInfoPem() });
        options.RepeatableParameters.Add("resource");
        options.CustomGrants[TokenExchange] = grant =>
        {
            grant.Username = grant.Parameters["subject_token"];
            grant.Response["issued_token_type"] = AccessTokenType;
        };
        options.CustomGrants[DeviceCode] = grant =>
        {
            if (grant.Parameters["device_code"] is not "confirmed")
                grant.Refuse("authorization_pending", "The user has yet to confirm.");
        };
    }

    [Theory]
    [InlineData(ClientCredentialStyle.PostBody, BasicAuthenticationHeaderStyle.Rfc6749, true)]
    [InlineData(ClientCredentialStyle.PostBody, BasicAuthenticationHeaderStyle.Rfc6749, false)]
    [InlineData(ClientCredentialStyle.AuthorizationHeader, BasicAuthenticationHeaderStyle.Rfc6749, true)]
    [InlineData(ClientCredentialStyle.AuthorizationHeader, BasicAuthenticationHeaderStyle.Rfc2617, false)]
    public async Task ClientCredentials_InEachStyle_OpensTheApi(ClientCredentialStyle style, BasicAuthenticationHeaderStyle header, bool encoded)
    {
        Server.Options.EncodedBasic = encoded;

        var token = await Caller.Http.RequestClientCredentialsTokenAsync(Fill(new ClientCredentialsTokenRequest { Scope = "read admin" }, style, header));
        var call = await Caller.CallAsync(token.AccessToken);

        Assert.Equal((false, ResponseErrorType.None, HttpStatusCode.OK), (token.IsError, token.ErrorType, token.HttpStatusCode));
        Assert.Equal(("Bearer", 3600, "read", null, null), (token.TokenType, token.ExpiresIn, token.Scope, token.RefreshToken, token.IdentityToken));
        Assert.Equal((HttpStatusCode.OK, "id", "", "read"), (call.Status, call["client_id"], call["user"], call["scope"]));
        Assert.Equal(style is ClientCredentialStyle.AuthorizationHeader, Server.RecordedTokenRequests[0].Headers.ContainsKey("Authorization"));
    }

    [Theory]
    [InlineData(BasicAuthenticationHeaderStyle.Rfc6749, false)]
    [InlineData(BasicAuthenticationHeaderStyle.Rfc2617, true)]
    public async Task ClientCredentials_HeaderOfTheOtherEncoding_IsInvalidClient(BasicAuthenticationHeaderStyle header, bool encoded)
    {
        Server.Options.EncodedBasic = encoded;

        var token = await Caller.Http.RequestClientCredentialsTokenAsync(Fill(new ClientCredentialsTokenRequest(), ClientCredentialStyle.AuthorizationHeader, header));

        Assert.Equal((HttpStatusCode.Unauthorized, "invalid_client"), (token.HttpStatusCode, token.TryGet("error")));
    }

    [Fact]
    public async Task ClientCredentials_SeveralResources_ArriveAll()
    {
        await Caller.Http.RequestClientCredentialsTokenAsync(Fill(new ClientCredentialsTokenRequest { Resource = { "https://a.example", "https://b.example" } }));

        Assert.Equal("https://a.example,https://b.example", Server.RecordedTokenRequests[0].Form["resource"]);
    }

    [Fact]
    public async Task Password_ThenRefresh_IsTheUsersUntilTheRefreshTokenIsUsedAgain()
    {
        Server.Options.RotateRefreshTokens = true;

        var first = await Caller.Http.RequestPasswordTokenAsync(Fill(new PasswordTokenRequest { UserName = "alice", Password = "alice-password", Scope = "read write" }));
        var second = await RefreshAsync(first.RefreshToken, "read");
        var call = await Caller.CallAsync(second.AccessToken);
        var again = await RefreshAsync(first.RefreshToken);

        Assert.Equal(("read write", "read"), (first.Scope, second.Scope));
        Assert.NotEqual(first.RefreshToken, second.RefreshToken);
        Assert.Equal(("alice", "id", "read"), (call["user"], call["client_id"], call["scope"]));
        Assert.Equal((HttpStatusCode.BadRequest, ResponseErrorType.Protocol, "invalid_grant"), (again.HttpStatusCode, again.ErrorType, again.Error));
        Assert.Contains("used before", again.ErrorDescription, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Password_Wrong_IsInvalidGrant()
    {
        var token = await Caller.Http.RequestPasswordTokenAsync(Fill(new PasswordTokenRequest { UserName = "alice", Password = "wrong" }));

        Assert.Equal((ResponseErrorType.Protocol, "invalid_grant"), (token.ErrorType, token.Error));
    }

    [Fact]
    public async Task Revocation_OfTheAccessToken_LeavesTheRefreshToken()
    {
        var token = await SignInAsync();

        var answer = await RevokeAsync(token.AccessToken, "access_token");

        Assert.Equal((false, HttpStatusCode.OK), (answer.IsError, answer.HttpStatusCode));
        Assert.Equal("access_token", Server.RecordedRevocationRequests[0].Form["token_type_hint"]);
        Assert.Equal(HttpStatusCode.Unauthorized, (await Caller.CallAsync(token.AccessToken)).Status);
        Assert.False((await RefreshAsync(token.RefreshToken)).IsError);
    }

    [Theory]
    [InlineData(ClientCredentialStyle.PostBody)]
    [InlineData(ClientCredentialStyle.AuthorizationHeader)]
    public async Task Revocation_OfTheRefreshToken_EndsBoth(ClientCredentialStyle style)
    {
        var token = await SignInAsync();

        Assert.False((await RevokeAsync(token.RefreshToken, "refresh_token", style)).IsError);

        Assert.Equal(HttpStatusCode.Unauthorized, (await Caller.CallAsync(token.AccessToken)).Status);
        Assert.Equal("invalid_grant", (await RefreshAsync(token.RefreshToken)).Error);
    }

    [Fact]
    public async Task Discovery_OfEachIssuer_HasItsEndpointsAndKeys()
    {
        var acme = Server.AddIssuer("t/acme");

        var own = await Caller.Http.GetDiscoveryDocumentAsync(Metadata(Server));
        var other = await Caller.Http.GetDiscoveryDocumentAsync(new DiscoveryDocumentRequest
        {
            Address = Server.BaseAddress.AbsoluteUri,
            Policy = { Authority = acme.Issuer.AbsoluteUri, DiscoveryDocumentPath = ".well-known/oauth-authorization-server/t/acme" },
        });

        Assert.Equal((null, null), (own.Error, other.Error));
        Assert.Equal(
            (Server.Issuer.AbsoluteUri, Server.TokenEndpoint.AbsoluteUri, Server.RevocationEndpoint.AbsoluteUri, Server.JwksUri.AbsoluteUri),
            (own.Issuer, own.TokenEndpoint, own.RevocationEndpoint, own.JwksUri));
        Assert.Equal(
            (acme.Issuer.AbsoluteUri, acme.TokenEndpoint.AbsoluteUri, acme.RevocationEndpoint.AbsoluteUri, acme.JwksUri.AbsoluteUri),
            (other.Issuer, other.TokenEndpoint, other.RevocationEndpoint, other.JwksUri));
        Assert.Equal(["client_credentials", "password", "refresh_token", TokenExchange, DeviceCode], own.GrantTypesSupported);
        Assert.Equal(["client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt", "tls_client_auth", "self_signed_tls_client_auth", "none"], own.TokenEndpointAuthenticationMethodsSupported);
        Assert.Equal(new JsonWebToken(Server.IssueToken()).Kid, Assert.Single(own.KeySet!.Keys).Kid);
        Assert.Equal(new JsonWebToken(acme.IssueToken()).Kid, Assert.Single(other.KeySet!.Keys).Kid);
    }

    [Fact]
    public async Task Discovery_OverHttps_NeedsNoExceptionForLoopback()
    {
        await using var server = await OAuth2TestServer.StartAsync(o => o.UseHttps = true);
        using var caller = new Caller(server);

        var request = Metadata(server);
        request.Policy.AllowHttpOnLoopback = false;

        var metadata = await caller.Http.GetDiscoveryDocumentAsync(request);

        Assert.Equal((null, server.TokenEndpoint.AbsoluteUri), (metadata.Error, metadata.TokenEndpoint));
    }

    [Fact]
    public async Task ClientAssertion_Fresh_AuthenticatesAtBothEndpoints()
    {
        ClientCredentialsTokenRequest Request(ClientAssertion assertion) =>
            new() { Address = Server.TokenEndpoint.AbsoluteUri, ClientCredentialStyle = ClientCredentialStyle.PostBody, ClientAssertion = assertion };
        var assertion = Assertion();

        var token = await Caller.Http.RequestClientCredentialsTokenAsync(Request(assertion));
        var again = await Caller.Http.RequestClientCredentialsTokenAsync(Request(assertion));
        var revocation = await Caller.Http.RevokeTokenAsync(new TokenRevocationRequest
        {
            Address = Server.RevocationEndpoint.AbsoluteUri,
            ClientCredentialStyle = ClientCredentialStyle.PostBody,
            ClientAssertion = Assertion(),
            Token = token.AccessToken!,
        });

        Assert.Equal((false, HttpStatusCode.Unauthorized, false), (token.IsError, again.HttpStatusCode, revocation.IsError));
        Assert.Contains("jti", again.TryGet("error_description"), StringComparison.Ordinal);
        Assert.Equal(0, Server.LiveTokens);
    }

    [Fact]
    public async Task TokenExchange_ByACustomGrant_IsTheSubjects()
    {
        var token = await Caller.Http.RequestTokenExchangeTokenAsync(Fill(new TokenExchangeTokenRequest { SubjectToken = "bob", SubjectTokenType = AccessTokenType, Scope = "write" }));

        Assert.Equal((AccessTokenType, "write", null), (token.IssuedTokenType, token.Scope, token.RefreshToken));
        Assert.Equal("bob", (await Caller.CallAsync(token.AccessToken))["user"]);
    }

    [Fact]
    public async Task DeviceCode_ByACustomGrant_IsPendingUntilConfirmed()
    {
        var pending = await Caller.Http.RequestDeviceTokenAsync(Fill(new DeviceTokenRequest { DeviceCode = "new" }));
        var token = await Caller.Http.RequestDeviceTokenAsync(Fill(new DeviceTokenRequest { DeviceCode = "confirmed" }));

        Assert.Equal(("authorization_pending", "The user has yet to confirm."), (pending.Error, pending.ErrorDescription));
        Assert.False(token.IsError);
    }

    [Fact]
    public async Task Faults_OfTheTokenEndpoint_AreTheErrorsThatTheyAre()
    {
        Server.TokenEndpointBehavior.FailNext(1, 503);
        var unavailable = await Caller.Http.RequestClientCredentialsTokenAsync(Fill(new ClientCredentialsTokenRequest()));
        Server.TokenEndpointBehavior.AbortNext();
        var cut = await Caller.Http.RequestClientCredentialsTokenAsync(Fill(new ClientCredentialsTokenRequest()));
        var unknown = await Caller.Http.RequestTokenAsync(Fill(new TokenRequest { GrantType = "magic" }));

        Assert.Equal((ResponseErrorType.Http, HttpStatusCode.ServiceUnavailable), (unavailable.ErrorType, unavailable.HttpStatusCode));
        Assert.Equal(ResponseErrorType.Exception, cut.ErrorType);
        Assert.IsType<HttpRequestException>(cut.Exception);
        Assert.Equal((ResponseErrorType.Protocol, "unsupported_grant_type"), (unknown.ErrorType, unknown.Error));
    }

    /// <summary>As Asgardeo's, the issuer ends in <c>/token</c>, and the other endpoints are beside it, where the library wants them below.</summary>
    private static DiscoveryDocumentRequest Metadata(OAuth2TestServer server) =>
        new() { Address = server.Issuer.AbsoluteUri, Policy = { AdditionalEndpointBaseAddresses = { server.BaseAddress.AbsoluteUri } } };

    private Task<TokenResponse> SignInAsync() => Caller.Http.RequestPasswordTokenAsync(Fill(new PasswordTokenRequest { UserName = "alice", Password = "alice-password" }));

    private Task<TokenResponse> RefreshAsync(string? refreshToken, string? scope = null) =>
        Caller.Http.RequestRefreshTokenAsync(Fill(new RefreshTokenRequest { RefreshToken = refreshToken!, Scope = scope }));

    private Task<TokenRevocationResponse> RevokeAsync(string? token, string hint, ClientCredentialStyle style = ClientCredentialStyle.PostBody)
    {
        var request = Fill(new TokenRevocationRequest { Token = token!, TokenTypeHint = hint }, style);
        request.Address = Server.RevocationEndpoint.AbsoluteUri;
        return Caller.Http.RevokeTokenAsync(request);
    }

    private T Fill<T>(T request, ClientCredentialStyle style = ClientCredentialStyle.AuthorizationHeader, BasicAuthenticationHeaderStyle header = BasicAuthenticationHeaderStyle.Rfc6749)
        where T : ProtocolRequest
    {
        (request.Address, request.ClientId, request.ClientSecret) = (Server.TokenEndpoint.AbsoluteUri, "id", Secret);
        (request.ClientCredentialStyle, request.AuthorizationHeaderStyle) = (style, header);
        return request;
    }

    private ClientAssertion Assertion() => new()
    {
        Type = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        Value = new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = "key",
            Audience = Server.TokenEndpoint.AbsoluteUri,
            Claims = new Dictionary<string, object> { ["sub"] = "key", ["jti"] = Guid.NewGuid().ToString() },
            Expires = Time.GetUtcNow().UtcDateTime.AddMinutes(1),
            SigningCredentials = new SigningCredentials(new ECDsaSecurityKey(_key), SecurityAlgorithms.EcdsaSha256),
        }),
    };
}
