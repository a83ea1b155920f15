
namespace OAuthClient.Tests.Settings;

public sealed class OAuth2ClientOptionsValidatorTests
{
    private const string Canary = "canary-3f9c";

    /// <summary>One way to break each rule, and how the message that names the setting begins.</summary>
    private static readonly Dictionary<string, (Action<OAuth2ClientOptions> Break, string Message)> _rules = new()
    {
        ["Region unknown"] = (o => o.Region = "APAC", "Region must be US or EU, but is 'APAC'. For another region set TokenEndpoint."),
        ["Provider unknown"] = (o => o.Provider = "Okta", "Provider must be one of Asgardeo, Bijira, Choreo, Devant, ApiManager, IdentityServer, but is 'Okta'. For any other server leave it out and set TokenEndpoint."),
        ["TokenEndpoint missing"] = (o => o.TokenEndpoint = null, "TokenEndpoint is not set. Set it, or Provider for a built-in one, or Issuer to have it looked up."),
        ["TokenEndpoint missing, Devant"] = (o => (o.TokenEndpoint, o.Provider) = (null, "Devant"), "TokenEndpoint is not set, and Devant has none that all users share: the developer portal shows it"),
        ["TokenEndpoint missing, ApiManager"] = (o => (o.TokenEndpoint, o.Provider) = (null, "ApiManager"), "TokenEndpoint is not set, and ApiManager has none that all users share: it is https://<host>:9443/oauth2/token."),
        ["TokenEndpoint missing, IdentityServer"] = (o => (o.TokenEndpoint, o.Provider) = (null, "IdentityServer"), "TokenEndpoint is not set, and IdentityServer has none that all users share: it is https://<host>:9443/oauth2/token, or https://<host>:9443/t/<tenant>/oauth2/token."),
        ["Organization missing"] = (o => (o.TokenEndpoint, o.Provider) = (null, "Asgardeo"), "Organization is not set; Asgardeo needs it for its token endpoint https://api.asgardeo.io/t/{organization}/oauth2/token. Set it, or TokenEndpoint."),
        ["TokenEndpoint relative"] = (o => o.TokenEndpoint = new Uri("/oauth2/token", UriKind.Relative), "TokenEndpoint must be an absolute https URI, but is '/oauth2/token'."),
        ["TokenEndpoint no http"] = (o => o.TokenEndpoint = new Uri("ftp://idp.example/token"), "TokenEndpoint must be an absolute https URI, but is 'ftp://idp.example/token'."),
        ["TokenEndpoint http"] = (o => o.TokenEndpoint = new Uri("http://idp.example/token"), "TokenEndpoint must be an absolute https URI, but is 'http://idp.example/token'. For a server on loopback or inside your network set AllowInsecureHttp."),
        ["TokenEndpoint with user"] = (o => o.TokenEndpoint = new Uri("https://user:secret@idp.example/token"), "TokenEndpoint must hold neither user information nor a fragment; 'https://idp.example/token' is all that is needed."),
        ["BaseAddress without a host to look up"] = (o => o.BaseAddress = new Uri($"https://a\u00e9{new string('0', 57)}/"), $"BaseAddress must name a host that can be looked up, but is 'https://a\u00e9{new string('0', 57)}/'."),
        // Uri takes these for a path, with the password in it.
        ["BaseAddress with user, one letter"] = (o => o.BaseAddress = new Uri("h://user:secret@api.example/"), "BaseAddress must be an absolute https URI, but is 'h://api.example/'."),
        ["BaseAddress with user, other scheme"] = (o => o.BaseAddress = new Uri("xy:z=https://user:secret@api.example/"), "BaseAddress must be an absolute https URI, but is 'xy:z=https://api.example/'."),
        ["TokenEndpoint with fragment"] = (o => o.TokenEndpoint = new Uri("https://idp.example/token#x"), "TokenEndpoint must hold neither user information nor a fragment; 'https://idp.example/token' is all that is needed."),
        ["RevocationEndpoint http"] = (o => o.RevocationEndpoint = new Uri("http://idp.example/revoke"), "RevocationEndpoint must be an absolute https URI, but is 'http://idp.example/revoke'."),
        ["RevokeOnShutdown without an endpoint"] = (o => (o.RevokeOnShutdown, o.RevocationEndpoint) = (true, null), "RevocationEndpoint is not set, which RevokeOnShutdown needs. Set it, or Provider for a built-in one, or Issuer in place of TokenEndpoint."),
        ["RevokeOnShutdown without an endpoint, issuer"] = (o => (o.RevokeOnShutdown, o.RevocationEndpoint, o.Issuer) = (true, null, new Uri("https://idp.example/")), "RevocationEndpoint is not set, which RevokeOnShutdown needs."),
        ["RevokeOnShutdown, refresh_token"] = (o => (o.RevokeOnShutdown, o.RevocationEndpoint, o.GrantType, o.Parameters["refresh_token"]) = (true, new Uri("https://idp.example/revoke"), "refresh_token", "x"), "RevokeOnShutdown is set, but the next start needs the refresh token of GrantType refresh_token, which a server may revoke together with what came of it. Remove it."),
        ["Issuer http"] = (o => o.Issuer = new Uri("http://idp.example/"), "Issuer must be an absolute https URI, but is 'http://idp.example/'."),
        ["ClientId missing"] = (o => o.ClientId = null, "ClientId is not set. It is the consumer key or client id that the developer portal shows."),
        ["ClientId with control character"] = (o => o.ClientId = "a\tb", "ClientId must not hold control characters."),
        ["ClientId with colon, raw"] = (o => (o.ClientId, o.BasicCredentialEncoding) = ("a:b", BasicCredentialEncoding.Raw), "ClientId holds a ':', which a raw Basic header cannot carry. Set ClientAuthenticationMethod to ClientSecretPost, or BasicCredentialEncoding to FormUrlEncoded where the server decodes it."),
        ["ClientSecret with colon, raw, provider"] = (o => (o.ClientSecret, o.Provider) = ("a:b", "Choreo"), "ClientSecret holds a ':', which Choreo cannot read from a Basic header. Set ClientAuthenticationMethod to ClientSecretPost."),
        ["ClientSecret missing"] = (o => o.ClientSecret = null, "ClientSecret is not set. Set it, ClientSecretFile or ClientSecretCallback; for a public client set ClientAuthenticationMethod to None."),
        ["ClientSecret twice"] = (o => o.ClientSecretFile = "/run/secrets/orders", "ClientSecret and ClientSecretFile are both set. Keep one."),
        ["ClientSecret twice, callback"] = (o => (o.ClientSecret, o.ClientSecretFile, o.ClientSecretCallback) = (null, "/run/secrets/orders", _ => new("x")), "ClientSecretFile and ClientSecretCallback are both set. Keep one."),
        ["ClientSecret of a public client"] = (o => o.ClientAuthenticationMethod = ClientAuthenticationMethod.None, "ClientSecret is set, but ClientAuthenticationMethod None sends no secret. Remove the one or change the other."),
        ["ClientAuthenticationMethod undefined"] = (o => o.ClientAuthenticationMethod = (ClientAuthenticationMethod)42, "ClientAuthenticationMethod must be one of ClientSecretBasic, ClientSecretPost, None, PrivateKeyJwt, ClientSecretJwt, TlsClientAuth, SelfSignedTlsClientAuth, but is '42'."),
        ["BasicCredentialEncoding undefined"] = (o => o.BasicCredentialEncoding = (BasicCredentialEncoding)42, "BasicCredentialEncoding must be one of FormUrlEncoded, Raw, but is '42'."),
        ["GrantType empty"] = (o => o.GrantType = " ", "GrantType is empty. Set it to the wire value, such as client_credentials."),
        ["Username missing"] = (o => (o.GrantType, o.Password) = ("password", "pw"), "Username is not set, which GrantType password needs."),
        ["Password missing"] = (o => (o.GrantType, o.Username) = ("password", "alice"), "Password is not set, which GrantType password needs."),
        ["Username without its grant"] = (o => (o.Username, o.Password) = ("alice", "pw"), "Username is set, but GrantType 'client_credentials' sends none. Set GrantType to password, or remove it."),
        ["Password without its grant"] = (o => o.Password = "pw", "Password is set, but GrantType 'client_credentials' sends none. Set GrantType to password, or remove it."),
        ["refresh_token missing"] = (o => o.GrantType = "refresh_token", "Parameters holds no 'refresh_token', which GrantType refresh_token needs."),
        ["refresh_token without its grant"] = (o => o.Parameters["refresh_token"] = "x", "Parameters holds 'refresh_token', but GrantType is 'client_credentials'. Set GrantType to refresh_token, or remove it."),
        ["Parameters with a setting's field"] = (o => o.Parameters["client_secret"] = "x", "Parameters may not hold 'client_secret', which has a setting of its own. Set ClientSecret instead."),
        ["Scopes with two in one"] = (o => o.Scopes.Add("a b"), "Scopes holds 'a b'; a scope is made of printable ASCII characters other than space, quote and backslash. Give each an entry of its own."),
        ["Scopes with an empty one"] = (o => o.Scopes.Add(""), "Scopes holds ''; a scope is made of"),
        ["Scopes with other letters"] = (o => o.Scopes.Add("läsen"), "Scopes holds 'läsen'; a scope is made of"),
        ["StepUpScopes with two in one"] = (o => o.StepUpScopes.Add("a b"), "StepUpScopes holds 'a b'; a scope is made of"),
        ["TokenBindingId twice"] = (o => (o.TokenBindingId, o.Parameters["tokenBindingId"]) = ("auto", "1"), "TokenBindingId is set, and Parameters holds 'tokenBindingId'. Keep one."),
        ["DeviceScope with space"] = (o => o.DeviceScope = "a b", "DeviceScope must be auto or a name of printable ASCII characters other than space, quote and backslash, but is 'a b'."),
        ["Resources blank"] = (o => o.Resources.Add(" "), "Resources holds ' '; a resource is the name that the server knows the API by, mostly an absolute URI, and has no fragment."),
        ["Resources with fragment"] = (o => o.Resources.Add("https://api.example/#x"), "Resources holds 'https://api.example/#x'; a resource is the name that the server knows the API by, mostly an absolute URI, and has no fragment."),
        ["RefreshBeforeExpiry negative"] = (o => o.RefreshBeforeExpiry = TimeSpan.FromTicks(-1), "RefreshBeforeExpiry must be from 00:00:00 to 01:00:00, but is -00:00:00.0000001."),
        ["RefreshBeforeExpiry long"] = (o => o.RefreshBeforeExpiry = TimeSpan.FromMinutes(61), "RefreshBeforeExpiry must be from 00:00:00 to 01:00:00, but is 01:01:00."),
        ["DefaultTokenLifetime zero"] = (o => o.DefaultTokenLifetime = TimeSpan.Zero, "DefaultTokenLifetime must be from 00:00:01 to 1.00:00:00, but is 00:00:00."),
        ["DefaultTokenLifetime long"] = (o => o.DefaultTokenLifetime = TimeSpan.FromHours(25), "DefaultTokenLifetime must be from 00:00:01 to 1.00:00:00, but is 1.01:00:00."),
        ["TokenRequestTimeout zero"] = (o => o.TokenRequestTimeout = TimeSpan.Zero, "TokenRequestTimeout must be from 00:00:00.0010000 to 00:10:00, but is 00:00:00."),
        ["TokenRequestTimeout in days"] = (o => o.TokenRequestTimeout = TimeSpan.FromDays(30), "TokenRequestTimeout must be from 00:00:00.0010000 to 00:10:00, but is 30.00:00:00."),
        ["TransientFailureWait negative"] = (o => o.TransientFailureWait = TimeSpan.FromTicks(-1), "TransientFailureWait must be from 00:00:00 to 00:10:00, but is -00:00:00.0000001."),
        ["TransientFailureWait long"] = (o => o.TransientFailureWait = TimeSpan.FromMinutes(11), "TransientFailureWait must be from 00:00:00 to 00:10:00, but is 00:11:00."),
        ["MaxRequestContentBufferSize negative"] = (o => o.MaxRequestContentBufferSize = -1, "MaxRequestContentBufferSize must be from 0 to 2147483647, but is -1."),
        ["MaxTokens zero"] = (o => o.MaxTokens = 0, "MaxTokens must be from 1 to 10000000, but is 0."),
        ["MaxTokens large"] = (o => o.MaxTokens = 10_000_001, "MaxTokens must be from 1 to 10000000, but is 10000001."),
        ["HeaderName empty"] = (o => o.HeaderName = "", "HeaderName must be the name of a request header such as Authorization, but is ''."),
        ["HeaderName with space"] = (o => o.HeaderName = "My Header", "HeaderName must be the name of a request header such as Authorization, but is 'My Header'."),
        ["HeaderName of content"] = (o => o.HeaderName = "Content-Type", "HeaderName must be the name of a request header such as Authorization, but is 'Content-Type'."),
        ["HeaderName Host"] = (o => o.HeaderName = "host", "HeaderName must be the name of a request header such as Authorization, but is 'host'."),
        ["HeaderScheme of two words"] = (o => o.HeaderScheme = "Bearer token", "HeaderScheme must be one word such as Bearer, or empty for the bare token, but is 'Bearer token'."),
        ["ApiKey without a header"] = (o => o.ApiKey = "key", "ApiKey is set, but ApiKeyHeaderName is not. The API's OpenAPI document names the header, often 'api-key'."),
        ["ApiKeyHeaderName without a key"] = (o => o.ApiKeyHeaderName = "api-key", "ApiKeyHeaderName is set, but ApiKey is not. Set both or neither."),
        ["ApiKeyHeaderName bad"] = (o => (o.ApiKey, o.ApiKeyHeaderName) = ("key", "api key"), "ApiKeyHeaderName must be the name of a request header such as Authorization, but is 'api key'."),
        ["ApiKeyHeaderName same as HeaderName"] = (o => (o.ApiKey, o.ApiKeyHeaderName) = ("key", "authorization"), "ApiKeyHeaderName and HeaderName are both 'Authorization'. Token and API key need a header each."),
        ["ApiKey with line end in the middle"] = (o => (o.ApiKey, o.ApiKeyHeaderName) = ("k\ney", "api-key"), "ApiKey holds characters that no header can carry. It must be printable ASCII."),
        ["BaseAddress http"] = (o => o.BaseAddress = new Uri("http://api.example/"), "BaseAddress must be an absolute https URI, but is 'http://api.example/'."),
        ["AllowedOrigins no URI"] = (o => o.AllowedOrigins.Add("api.example"), "AllowedOrigins holds 'api.example'; an origin is scheme, host and port, such as 'https://api.example'."),
        ["AllowedOrigins with path"] = (o => o.AllowedOrigins.Add("https://api.example/orders"), "AllowedOrigins holds 'https://api.example/orders'; an origin is scheme, host and port, such as 'https://api.example'."),
        ["AllowedOrigins http"] = (o => o.AllowedOrigins.Add("http://api.example"), "AllowedOrigins must be an absolute https URI, but is 'http://api.example/'."),
    };

