using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using OAuthClient.Testing;

namespace Smoke.Server;

/// <summary>A client for each way in, as the servers know it and as it is configured. Each makes a call to a path of its own name.</summary>
internal sealed class ConfiguredClients
{
    public const string DeviceCode = "urn:ietf:params:oauth:grant-type:device_code";

    private const string TokenExchange = "urn:ietf:params:oauth:grant-type:token-exchange";
    private const string JwtBearer = "urn:ietf:params:oauth:grant-type:jwt-bearer";
    private const string SamlBearer = "urn:ietf:params:oauth:grant-type:saml2-bearer";
    private const string Organization = "10084a8d-113f-4211-a0d5-efe36b082211";
    private const string Platform = "https://kubernetes.default.svc";
    private const string Awkward = "se:cret+/%&= é";
    private const string LongSecret = "a-secret-of-more-than-32-characters-to-sign-with";

    private readonly ECDsa _p256 = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly ECDsa _p384 = ECDsa.Create(ECCurve.NamedCurves.nistP384);
    private readonly X509Certificate2 _rsa = TestCertificates.Create("CN=signer", key: CertificateKey.Rsa);
    private readonly X509Certificate2 _authority = TestCertificates.CreateAuthority();
    private readonly X509Certificate2 _issued;
    private readonly X509Certificate2 _selfSigned = TestCertificates.Create("CN=self-signed", key: CertificateKey.Rsa);

    public ConfiguredClients() => _issued = TestCertificates.Create("CN=tls, O=Acme", _authority);

    public JsonObject Settings { get; } = [];

    public void ConfigureMain(OAuth2TestServerOptions options)
    {
        (options.EncodedBasic, options.TokenEndpointNonces, options.ApiNonces, options.ScopeChallenges) = (true, true, true, true);
        (options.DeviceScopes, options.TokenBindings, options.DevicePollInterval) = (true, true, TimeSpan.FromMilliseconds(1));
        options.RequiredScopes["/api/step-up"] = "orders:write";
        options.AssertionIssuers[Platform] = _p256.ExportSubjectPublicKeyInfoPem();
        options.Organizations.Add(Organization);
        options.Agents.Add(new TestAgent("agent-1", "agent-secret"));
        foreach (var name in (string[])["post", "second-secret", "asgardeo", "connection", "discovery", "binding", "step-up"])
            options.Clients.Add(new TestClient(name, $"{name}-secret"));
        foreach (var (name, grant) in ((string, string)[])[("exchange", TokenExchange), ("jwt-bearer", JwtBearer), ("saml-bearer", SamlBearer), ("organization", "organization_switch"), ("device", DeviceCode), ("agent", "authorization_code"), ("password", "password")])
            options.Clients.Add(new TestClient(name, $"{name}-secret") { GrantTypes = { grant } });
        options.Clients.Add(new TestClient("basic", Awkward));
        options.Clients.Add(new TestClient("none", null));
        options.Clients.Add(new TestClient("private-key-pem", null) { PublicKeyPem = _p256.ExportSubjectPublicKeyInfoPem(), StrictAssertions = true, AssertionAlgorithm = "ES256" });
        options.Clients.Add(new TestClient("private-key-pfx", null) { PublicKeyPem = _rsa.GetRSAPublicKey()!.ExportSubjectPublicKeyInfoPem(), StrictAssertions = true, AssertionAlgorithm = "PS256" });
        options.Clients.Add(new TestClient("private-key-jwk", null) { PublicKeyPem = _p384.ExportSubjectPublicKeyInfoPem(), StrictAssertions = true, AssertionAlgorithm = "ES384" });
        options.Clients.Add(new TestClient("secret-jwt", LongSecret) { AuthenticationMethods = { "client_secret_jwt" } });
        options.Clients.Add(new TestClient("platform", null) { AssertionIssuer = Platform, AssertionSubject = "system:serviceaccount:shop:orders", AssertionIssuerPublicKeyPem = _p256.ExportSubjectPublicKeyInfoPem() });
        options.Clients.Add(new TestClient("dpop", "dpop-secret") { RequireDPoP = true });
        options.Clients.Add(new TestClient("dpop-key-file", "dpop-secret") { RequireDPoP = true });
    }

    public void ConfigureTls(OAuth2TestServerOptions options)
    {
        (options.UseHttps, options.CertificateAuthority, options.MtlsAliases) = (true, _authority, true);
        options.Clients.Add(new TestClient("tls", null) { CertificateSubject = _issued.Subject, BindTokensToCertificate = true, AuthenticationMethods = { "tls_client_auth" } });
        options.Clients.Add(new TestClient("self-signed", null) { CertificateThumbprint = _selfSigned.GetCertHashString(HashAlgorithmName.SHA256), BindTokensToCertificate = true, AuthenticationMethods = { "self_signed_tls_client_auth" } });
    }

