using Microsoft.AspNetCore.Http;
using OAuthClient.Testing;
using OAuthClient.Tests.Diagnostics;

namespace OAuthClient.Tests.Protocol;

/// <summary>What comes of one request to a server: an answer, or why there is none, and sometimes both.</summary>
public sealed class AuthorizationServerTests
{
    /// <summary>An answer of no use may bring a refresh token all the same, which has replaced the one that was sent.</summary>
    [Theory]
    [InlineData(200, """{"access_token":"a","refresh_token":"r"}""", true, true)]
    [InlineData(299, """{"access_token":"a","refresh_token":"r"}""", true, true)]
    [InlineData(200, """{"error":"invalid_scope","refresh_token":"r"}""", false, true)]
    [InlineData(200, """{"access_token":"a","access_token":"b","refresh_token":"r"}""", false, true)]
    [InlineData(200, """{"access_token":"a b ","refresh_token":"r"}""", false, true)]
    [InlineData(200, "<html/>", false, false)]
    [InlineData(300, """{"access_token":"a","refresh_token":"r"}""", false, false)]
    [InlineData(400, """{"access_token":"a","refresh_token":"r"}""", false, false)]
    [InlineData(503, """{"access_token":"a","refresh_token":"r"}""", false, false)]
    public async Task RequestToken_AnsweredWithOrWithoutAToken_ReturnsWhatIsOfUse(int status, string body, bool isToken, bool isRead)
    {
        await using var server = await OAuth2TestServer.StartAsync();
        server.TokenEndpointBehavior.FailNext(1, status, body, "application/json");
        var spec = CreateSpec(server);

        var (answer, failure) = await CreateServer().RequestTokenAsync(spec, spec.Protocol.Grant!, async: true);

        Assert.Equal((isToken, isRead ? "r" : null), (failure is null, answer?.RefreshToken));
        Assert.Equal(isToken ? null : status, failure?.Status);
    }

    /// <summary>A description may repeat what was sent and is no secret: it often names what is wrong.</summary>
    [Theory]
    [InlineData("client_credentials")]
    [InlineData("orders:read")]
    [InlineData("client-4711")]
    [InlineData("orders-api")]
    [InlineData("https://orders.example/resource")]
    [InlineData("instance-1")]
    [InlineData("alice.smith", GrantTypes.Password)]
    [InlineData("organization-1", GrantTypes.OrganizationSwitch)]
    public async Task RequestToken_AnsweredWithADescriptionThatRepeatsWhatIsNoSecret_ShowsIt(string sent, string grantType = GrantTypes.ClientCredentials)
    {
        await using var server = await OAuth2TestServer.StartAsync();
        server.TokenEndpointBehavior.FailNext(1, 400, $$"""{"error":"invalid_request","error_description":"'{{sent}}' is unknown"}""", "application/json");
        var spec = CreateSpec(server, o =>
        {
            (o.ClientId, o.ClientAuthenticationMethod, o.GrantType) = ("client-4711", ClientAuthenticationMethod.ClientSecretPost, grantType);
            (o.Audience, o.TokenBindingId) = ("orders-api", "instance-1");
            o.Scopes.Add("orders:read");
            o.Resources.Add("https://orders.example/resource");
            if (grantType == GrantTypes.Password)
                (o.Username, o.Password) = ("alice.smith", "alices-password");
            if (grantType == GrantTypes.OrganizationSwitch)
                (o.SwitchingOrganization, o.SubjectToken) = ("organization-1", "the-subjects-token");
        });

        var (_, failure) = await CreateServer().RequestTokenAsync(spec, spec.Protocol.Grant!, async: true);

        Assert.Contains($"'{sent}' is unknown", failure?.Message, StringComparison.Ordinal);
    }