    public static TheoryData<string> Rules => [.. _rules.Keys];

    [Theory]
    [MemberData(nameof(Rules))]
    public void Validate_RuleBroken_NamesClientSettingAndRemedyAndNothingElse(string rule)
    {
        var options = CreateValid();
        _rules[rule].Break(options);

        var message = Validate(options);

        Assert.StartsWith($"OAuth2 client 'orders': {_rules[rule].Message}", message, StringComparison.Ordinal);
        Assert.DoesNotContain(Environment.NewLine, message, StringComparison.Ordinal);
    }

    [Fact]
    public void Validate_ValidOptions_Succeeds() => Assert.Null(Validate(CreateValid()));

    [Fact]
    public void Validate_RevokeOnShutdownWhereTheEndpointIsLookedUpOrBuiltIn_Succeeds()
    {
        var (issuers, providers) = (CreateValid(), CreateValid());
        (issuers.RevokeOnShutdown, issuers.TokenEndpoint, issuers.RevocationEndpoint, issuers.Issuer) = (true, null, null, new Uri("https://idp.example/"));
        (providers.RevokeOnShutdown, providers.TokenEndpoint, providers.RevocationEndpoint) = (true, null, null);

        Assert.Null(Validate(issuers));
        Assert.Null(Validate(providers.UseAsgardeo("acme")));
    }