    public static void ConfigureGateway(OAuth2TestServerOptions options)
    {
        options.Clients.Add(new TestClient("gateway", "gateway-secret"));
        (options.HeaderName, options.HeaderScheme, options.ApiKeyHeaderName, options.ApiKey) = ("X-API-Authorization", "", "api-key", "key-1");
        options.CredentialHeaders["Subscription-Key"] = "key-2";
        options.RejectedTokenStatusCode = 498;
        var isFirst = true;
        options.ConfigureTokenResponse = response =>
        {
            if (isFirst)
                response["access_token"] = "a-token-that-nobody-knows";
            isFirst = false;
        };
    }

    /// <summary>What the program reads: its settings, the files that they name, and its environment.</summary>
    public void Write(Stage stage)
    {
        var main = stage.Main;
        stage.Write("post-secret", "post-secret\n");
        stage.Write("second-secret", "second-secret-secret");
        stage.Write("agent-secret", "agent-secret");
        stage.Write("p256.pem", _p256.ExportPkcs8PrivateKeyPem());
        File.WriteAllBytes(Path.Combine(stage.Folder, "rsa.pfx"), _rsa.Export(X509ContentType.Pfx, "password"));
        stage.Write("platform.jwt", Sign("system:serviceaccount:shop:orders", main.TokenEndpoint) + "\n");
        stage.Write("assertion.jwt", Sign("alice", main.TokenEndpoint));
        stage.Write("assertion.saml", Base64UrlEncoder.Encode("<Assertion xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\"><Subject><NameID>alice</NameID></Subject></Assertion>"));
        stage.Write("user.jwt", main.IssueToken(username: "alice"));
        stage.Write("tls.pem", _issued.ExportCertificatePem() + "\n" + _issued.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        stage.Write("self-signed.crt", _selfSigned.ExportCertificatePem());
        stage.Write("self-signed.key", _selfSigned.GetRSAPrivateKey()!.ExportPkcs8PrivateKeyPem());
        stage.Write("authority.pem", _authority.ExportCertificatePem());
        stage.Environment["SSL_CERT_FILE"] = Path.Combine(stage.Folder, "authority.pem");

        Add(main, "basic", """
            { "ClientAuthenticationMethod": "client_secret_basic", "BasicCredentialEncoding": "FormUrlEncoded", "Scopes": [ "read", "write" ], "RequireAllScopes": true, "Resources": [ "https://api.example/" ],
              "Audience": "orders", "Parameters": { "custom": "field", "urn:custom:field": "1" }, "AllowedOrigins": [ "https://api.example" ], "AllowInsecureHttp": false, "RefreshBeforeExpiry": "00:00:30",
              "DefaultTokenLifetime": "00:05:00", "TokenRequestTimeout": "00:00:20", "TransientFailureWait": "00:00:05", "MaxRequestContentBufferSize": 1024, "MaxTokens": 100, "ShareTokens": false, "RevokeOnShutdown": true }
            """, Awkward);
        Settings["basic"]!["RevocationEndpoint"] = main.RevocationEndpoint.AbsoluteUri;
        Add(main, "post", """{ "ClientAuthenticationMethod": "client_secret_post", "ClientSecretFile": "post-secret" }""", null);
        Add(main, "none", """{ "ClientAuthenticationMethod": "none" }""", null);
        Add(main, "private-key-pem", """{ "PrivateKeyFile": "p256.pem", "PrivateKeyId": "key-1" }""", null);
        Add(main, "private-key-pfx", """{ "PrivateKeyFile": "rsa.pfx", "PrivateKeyPassword": "password", "ClientAssertionAlgorithm": "PS256" }""", null);
        Add(main, "private-key-jwk", "{}", null);
        Settings["private-key-jwk"]!["PrivateKey"] = Jwk();
        foreach (var name in (string[])["private-key-pem", "private-key-pfx", "private-key-jwk"])
            Settings[name]!["ClientAssertionAudience"] = main.Issuer.AbsoluteUri;
        Add(main, "secret-jwt", """{ "ClientAuthenticationMethod": "client_secret_jwt" }""", LongSecret);
        Add(main, "platform", """{ "ClientAssertionFile": "platform.jwt" }""", null);
        Add(main, "second-secret", """{ "SecondaryClientSecretFile": "second-secret" }""", "one-that-was-replaced");
        Add(main, "asgardeo", """{ "Provider": "Asgardeo", "Organization": "acme", "Region": "EU" }""");
        Add(main, "dpop", """{ "DPoP": true }""", "dpop-secret");
        Add(main, "dpop-key-file", """{ "DPoP": true, "DPoPKeyFile": "p256.pem" }""", "dpop-secret");
        Add(main, "password", """{ "GrantType": "password", "Username": "alice", "Password": "alice-password" }""");
        Add(main, "exchange", $$"""{ "GrantType": "{{TokenExchange}}", "SubjectTokenFile": "user.jwt", "ActorTokenClient": "basic", "RequestedTokenType": "urn:ietf:params:oauth:token-type:access_token" }""");
        Add(main, "jwt-bearer", $$"""{ "GrantType": "{{JwtBearer}}", "AssertionFile": "assertion.jwt" }""");
        Add(main, "saml-bearer", $$"""{ "GrantType": "{{SamlBearer}}", "AssertionFile": "assertion.saml" }""");
        Add(main, "organization", $$"""{ "GrantType": "organization_switch", "SubjectTokenClient": "basic", "SwitchingOrganization": "{{Organization}}" }""");
        Add(main, "device", $$"""{ "GrantType": "{{DeviceCode}}", "DeviceAuthorizationEndpoint": "{{main.DeviceAuthorizationEndpoint}}" }""");
        Add(main, "agent", """{ "GrantType": "authorization_code", "AgentId": "agent-1", "AgentSecretFile": "agent-secret", "RedirectUri": "https://app.example/callback" }""");
        Add(main, "binding", """{ "TokenBindingId": "auto", "DeviceScope": "auto" }""");
        Add(main, "step-up", """{ "Scopes": "orders:read", "StepUpScopes": "orders:write orders:delete" }""");
        Add(main, "discovery", $$"""{ "Issuer": "{{main.Issuer}}" }""");
        Add(stage.Gateway, "gateway", """
            { "HeaderName": "X-API-Authorization", "HeaderScheme": "", "ApiKey": "key-1", "ApiKeyHeaderName": "api-key", "CredentialHeaders": { "Subscription-Key": "key-2" }, "TokenRejectedStatusCodes": [ 401, 498 ] }
            """);
        Add(stage.Tls, "tls", $$"""{ "Issuer": "{{stage.Tls.Issuer}}", "ClientCertificateFile": "tls.pem" }""", null);
        Add(stage.Tls, "self-signed", $$"""{ "Issuer": "{{stage.Tls.Issuer}}", "ClientAuthenticationMethod": "self_signed_tls_client_auth", "ClientCertificateFile": "self-signed.crt", "ClientCertificateKeyFile": "self-signed.key" }""", null);

        Settings["connection"] = new JsonObject { ["Connection"] = "smoke-shop" };
        stage.Environment["CHOREO_SMOKE_SHOP_SERVICEURL"] = main.ApiBaseAddress.AbsoluteUri;
        stage.Environment["CHOREO_SMOKE_SHOP_TOKENURL"] = main.TokenEndpoint.AbsoluteUri;
        stage.Environment["CHOREO_SMOKE_SHOP_CONSUMERKEY"] = "connection";
        stage.Environment["CHOREO_SMOKE_SHOP_CONSUMERSECRET"] = "connection-secret";
    }

    private void Add(OAuth2TestServer server, string name, string settings) => Add(server, name, settings, $"{name}-secret");

    private void Add(OAuth2TestServer server, string name, string settings, string? secret)
    {
        var client = JsonNode.Parse(settings)!.AsObject();
        (client["ClientId"], client["BaseAddress"]) = (name, server.ApiBaseAddress.AbsoluteUri);
        if (!client.ContainsKey("Issuer"))
            client["TokenEndpoint"] = server.TokenEndpoint.AbsoluteUri;
        if (secret is not null)
            client["ClientSecret"] = secret;
        Settings[name] = client;
    }

    private string Jwk()
    {
        var key = _p384.ExportParameters(includePrivateParameters: true);
        return new JsonObject { ["kty"] = "EC", ["crv"] = "P-384", ["kid"] = "key-2", ["x"] = Base64UrlEncoder.Encode(key.Q.X), ["y"] = Base64UrlEncoder.Encode(key.Q.Y), ["d"] = Base64UrlEncoder.Encode(key.D) }.ToJsonString();
    }

    private string Sign(string subject, Uri audience) => new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
    {
        Issuer = Platform,
        Audience = audience.AbsoluteUri,
        Claims = new Dictionary<string, object> { ["sub"] = subject, ["jti"] = Guid.NewGuid().ToString() },
        SigningCredentials = new SigningCredentials(new ECDsaSecurityKey(_p256), SecurityAlgorithms.EcdsaSha256),
    });
}
