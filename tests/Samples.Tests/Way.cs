using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using OAuthClient.Testing;

namespace Samples.Tests;

/// <summary>A way to get a token or to send it: the server that wants it so, and what has to be there beside the arguments.</summary>
internal sealed partial record Way(string Name, string Variant = "")
{
    public const string Device = "a user signs in on another device";

    public const string MachineSecret = "canary-machine-secret";
    private const string PlatformIssuer = "https://kubernetes.default.svc";
    private const string Organization = "10084a8d-113f-4211-a0d5-efe36b082211";
    private const string AgentId = "agent-1";
    private const string AgentSecret = "canary-agent-secret";
    private const string Key = "canary-subscription-key";
    private const string TokenExchange = "urn:ietf:params:oauth:grant-type:token-exchange";
    private const string JwtBearer = "urn:ietf:params:oauth:grant-type:jwt-bearer";
    private const string SamlBearer = "urn:ietf:params:oauth:grant-type:saml2-bearer";

    private static readonly RSA _rsa = RSA.Create(2048);
    private static readonly ECDsa _ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private static readonly X509Certificate2 _authority = TestCertificates.CreateAuthority();
    private static readonly X509Certificate2 _issued = TestCertificates.Create("CN=orders, O=Acme", _authority);
    private static readonly X509Certificate2 _selfSigned = TestCertificates.Create("CN=self", key: CertificateKey.Rsa);