    [Theory]
    [InlineData("wss://api.example")]
    [InlineData("wss://api.example:8443/")]
    [InlineData("ws://localhost:5000")]
    [InlineData("https+http://orders")]
    public void Validate_AllowedOriginOfAnotherScheme_Succeeds(string origin)
    {
        var options = CreateValid();
        options.AllowedOrigins.Add(origin);

        Assert.Null(Validate(options));
    }

    [Theory]
    [InlineData("ws://api.example", "For a server on loopback or inside your network set AllowInsecureHttp.")]
    [InlineData("http+https://user:secret@orders", "AllowedOrigins must hold neither user information nor a fragment")]
    [InlineData("https+ws://orders", "AllowedOrigins must be an absolute https URI")]
    public void Validate_AllowedOriginThatIsNone_IsReported(string origin, string expected)
    {
        var options = CreateValid();
        options.AllowedOrigins.Add(origin);

        Assert.Contains(expected, Validate(options), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https+http://idp/oauth2/token")]
    [InlineData("http+https://idp/oauth2/token")]
    public void Validate_LogicalAddresses_Succeeds(string address)
    {
        var options = CreateValid();
        options.TokenEndpoint = options.RevocationEndpoint = options.Issuer = options.BaseAddress = new Uri(address);

        Assert.Null(Validate(options));
    }

    // A WebSocket opens no HttpClient's base address, and no token endpoint.
    [Fact]
    public void Validate_WebSocketForAnythingButAnAllowedOrigin_IsReported()
    {
        var options = CreateValid();
        options.BaseAddress = new Uri("wss://api.example/");

        Assert.Contains("BaseAddress must be an absolute https URI, but is 'wss://api.example/'.", Validate(options), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("00000002-0000-0000-c000-000000000000")]
    [InlineData("orders")]
    [InlineData("urn:orders")]
    [InlineData("https://api.example/orders?x=1")]
    public void Validate_ResourceOfAnyName_Succeeds(string resource)
    {
        var options = CreateValid();
        options.Resources.Add(resource);

        Assert.Null(Validate(options));
    }

    [Theory]
    [InlineData("Transfer-Encoding")]
    [InlineData("connection")]
    [InlineData("EXPECT")]
    [InlineData("Cookie")]
    [InlineData("Proxy-Authorization")]
    [InlineData("Content-Length")]
    [InlineData("TE")]
    [InlineData("Trailer")]
    [InlineData("Upgrade")]
    [InlineData("Keep-Alive")]
    [InlineData("Proxy-Connection")]
    [InlineData("Host")]
    public void Validate_HeaderThatHttpNeedsItself_IsRefused(string header)
    {
        var token = CreateValid();
        token.HeaderName = header;
        var key = CreateValid();
        (key.ApiKeyHeaderName, key.ApiKey) = (header, "key");

        Assert.Contains($"HeaderName must be the name of a request header such as Authorization, but is '{header}'. HTTP, the connection or a proxy has its own use for that one.", Validate(token), StringComparison.Ordinal);
        Assert.Contains($"ApiKeyHeaderName must be the name of a request header such as Authorization, but is '{header}'.", Validate(key), StringComparison.Ordinal);
    }

    [Fact]
    public void Validate_SeveralProblems_AreInOneMessage()
    {
        var options = CreateValid();
        options.BindingErrors.Add("OAuth2:Foo is no setting of an OAuth2 client.");
        (options.TokenEndpoint, options.ClientId, options.MaxTokens, options.HeaderName) = (null, null, 0, "a b");

        var message = Validate(options)!;

        string[] beginnings = ["OAuth2 client 'orders': OAuth2:Foo is no setting", "  TokenEndpoint is not set", "  ClientId is not set", "  MaxTokens must be", "  HeaderName must be"];
        Assert.Equal(beginnings, message.Split(Environment.NewLine).Zip(beginnings, (line, beginning) => line[..beginning.Length]));
    }

    [Theory]
    [InlineData("OAuth2:TokenEndpoint must be an absolute URI such as 'https://server.example/path', but is 'idp'.")]
    [InlineData("OAuth2:TokenEndpont is no setting of an OAuth2 client; did you mean TokenEndpoint?")]
    [InlineData("OAuth2:Issuer must be an absolute URI such as 'https://server.example/path', but is 'idp'.")]
    public void Validate_TokenEndpointThatCouldNotBeRead_IsNotReportedAsMissingToo(string bindingError)
    {
        var options = CreateValid();
        options.BindingErrors.Add(bindingError);
        options.TokenEndpoint = null;

        Assert.Equal($"OAuth2 client 'orders': {bindingError}", Validate(options));
    }

    [Theory]
    [InlineData("https://idp.example/token", false)]
    [InlineData("http://localhost:8080/token", false)]
    [InlineData("http://127.0.0.1:8080/token", false)]
    [InlineData("http://[::1]:8080/token", false)]
    [InlineData("http://idp.internal/token", true)]
    public void Validate_TokenEndpointThatMayBeUsed_Succeeds(string endpoint, bool allowInsecureHttp)
    {
        var options = CreateValid();
        (options.TokenEndpoint, options.AllowInsecureHttp) = (new Uri(endpoint), allowInsecureHttp);

        Assert.Null(Validate(options));
    }

    [Fact]
    public void Validate_IssuerWithoutTokenEndpoint_Succeeds()
    {
        var options = CreateValid();
        (options.TokenEndpoint, options.Issuer) = (null, new Uri("https://idp.example"));

        Assert.Null(Validate(options));
    }

    [Fact]
    public void Validate_ColonsInFormEncodedCredentials_Succeeds()
    {
        var options = CreateValid();
        (options.ClientId, options.ClientSecret) = ("a:b", "c:d");

        Assert.Null(Validate(options));
    }

    [Fact]
    public void Validate_ColonInRawSecretForAnotherServer_Succeeds()
    {
        var options = CreateValid();
        (options.ClientSecret, options.BasicCredentialEncoding) = ("c:d", BasicCredentialEncoding.Raw);

        Assert.Null(Validate(options));
    }

    [Fact]
    public void Validate_UnnamedClient_Succeeds() => Assert.True(new OAuth2ClientOptionsValidator().Validate(null, Complete(CreateValid())).Succeeded);

    [Fact]
    public void Validate_SecretsInBadOptions_AreInNoMessage()
    {
        var options = CreateValid();
        options.GrantType = "custom";
        options.Provider = "Choreo";
        options.TokenEndpoint = new Uri($"http://{Canary}:{Canary}@idp.example/token?secret={Canary}#{Canary}");
        options.RevocationEndpoint = new Uri($"https://{Canary}:{Canary}@idp.example/revoke?secret={Canary}");
        options.Issuer = new Uri($"//{Canary}:{Canary}@idp.example/?{Canary}", UriKind.Relative);
        options.BaseAddress = new Uri($"ws://{Canary}:{Canary}@idp.example/?{Canary}");
        options.AllowedOrigins.Add($"https://{Canary}:{Canary}@api.example/path?key={Canary}");
        options.AllowedOrigins.Add($"https://{Canary}:{Canary}@api.example");
        options.AllowedOrigins.Add($"{Canary}:{Canary}@api.example?key={Canary}");
        options.ClientSecret = $"{Canary}:\n{Canary}";
        options.Username = "alice";
        options.Password = Canary;
        options.ApiKey = $"{Canary}\n{Canary}";
        options.Parameters["password"] = Canary;
        options.Parameters["refresh_token"] = Canary;

        var message = Validate(options)!;

        Assert.Equal(13, message.Split(Environment.NewLine).Length);
        Assert.DoesNotContain(Canary, message, StringComparison.Ordinal);
    }

    private static string? Validate(OAuth2ClientOptions options) =>
        new OAuth2ClientOptionsValidator(findCircle: static (_, _) => null).Validate("orders", Complete(options)).FailureMessage;

    private static OAuth2ClientOptions Complete(OAuth2ClientOptions options)
    {
        new OAuth2ClientOptionsDefaults().PostConfigure("orders", options);
        return options;
    }

    private static OAuth2ClientOptions CreateValid() => new()
    {
        TokenEndpoint = new Uri("https://idp.example/token"),
        ClientId = "app",
        ClientSecret = "secret",
    };
}
