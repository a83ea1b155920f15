using Duende.IdentityModel.Client;

namespace OAuthClient.Tests.Protocol;

public sealed class TokenSpecTests
{
    public static TheoryData<string, Action<OAuth2ClientOptions>, bool> Changes => new()
    {
        { "endpoint", o => o.TokenEndpoint = new Uri("https://idp.example/t/other/token"), true },
        { "issuer", o => o.Issuer = new Uri("https://idp.example/"), true },
        { "client id", o => o.ClientId = "other", true },
        { "user", o => o.Username = "bob", true },
        { "scope", o => o.Scopes.Add("more"), true },
        { "resource", o => o.Resources.Add("urn:more"), true },
        { "audience", o => o.Audience = "other", true },
        { "no audience", o => o.Audience = null, true },
        { "empty audience", o => o.Audience = "", true },
        { "parameter's value", o => o.Parameters["orgHandle"] = "other", true },
        { "parameter's name", o => (o.Parameters["orghandle"], _) = ("acme", o.Parameters.Remove("orgHandle")), true },
        { "one parameter more", o => o.Parameters["more"] = "", true },
        { "device scope", o => o.DeviceScope = "1", true },
        { "grant", o => o.GrantType = GrantTypes.ClientCredentials, true },
        { "secret", o => o.ClientSecret = "other", false },
        { "secret's source", o => (o.ClientSecret, o.ClientSecretFile) = (null, "secret"), false },
        { "authentication method", o => o.ClientAuthenticationMethod = ClientAuthenticationMethod.ClientSecretPost, false },
        { "Basic encoding", o => o.BasicCredentialEncoding = BasicCredentialEncoding.Raw, false },
        { "password", o => o.Password = "other", false },
        { "insistence on all scopes", o => o.RequireAllScopes = true, true },
        { "agent", o => o.AgentId = "other", true },
        { "redirect URI", o => o.RedirectUri = "https://other.example/", true },
        { "token binding", o => o.TokenBindingId = "other", true },
        { "proof", o => o.DPoP = true, true },
        { "proof that may be missing", o => o.DPoPAllowBearer = true, true },
        { "second secret", o => o.SecondaryClientSecret = "other", false },
        { "key's id", o => o.PrivateKeyId = "other", false },
        { "key's password", o => o.PrivateKeyPassword = "other", false },
        { "certificate", o => o.ClientCertificateFile = "other.pem", false },
        { "certificate's key", o => (o.ClientCertificateFile, o.ClientCertificateKeyFile) = ("other.pem", "other.key"), false },
        { "certificate's password", o => o.ClientCertificatePassword = "other", false },
        { "assertion's algorithm", o => o.ClientAssertionAlgorithm = "other", false },
        { "assertion's audience", o => o.ClientAssertionAudience = "other", false },
        { "assertion's type", o => o.ClientAssertionType = "other", false },
        { "assertion's header", o => o.ClientAssertionHeaderType = "other", false },
    };

    [Theory]
    [MemberData(nameof(Changes))]
    public void Key_OneThingIsDifferent_Differs(string what, Action<OAuth2ClientOptions> change, bool isIdentity)
    {
        var request = Create();
        var changed = Create(change);

        Assert.True(request.Key != changed.Key, $"The key leaves out the {what}.");
        Assert.Equal(isIdentity, request.GetIdentity() != changed.GetIdentity());
    }

    [Fact]
    public void Key_OfTwoNamesOfOneApplication_IsTheSame()
    {
        var request = Create();
        var other = Create(options => options.RevokeOnShutdown = true, name: "another");

        Assert.Equal(request.Key, other.Key);
        Assert.Equal(request.GetIdentity(), other.GetIdentity());
    }