    public static Way[] All { get; } =
    [
        Of("a private key", "RSA", client => client.PublicKeyPem = _rsa.ExportSubjectPublicKeyInfoPem(), "private_key_jwt") with { Prepare = run => run.Write("orders.pem", _rsa.ExportPkcs8PrivateKeyPem()) },
        Of("a private key", "EC", client => client.PublicKeyPem = _ec.ExportSubjectPublicKeyInfoPem(), "private_key_jwt") with { Prepare = run => run.Write("orders.pem", _ec.ExportECPrivateKeyPem()) },
        Of("the secret, without sending it", client => client.ClientSecret = CallApiProcess.LongSecret, "client_secret_jwt") with
        {
            Prepare = run => run.Variables["OAuth2__ClientSecret"] = CallApiProcess.LongSecret,
        },
        Of(
            "a token that the platform writes into a file",
            client => (client.AssertionIssuer, client.AssertionSubject, client.AssertionIssuerPublicKeyPem) = (PlatformIssuer, "system:serviceaccount:shop:orders", _ec.ExportSubjectPublicKeyInfoPem()),
            "private_key_jwt") with
        {
            Prepare = run => run.Write("platform.jwt", Sign(PlatformIssuer, "system:serviceaccount:shop:orders", run.Server.TokenEndpoint) + "\n"),
        },
        Tls("a certificate", client => client.CertificateSubject = _issued.Subject, "tls_client_auth") with { Prepare = run => run.Write("orders.pem", Pem(_issued) + PrivateKeyPem(_issued)) },
        Tls("a certificate that is signed by itself", client => client.CertificateThumbprint = _selfSigned.GetCertHashString(HashAlgorithmName.SHA256), "self_signed_tls_client_auth") with
        {
            Prepare = run =>
            {
                run.Write("orders.crt", Pem(_selfSigned));
                run.Write("orders.key", PrivateKeyPem(_selfSigned));
            },
        },
        Tls("endpoints looked up, those for certificates too", client => client.CertificateSubject = _issued.Subject, "tls_client_auth", options => options.MtlsAliases = true) with
        {
            Prepare = run => run.Write("orders.pem", Pem(_issued) + PrivateKeyPem(_issued)),
            Check = run => Assert.Equal("/mtls/oauth2/token", Assert.Single(run.Server.RecordedTokenRequests).Path),
        },
        new("a second secret, while one replaces the other")
        {
            Prepare = run =>
            {
                run.Variables["OAuth2__ClientSecret"] = CallApiProcess.WrongSecret;
                run.Write("new-secret", CallApiProcess.ClientSecret);
            },
            Check = run => Assert.Equal(2, run.Server.TokenRequests),
        },
        Bound("http"),
        Bound("TLS") with { UsesTls = true },
        new("another token for a user's")
        {
            Configure = options => options.Clients[0].GrantTypes.Add(TokenExchange),
            Prepare = run => run.Write("user.jwt", run.Server.IssueToken(username: "alice")),
            User = "alice",
            Check = run => Assert.Equal("orders", Assert.Single(run.Server.RecordedTokenRequests).Form["audience"]),
        },
        new("another token for another client's")
        {
            Configure = options => options.Clients[0].GrantTypes.Add(TokenExchange),
            HasMachine = true,
            Check = run => Assert.Equal(["client_credentials", TokenExchange], Grants(run)),
        },
        new("another client acts for a user")
        {
            Configure = options => options.Clients[0].GrantTypes.Add(TokenExchange),
            Prepare = run => run.Write("user.jwt", run.Server.IssueToken(username: "alice")),
            HasMachine = true,
            User = "alice",
            Check = run => Assert.True(run.Server.RecordedTokenRequests[1].Form.ContainsKey("actor_token")),
        },
        new("a token for a JWT")
        {
            Configure = options =>
            {
                options.Clients[0].GrantTypes.Add(JwtBearer);
                options.AssertionIssuers[PlatformIssuer] = _ec.ExportSubjectPublicKeyInfoPem();
            },
            Prepare = run => run.Write("assertion.jwt", Sign(PlatformIssuer, "alice", run.Server.TokenEndpoint)),
            User = "alice",
        },
        new("a token for a JWT", "that of another client")
        {
            Arguments = $"--OAuth2:GrantType={JwtBearer} --OAuth2:AssertionClient=machine",
            Configure = options =>
            {
                options.Clients[0].GrantTypes.Add(JwtBearer);
                options.ConfigureClaims = claims => claims["aud"] = claims["iss"]!.DeepClone();
            },
            HasMachine = true,
            Check = run => Assert.Equal(["client_credentials", JwtBearer], Grants(run)),
        },
        new("a token for a SAML assertion")
        {
            Configure = options => options.Clients[0].GrantTypes.Add(SamlBearer),
            Prepare = run => run.Write("assertion.saml", Base64UrlEncoder.Encode("<Assertion xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\"><Subject><NameID>alice</NameID></Subject></Assertion>")),
            User = "alice",
        },
        new("another organization")
        {
            Configure = options =>
            {
                options.Clients[0].GrantTypes.Add("organization_switch");
                options.Organizations.Add(Organization);
            },
            HasMachine = true,
            Check = run => Assert.Equal(["client_credentials", "organization_switch"], Grants(run)),
        },
        new(Device)
        {
            Configure = options =>
            {
                options.Clients[0].GrantTypes.Add("urn:ietf:params:oauth:grant-type:device_code");
                options.DevicePollInterval = TimeSpan.FromMilliseconds(1);
            },
            User = "alice",
            Check = run => Assert.Equal("orders:read", Assert.Single(run.Server.RecordedDeviceRequests).Form["scope"]),
        },
        new("an agent signs in")
        {
            Configure = options =>
            {
                options.Clients[0].GrantTypes.Add("authorization_code");
                options.Agents.Add(new TestAgent(AgentId, AgentSecret));
            },
            Prepare = run => run.Write("agent-secret", AgentSecret),
            User = AgentId,
        },
        new("further headers beside the token") { Configure = options => options.CredentialHeaders["Subscription-Key"] = Key },
        new("a token of its own for each instance")
        {
            Configure = options => options.TokenBindings = true,
            Check = run => Assert.NotEmpty(Assert.Single(run.Server.RecordedTokenRequests).Form["tokenBindingId"]),
        },
        new("an API that rejects tokens by other statuses")
        {
            Configure = options =>
            {
                options.RejectedTokenStatusCode = 498;
                var (note, isFirst) = (options.ConfigureTokenResponse!, true);
                options.ConfigureTokenResponse = response =>
                {
                    if (isFirst)
                        response["access_token"] = "canary-token-that-nobody-knows";
                    isFirst = false;
                    note(response);
                };
            },
            Check = run => Assert.Equal([498, 200], run.Server.RecordedApiCalls.Select(call => call.StatusCode)),
        },
        new("more scopes where the API asks for them")
        {
            Configure = options =>
            {
                options.ScopeChallenges = true;
                options.RequiredScopes["/api/orders"] = "orders:write";
            },
            Check = run => Assert.Equal(["orders:read", "orders:read orders:write"], run.Server.RecordedTokenRequests.Select(request => request.Form["scope"])),
        },
    ];

    /// <summary>The arguments where they are not those of the README.</summary>
    public string? Arguments { get; private init; }

    /// <summary>Whether OAuth2__ClientSecret is set, to what the test server knows.</summary>
    public bool HasSecret { get; private init; } = true;

    /// <summary>Whether another client's token is exchanged.</summary>
    public bool HasMachine { get; private init; }

    /// <summary>Whether the server speaks https, with a certificate that the machine does not know.</summary>
    public bool UsesTls { get; private init; }

    /// <summary>Whose token it must be in the end; null: the client's.</summary>
    public string? User { get; private init; }

    private Action<OAuth2TestServerOptions> Configure { get; init; } = _ => { };

    private Action<CallApiProcess> Prepare { get; init; } = _ => { };

    private Action<CallApiProcess> Check { get; init; } = _ => { };

    public static Way Find(string label) => All.Single(way => way.ToString() == label);

    public override string ToString() => Variant.Length == 0 ? Name : $"{Name}: {Variant}";