    /// <summary>A sign-in's requests are measured like any other.</summary>
    [Theory]
    [InlineData(400, ", error.type=invalid_grant")]
    [InlineData(0, "")]
    public async Task RequestToken_IsMeasured(int status, string error)
    {
        var name = $"measured-{status}";
        using var measured = new Measured(name);
        await using var server = await OAuth2TestServer.StartAsync();
        if (status != 0)
            server.TokenEndpointBehavior.FailNext(1, status, """{"error":"invalid_grant"}""", "application/json");
        var spec = CreateSpec(server, name: name);

        await CreateServer().RequestTokenAsync(spec, spec.Protocol.Grant!, async: true);

        var seen = Assert.Single(measured.Take());
        Assert.StartsWith("oauth_client.token_request.duration ", seen, StringComparison.Ordinal);
        Assert.EndsWith($"server.address=127.0.0.1{error}", seen, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RequestToken_ThatWasNotSent_IsNotMeasured()
    {
        const string Name = "measured-unsent";
        using var measured = new Measured(Name);
        await using var server = await OAuth2TestServer.StartAsync();
        var spec = CreateSpec(server, o => (o.ClientSecret, o.ClientSecretCallback) = (null, _ => throw new InvalidOperationException()), Name);

        var (_, failure) = await CreateServer().RequestTokenAsync(spec, spec.Protocol.Grant!, async: true);

        Assert.False(failure!.WasTried);
        Assert.Empty(measured.Take());
    }

    /// <summary>What was sent may be in what a handler says, and in what the server answers.</summary>
    [Theory]
    [InlineData("a-verifier-of-one-login", true)]
    [InlineData(OAuth2TestServer.DefaultClientSecret, true)]
    [InlineData("something else", false)]
    public async Task SignIn_WhoseFailureRepeatsASecret_HidesIt(string text, bool isHidden)
    {
        await using var server = await OAuth2TestServer.StartAsync();
        server.AuthorizationEndpointBehavior.FailNext(1, 400, $$"""{"error":"x","error_description":"It was: {{text}}"}""", "application/json");
        var protocol = CreateSpec(server).Protocol;
        string[] secrets = ["a-verifier-of-one-login"];
        using var first = new ByteArrayContent([]);
        using var second = new ByteArrayContent([]);
        var broken = new AuthorizationServer(() => throw new InvalidOperationException($"It was: {text}"), TimeProvider.System);

        var (_, answered) = await CreateServer().SignInAsync(protocol, static endpoints => endpoints.Authorization, first, secrets, async: true);
        var (_, thrown) = await broken.SignInAsync(protocol, static endpoints => endpoints.Authorization, second, secrets, async: true);

        Assert.Equal(isHidden ? "(not shown, since it repeats what was sent)" : $"It was: {text}", answered!.ErrorDescription);
        Assert.Equal(isHidden ? "InvalidOperationException: what it says is not shown, since it holds a secret." : $"It was: {text}", thrown!.Cause!.Message);
    }

    /// <summary>Nothing was sent, so there is nothing to remember and nothing to measure.</summary>
    [Fact]
    public async Task SignIn_WithoutAnEndpoint_SaysWhereItIsLookedForAndTriesNothing()
    {
        await using var server = await OAuth2TestServer.StartAsync();
        using var content = new ByteArrayContent([]);

        var (answer, failure) = await CreateServer().SignInAsync(CreateSpec(server).Protocol, static _ => null, content, [], async: true);

        Assert.Null(answer);
        Assert.Equal("there is no authorization endpoint. Set Issuer, Provider, or TokenEndpoint to an address that ends with /token, beside which it is looked for.", failure!.Message);
        Assert.False(failure.WasTried);
    }

    [Theory]
    [InlineData(200, """{"flowId":"f"}""", true)]
    [InlineData(200, """["f"]""", false)]
    [InlineData(200, "<html/>", false)]
    [InlineData(400, """{"flowId":"f"}""", false)]
    public async Task SignIn_AnsweredWithOrWithoutANextStep_ReturnsWhatIsOfUse(int status, string body, bool isOfUse)
    {
        await using var server = await OAuth2TestServer.StartAsync();
        server.AuthorizationEndpointBehavior.FailNext(1, status, body, "application/json");
        using var content = new ByteArrayContent([]);

        var (answer, failure) = await CreateServer().SignInAsync(CreateSpec(server).Protocol, static endpoints => endpoints.Authorization, content, [], async: true);

        Assert.Equal((isOfUse, !isOfUse), (answer is not null, failure is not null));
        Assert.Equal(isOfUse ? null : status, failure?.Status);
    }

    /// <summary>A second secret is for one case alone: the first is not taken.</summary>
    [Theory]
    [InlineData(null, 1)]
    [InlineData("""{"error":"invalid_client"}""", 2)]
    [InlineData("""{"error":"unsupported_token_type"}""", 1)]
    public async Task Revoke_WithTwoSecrets_SendsTheOtherWhereTheFirstIsRefused(string? error, int requests)
    {
        await using var server = await OAuth2TestServer.StartAsync();
        if (error is not null)
            server.RevocationEndpointBehavior.FailNext(1, 401, error, "application/json");
        var protocol = CreateSpec(server, o => o.SecondaryClientSecret = OAuth2TestServer.DefaultClientSecret).Protocol;

        var failure = await CreateServer().RevokeAsync(protocol, server.IssueToken(), "access_token", default);

        Assert.Equal((requests, requests == 2), (server.RevocationRequests, protocol.Authentication.PrefersSecond));
        Assert.Equal(error is null || requests == 2, failure is null);
    }

    /// <summary>The one that was taken is the first from then on.</summary>
    [Fact]
    public async Task Revoke_WithASecondSecretThatTheServerTakes_GoesOnWithThat()
    {
        await using var server = await OAuth2TestServer.StartAsync();
        var protocol = CreateSpec(server, o => (o.ClientSecret, o.SecondaryClientSecret) = ("the-former-one", OAuth2TestServer.DefaultClientSecret)).Protocol;

        Assert.Null(await CreateServer().RevokeAsync(protocol, server.IssueToken(), "access_token", default));
        Assert.Null(await CreateServer().RevokeAsync(protocol, server.IssueToken(), "access_token", default));

        Assert.Equal([401, 200, 200], server.RecordedRevocationRequests.Select(request => request.StatusCode!.Value));
    }

    [Fact]
    public async Task Revoke_WithOneSecretThatIsRefused_SendsItOnce()
    {
        await using var server = await OAuth2TestServer.StartAsync();
        var protocol = CreateSpec(server, o => o.ClientSecret = "wrong").Protocol;

        var failure = await CreateServer().RevokeAsync(protocol, server.IssueToken(), "access_token", default);

        Assert.Equal(("invalid_client", 1), (failure!.Error, server.RevocationRequests));
    }

    [Fact]
    public async Task Revoke_WithASecretThatIsNotThere_SaysSoAndSendsNothing()
    {
        await using var server = await OAuth2TestServer.StartAsync();
        var protocol = CreateSpec(server, o => (o.ClientSecret, o.ClientSecretCallback) = (null, _ => throw new InvalidOperationException("The vault is sealed."))).Protocol;

        var failure = await CreateServer().RevokeAsync(protocol, server.IssueToken(), "access_token", default);

        Assert.Equal("the client secret cannot be read: The vault is sealed. Check ClientSecretFile or ClientSecretCallback.", failure!.Message);
        Assert.Equal((false, 0), (failure.WasTried, server.RevocationRequests));
    }

    /// <summary>A proof is for the token endpoint and for APIs (RFC 9449 §5); elsewhere nobody asks for one.</summary>
    [Fact]
    public async Task Revoke_OfABoundClient_CarriesNoProof()
    {
        await using var server = await OAuth2TestServer.StartAsync();
        var spec = CreateSpec(server, o => o.DPoP = true);

        await CreateServer().RequestTokenAsync(spec, spec.Protocol.Grant!, async: true);
        await CreateServer().RevokeAsync(spec.Protocol, server.IssueToken(), "access_token", default);

        Assert.True(Assert.Single(server.RecordedTokenRequests).Headers.ContainsKey("DPoP"));
        Assert.False(Assert.Single(server.RecordedRevocationRequests).Headers.ContainsKey("DPoP"));
    }

    /// <summary>The fields that hold no secret may be in what the server says of them.</summary>
    [Theory]
    [InlineData("scope", "orders:read")]
    [InlineData("audience", "https://orders.example")]
    [InlineData("resource", "urn:orders:all")]
    [InlineData("client_id", "the-orders-app")]
    [InlineData("username", "alice.liddell")]
    [InlineData("grant_type", "password")]
    [InlineData("tokenBindingId", "instance-4711")]
    [InlineData("switching_organization", "org-4711")]
    [InlineData("redirect_uri", "https://agent.example/callback")]
    [InlineData("pin", "abcdef", true)]
    [InlineData("pin", "abcde")]
    [InlineData("pin", "1234", true)]
    [InlineData("pin", "123")]
    [InlineData("pin", "false")]
    public async Task RequestToken_WhoseAnswerRepeatsAField_HidesItWhereItMayBeASecret(string name, string value, bool isHidden = false)
    {
        await using var server = await OAuth2TestServer.StartAsync();
        server.TokenEndpointBehavior.Override = async context =>
        {
            // Reads what was sent, so that it is recorded.
            await context.Request.Body.CopyToAsync(Stream.Null);
            context.Response.StatusCode = 400;
            await context.Response.WriteAsync($$"""{"error":"invalid_request","error_description":"It does not like {{value}} here"}""");
        };
        var spec = CreateSpec(server, o =>
        {
            (o.GrantType, o.Username, o.Password, o.Audience, o.TokenBindingId) = (GrantTypes.Password, "alice.liddell", "open sesame", "https://orders.example", "instance-4711");
            (o.ClientId, o.ClientAuthenticationMethod) = ("the-orders-app", ClientAuthenticationMethod.ClientSecretPost);
            o.Scopes.Add("orders:read");
            o.Resources.Add("urn:orders:all");
            if (name is "pin" or "redirect_uri" or "switching_organization")
                o.Parameters[name] = value;
        });

        var (_, failure) = await CreateServer().RequestTokenAsync(spec, spec.Protocol.Grant!, async: true);

        Assert.Equal(value, server.RecordedTokenRequests[0].Form[name]);
        Assert.Equal(isHidden ? "(not shown, since it repeats what was sent)" : $"It does not like {value} here", failure!.ErrorDescription);
    }

    [Theory]
    [InlineData("access_token")]
    [InlineData("refresh_token")]
    public async Task Revoke_WhoseAnswerRepeatsTheHint_ShowsIt(string hint)
    {
        await using var server = await OAuth2TestServer.StartAsync();
        server.RevocationEndpointBehavior.FailNext(1, 400, $$"""{"error":"unsupported_token_type","error_description":"No {{hint}} is revoked here"}""", "application/json");

        var failure = await CreateServer().RevokeAsync(CreateSpec(server).Protocol, "abcdefgh", hint, default);

        Assert.Equal($"No {hint} is revoked here", failure!.ErrorDescription);
    }

    [Theory]
    [InlineData("abc", true)]
    [InlineData("a b", true)]
    [InlineData("!~", true)]
    [InlineData("", false)]
    [InlineData(" a", false)]
    [InlineData("a ", false)]
    [InlineData("a\u007f", false)]
    [InlineData("a\u001f", false)]
    [InlineData("ä", false)]
    public void IsSafe_ForPrintableAsciiAlone_IsTrue(string token, bool expected) => Assert.Equal(expected, AuthorizationServer.IsSafe(token));

    private static AuthorizationServer CreateServer() => new(static () => new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }), TimeProvider.System);

    private static TokenSpec CreateSpec(OAuth2TestServer server, Action<OAuth2ClientOptions>? set = null, string name = "orders")
    {
        var options = new OAuth2ClientOptions
        {
            TokenEndpoint = server.TokenEndpoint,
            RevocationEndpoint = server.RevocationEndpoint,
            ClientId = OAuth2TestServer.DefaultClientId,
            ClientSecret = OAuth2TestServer.DefaultClientSecret,
            BasicCredentialEncoding = BasicCredentialEncoding.Raw,
        };
        set?.Invoke(options);
        return new TokenSpec(new ClientProtocol(new ClientSettings(name, options)), null);
    }
}