    [Fact]
    public void Credentials_OfOtherCallbacks_AreThoseOfTheirClientAlone()
    {
        static void UseCallback(OAuth2ClientOptions o)
        {
            var secret = "s";
            (o.ClientSecret, o.ClientSecretCallback) = (null, _ => new(secret));
        }

        Assert.Equal(Create(UseCallback).GetCredentials(), Create(UseCallback).GetCredentials());
        Assert.NotEqual(Create(UseCallback).GetCredentials(), Create(UseCallback, name: "another").GetCredentials());
        Assert.NotEqual(Create(UseCallback).Key, Create(UseCallback).Key);
    }

    [Fact]
    public void Key_OfOtherTimes_IsAnother() => Assert.All<Action<OAuth2ClientOptions>>(
        [o => o.RefreshBeforeExpiry = TimeSpan.FromSeconds(1), o => o.DefaultTokenLifetime = TimeSpan.FromSeconds(1), o => o.TokenRequestTimeout = TimeSpan.FromSeconds(1), o => o.HeaderScheme = "Token"],
        change =>
        {
            Assert.NotEqual(Create(_ => { }).Key, Create(change).Key);
            Assert.Equal(Create(_ => { }).GetIdentity(), Create(change).GetIdentity());
            Assert.Equal(Create(_ => { }).GetCredentials(), Create(change).GetCredentials());
        });

    [Fact]
    public void Key_OfScopesResourcesAndParametersInAnotherOrder_IsTheSame()
    {
        var request = new TokenSpec(CreateProtocol(), new OAuth2TokenRequest { Scopes = ["a", "b"], Resources = ["urn:a", "urn:b"], Parameters = new Dictionary<string, string> { ["x"] = "1", ["y"] = "2" } });
        var other = new TokenSpec(CreateProtocol(), new OAuth2TokenRequest { Scopes = ["b", "a", "b"], Resources = ["urn:b", "urn:a"], Parameters = new Dictionary<string, string> { ["y"] = "2", ["x"] = "1" } });

        Assert.Equal(request.Key, other.Key);
    }

    [Fact]
    public void Key_CharactersMovedBetweenNeighbours_Differs()
    {
        Assert.NotEqual(Create(o => (o.Username, o.Audience) = ("alice", "bob")).Key, Create(o => (o.Username, o.Audience) = ("alic", "ebob")).Key);
        Assert.NotEqual(Create(o => (o.Username, o.Password) = ("alice", "bob")).Key, Create(o => (o.Username, o.Password) = ("alic", "ebob")).Key);
        Assert.NotEqual(CreateWith(["ab", "c"], []).Key, CreateWith(["a", "bc"], []).Key);
        Assert.NotEqual(CreateWith(["a", "b"], []).Key, CreateWith(["a"], ["b"]).Key);
        Assert.NotEqual(CreateWith(["a b"], []).Key, CreateWith(["a", "b"], []).Key);
        Assert.NotEqual(Create(o => o.Parameters["a"] = "bc").Key, Create(o => o.Parameters["ab"] = "c").Key);

        static TokenSpec CreateWith(string[] scopes, string[] resources) =>
            new(CreateProtocol(), new OAuth2TokenRequest { Scopes = scopes, Resources = resources });
    }

    [Fact]
    public void Key_OfOverridesThatRepeatTheClientsOwn_IsTheClients()
    {
        var protocol = CreateProtocol();

        var request = new TokenSpec(protocol, new OAuth2TokenRequest { Scopes = ["read"], Audience = "api", Parameters = new Dictionary<string, string> { ["orgHandle"] = "acme" } });

        Assert.Equal(new TokenSpec(protocol, null).Key, request.Key);
    }

    [Fact]
    public void Create_OverridingAFieldThatHasASettingOfItsOwn_Throws()
    {
        var overrides = new OAuth2TokenRequest { Parameters = new Dictionary<string, string> { ["client_secret"] = "x" } };

        var exception = Assert.Throws<InvalidOperationException>(() => new TokenSpec(CreateProtocol(), overrides));

        Assert.Contains("ClientSecret", exception.Message, StringComparison.Ordinal);
    }