    /// <summary>Starts the server that wants it so, and puts the files there.</summary>
    public async Task<CallApiProcess> StartAsync()
    {
        var run = await CallApiProcess.StartAsync(options =>
        {
            options.EncodedBasic = true;
            options.Clients.Add(new TestClient("machine", MachineSecret));
            if (UsesTls)
                (options.UseHttps, options.CertificateAuthority) = (true, _authority);
            Configure(options);
        });
        if (UsesTls)
        {
            run.Write("authority.pem", Pem(_authority));
            run.Variables["SSL_CERT_FILE"] = Path.Combine(run.WorkingDirectory, "authority.pem");
        }

        if (HasMachine)
            run.Write("machine-secret", MachineSecret);
        if (!HasSecret)
            run.Variables.Remove("OAuth2__ClientSecret");
        Prepare(run);

        // The user sees the code where the process prints it.
        run.OnErrorLine = line =>
        {
            if (UserCode().Match(line) is { Success: true } code)
                run.Server.ApproveDevice(code.Groups[1].Value, "alice");
        };
        return run;
    }

    /// <summary>The README's arguments, with this server's addresses and the names that it knows.</summary>
    public static string[] Fill(CallApiProcess run, string arguments) =>
        CallApiReadme.Split(Replace(run, $"--OAuth2:ClientId=<id> --Url=https://api.example/orders {(arguments.Contains("OAuth2:Issuer", StringComparison.Ordinal) ? "" : "--OAuth2:TokenEndpoint=https://idp.example/oauth2/token")} ")
            + Replace(run, arguments));

    public static string Replace(CallApiProcess run, string text) => text
        .Replace("https://idp.example/", run.Server.BaseAddress.AbsoluteUri, StringComparison.Ordinal)
        .Replace("https://api.example/", run.Server.ApiBaseAddress.AbsoluteUri, StringComparison.Ordinal)
        .Replace("<id>", CallApiProcess.ClientId, StringComparison.Ordinal)
        .Replace("<its id>", "machine", StringComparison.Ordinal)
        .Replace("<agent's id>", AgentId, StringComparison.Ordinal)
        .Replace("<organization's id>", Organization, StringComparison.Ordinal)
        .Replace("<key>", Key, StringComparison.Ordinal);

    /// <summary>Fails unless the call succeeded in this way, and without a mistake on the way.</summary>
    public void AssertTaken(CallApiProcess run, Output output)
    {
        Assert.True(output.ExitCode == 0, output.ToString());
        if (Name != Device)
            Assert.Empty(output.StandardError);
        Assert.Equal(("/api/orders", CallApiProcess.ClientId), ((string?)output.Body["path"], (string?)output.Body["client_id"]));
        Assert.Equal(User, (string?)output.Body["user"]);
        Assert.All(run.Server.FailedChecks, check => Assert.Equal("dpop.nonce", check));
        Check(run);
    }

    private static Way Of(string name, Action<TestClient> configure, string method) => Of(name, "", configure, method);

    private static Way Of(string name, string variant, Action<TestClient> configure, string method) => new(name, variant)
    {
        HasSecret = false,
        Configure = options =>
        {
            options.Clients[0].ClientSecret = null;
            options.Clients[0].AuthenticationMethods.Add(method);
            configure(options.Clients[0]);
        },
    };

    private static Way Tls(string name, Action<TestClient> configure, string method, Action<OAuth2TestServerOptions>? configureServer = null)
    {
        var way = Of(name, configure, method);
        return way with
        {
            UsesTls = true,
            Configure = options =>
            {
                way.Configure(options);
                options.Clients[0].BindTokensToCertificate = true;
                configureServer?.Invoke(options);
            },
        };
    }

    private static Way Bound(string variant) => new("a token bound to a key (DPoP)", variant)
    {
        Configure = options => (options.Clients[0].RequireDPoP, options.TokenEndpointNonces, options.ApiNonces) = (true, true, true),
        Check = run =>
        {
            Assert.StartsWith("DPoP ", run.Server.RecordedApiCalls[^1].Headers["Authorization"], StringComparison.Ordinal);
            Assert.Equal((2, 2), (run.Server.TokenRequests, run.Server.ApiCalls));
        },
    };

    private static IEnumerable<string> Grants(CallApiProcess run) => run.Server.RecordedTokenRequests.Select(request => request.Form["grant_type"]);

    [GeneratedRegex(@"enter the code (\S+)\.")]
    private static partial Regex UserCode();

    private static string Sign(string issuer, string subject, Uri audience) => new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
    {
        Issuer = issuer,
        Audience = audience.AbsoluteUri,
        Claims = new Dictionary<string, object> { ["sub"] = subject, ["jti"] = Guid.NewGuid().ToString() },
        SigningCredentials = new SigningCredentials(new ECDsaSecurityKey(_ec), SecurityAlgorithms.EcdsaSha256),
    });

    internal static string Pem(X509Certificate2 certificate) => certificate.ExportCertificatePem() + "\n";

    internal static string PrivateKeyPem(X509Certificate2 certificate)
    {
        using AsymmetricAlgorithm key = (AsymmetricAlgorithm?)certificate.GetRSAPrivateKey() ?? certificate.GetECDsaPrivateKey()!;
        return key.ExportPkcs8PrivateKeyPem() + "\n";
    }
}