    /// <summary>What a grant does not send must not be lost without a word.</summary>
    [Theory]
    [InlineData(GrantTypes.TokenExchange, true, true, false)]
    [InlineData(GrantTypes.OrganizationSwitch, true, false, false)]
    [InlineData(GrantTypes.JwtBearer, false, false, true)]
    [InlineData(GrantTypes.SamlBearer, false, false, true)]
    [InlineData(GrantTypes.ClientCredentials, false, false, false)]
    public void Create_WithATokenThatTheGrantDoesNotSend_Throws(string grantType, bool takesSubject, bool takesActor, bool takesAssertion)
    {
        var protocol = CreateProtocol(o => o.GrantType = grantType);

        foreach (var (overrides, isTaken) in new[] { (new OAuth2TokenRequest { SubjectToken = "s" }, takesSubject), (new OAuth2TokenRequest { ActorToken = "a" }, takesActor), (new OAuth2TokenRequest { Assertion = "b" }, takesAssertion) })
        {
            var exception = Record.Exception(() => new TokenSpec(protocol, overrides));

            Assert.Equal(isTaken ? null : $"OAuth2 client 'orders': the call brings a token or an assertion to exchange, and GrantType '{grantType}' sends none. Name a client that does in ClientName.", exception?.Message);
        }
    }

    /// <summary>Two callbacks may return two users' tokens.</summary>
    [Fact]
    public void Key_OfOtherCallbacksForWhatIsExchanged_IsAnother()
    {
        static void UseCallback(OAuth2ClientOptions o)
        {
            var token = "t";
            (o.GrantType, o.SubjectTokenCallback) = (GrantTypes.TokenExchange, _ => new(token));
        }

        Assert.NotEqual(Create(UseCallback).Key, Create(UseCallback).Key);
        Assert.NotEqual(Create(UseCallback).GetIdentity(), Create(UseCallback).GetIdentity());
        Assert.Equal(Create(UseCallback).GetSharedKey(), Create(UseCallback).GetSharedKey());
    }

    [Fact]
    public void Credentials_OfAnAgent_AreThoseOfItsSecretToo()
    {
        static TokenSpec CreateAgent(string id, string? secret, string? file = null) =>
            Create(o => (o.GrantType, o.AgentId, o.AgentSecret, o.AgentSecretFile) = (GrantTypes.AuthorizationCode, id, secret, file));

        Assert.Equal(CreateAgent("a", "s").GetCredentials(), CreateAgent("a", "s").GetCredentials());
        Assert.NotEqual(CreateAgent("a", "s").GetCredentials(), CreateAgent("b", "s").GetCredentials());
        Assert.NotEqual(CreateAgent("a", "s").GetCredentials(), CreateAgent("a", "other").GetCredentials());
        Assert.NotEqual(CreateAgent("a", "s").GetCredentials(), CreateAgent("a", null, "s").GetCredentials());
    }

    /// <summary>A refresh token among the parameters is for clients that have nothing else.</summary>
    [Theory]
    [InlineData(GrantTypes.RefreshToken, "r")]
    [InlineData(GrantTypes.Password, null)]
    public void InitialRefreshToken_IsOfClientsWithoutAnotherGrant(string grantType, string? expected)
    {
        var request = Create(o => (o.GrantType, o.Parameters["refresh_token"]) = (grantType, "r"));

        Assert.Equal(expected, request.InitialRefreshToken);
        Assert.Equal(expected is null, request.GetRefreshTokenKey() == request.GetSharedKey());
    }

    [Fact]
    public void CreateRequest_OfThePasswordGrant_HoldsAllThatIsAskedFor()
    {
        var request = Create(o => o.Resources.Add("urn:b"));

        Assert.Equal(
            ["grant_type=password", "username=alice", "password=pw", "scope=read", "audience=api", "resource=urn:a", "resource=urn:b", "orgHandle=acme"],
            Describe(request.CreateRequest(request.Protocol.Grant!)));
    }

    [Fact]
    public void CreateRequest_OfARefresh_AsksForWhatWasGranted()
    {
        var request = Create();

        Assert.Equal(["grant_type=refresh_token", "refresh_token=r", "orgHandle=acme"], Describe(request.CreateRequest(new RefreshTokenGrant("r"))));
    }

    [Fact]
    public void CreateRequest_OfARefreshAfterAnotherGrant_LeavesThatGrantsParametersOut()
    {
        var request = Create(o => o.GrantType = GrantTypes.TokenExchange);

        Assert.Equal(["grant_type=refresh_token", "refresh_token=r"], Describe(request.CreateRequest(new RefreshTokenGrant("r"))));
    }

    /// <summary>Each of the two is told once.</summary>
    [Fact]
    public void ShouldWarn_OfEach_IsTrueOnce()
    {
        var request = Create();

        Assert.Equal((true, false), (request.ShouldWarnOfScopes(), request.ShouldWarnOfScopes()));
        Assert.Equal((true, false), (request.ShouldWarnOfDeviceScope(), request.ShouldWarnOfDeviceScope()));
    }

    [Fact]
    public void GetClientKey_OfOtherScopes_IsTheSame()
    {
        var key = Create().GetClientKey("s");

        Assert.Equal(key, Create(o => o.Scopes.Add("more")).GetClientKey("s"));
        Assert.NotEqual(key, Create().GetClientKey("changed"));
        Assert.NotEqual(key, Create(o => o.ClientId = "other").GetClientKey("s"));
        Assert.NotEqual(key, Create(o => o.ClientAuthenticationMethod = ClientAuthenticationMethod.ClientSecretPost).GetClientKey("s"));
    }

    [Fact]
    public void GetValueKey_OfOtherScopes_IsTheSameAndOfAnotherValueIsNot()
    {
        var key = Create().GetValueKey(new PasswordGrant("alice", "pw"));

        Assert.Equal(key, Create(o => o.Scopes.Add("more")).GetValueKey(new PasswordGrant("alice", "pw")));
        Assert.Equal(key, Create(o => o.Parameters["more"] = "").GetValueKey(new PasswordGrant("alice", "pw")));
        Assert.NotEqual(key, Create(o => o.ClientId = "other").GetValueKey(new PasswordGrant("alice", "pw")));
        Assert.NotEqual(key, Create().GetValueKey(new PasswordGrant("alice", "changed")));
        Assert.NotEqual(key, Create().GetValueKey(new RefreshTokenGrant("pw")));
        Assert.NotEqual(
            Create(o => o.Parameters["assertion"] = "a").GetValueKey(new ExtensionGrant("jwt-bearer")),
            Create(o => o.Parameters["assertion"] = "b").GetValueKey(new ExtensionGrant("jwt-bearer")));
    }

    private static IEnumerable<string> Describe(ProtocolRequest request) => request.Parameters.Select(field => $"{field.Key}={field.Value}");

    private static TokenSpec Create(Action<OAuth2ClientOptions>? change = null, string name = "orders") => new(CreateProtocol(change, name), overrides: null);

    private static ClientProtocol CreateProtocol(Action<OAuth2ClientOptions>? change = null, string name = "orders")
    {
        var options = new OAuth2ClientOptions
        {
            TokenEndpoint = new Uri("https://idp.example/t/acme/token"),
            ClientId = "id",
            ClientSecret = "secret",
            ClientAuthenticationMethod = ClientAuthenticationMethod.ClientSecretBasic,
            GrantType = GrantTypes.Password,
            Username = "alice",
            Password = "pw",
            Audience = "api",
            Scopes = { "read" },
            Resources = { "urn:a" },
            Parameters = { ["orgHandle"] = "acme" },
        };
        change?.Invoke(options);
        return new ClientProtocol(new ClientSettings(name, options));
    }
}
