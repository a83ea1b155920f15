using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using OAuthClient.Testing;

namespace OAuthClient.Tests.Http;

/// <summary>Clients that prove themselves by the certificate of their connection, and tokens that are bound to one (RFC 8705), over TLS.</summary>
public sealed class ClientCertificateTests : IDisposable
{
    private readonly X509Certificate2 _authority = TestCertificates.CreateAuthority();
    private readonly string _file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
    private readonly string _keyFile = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());

    [Theory]
    [InlineData("pfx", CertificateKey.ECDsa)]
    [InlineData("pfx", CertificateKey.Rsa)]
    [InlineData("pem", CertificateKey.ECDsa)]
    [InlineData("two files", CertificateKey.Rsa)]
    public async Task Call_WithACertificate_PresentsItToBothServers(string spelling, CertificateKey key)
    {
        using var certificate = Create(_authority, key);
        Write(certificate, spelling);
        await using var app = await StartAsync(
            new TestClient("tls-client", null) { CertificateSubject = "CN=orders", BindTokensToCertificate = true },
            client =>
            {
                client.ClientCertificateFile = _file;
                client.ClientCertificateKeyFile = spelling == "two files" ? _keyFile : null;
            });
        using var http = app.CreateClient();

        await http.GetStringAsync(new Uri("orders", UriKind.Relative));
        await http.GetStringAsync(new Uri("orders", UriKind.Relative));

        Assert.Empty(app.Server.FailedChecks);
        Assert.Equal(1, app.Server.TokenRequests);
        Assert.Equal("tls-client", app.Server.RecordedTokenRequests[0].Form["client_id"]);
    }

    [Fact]
    public async Task Get_WithACertificateSignedByItself_IsAnsweredWithAToken()
    {
        using var certificate = Create(null);
        await using var app = await StartAsync(
            new TestClient("tls-client", null) { CertificateThumbprint = certificate.GetCertHashString(HashAlgorithmName.SHA256) },
            client => (client.ClientAuthenticationMethod, client.ClientCertificateCallback) = (ClientAuthenticationMethod.SelfSignedTlsClientAuth, _ => new(certificate)));

        await app.GetTokenAsync();

        Assert.Empty(app.Server.FailedChecks);
    }

    /// <summary>Each token goes out over the certificate that it is bound to, though another has taken its place by now.</summary>
    [Fact]
    public async Task Call_AfterTheFileHasChanged_GoesOverTheCertificateOfItsToken()
    {
        using var first = Create(_authority);
        using var second = Create(_authority);
        Write(first, "pem");
        await using var app = await StartAsync(
            new TestClient("tls-client", null) { CertificateSubject = "CN=orders", BindTokensToCertificate = true },
            client => client.ClientCertificateFile = _file);
        using var http = app.CreateClient();
        await http.GetStringAsync(new Uri("orders", UriKind.Relative));

        Write(second, "pem");
        await http.GetStringAsync(new Uri("orders", UriKind.Relative));
        await app.ForceTokenAsync();
        await http.GetStringAsync(new Uri("orders", UriKind.Relative));

        Assert.Empty(app.Server.FailedChecks);
        Assert.Equal((2, 3), (app.Server.TokenRequests, app.Server.ApiCalls));
    }

    /// <summary>Instances share a token that is bound to a certificate where they present the same one.</summary>
    [Fact]
    public async Task Call_OfAnInstanceWithAnotherCertificate_HasATokenOfItsOwn()
    {
        using var first = Create(_authority);
        using var second = Create(_authority);
        Write(first, "pem");
        var store = new MemoryTokenStore(TimeProvider.System);
        Action<OAuth2ClientOptions> client = options => (options.ClientId, options.ClientSecret, options.ClientCertificateFile) = ("tls-client", null, _file);
        Action<IServiceCollection> services = collection =>
        {
            collection.ConfigureHttpClientDefaults(http => http.ConfigurePrimaryHttpMessageHandler(CreateHandler)).AddHttpClient(OAuth2Defaults.TokenEndpointHttpClientName).ConfigurePrimaryHttpMessageHandler(CreateHandler);
            store.Use()(collection);
        };
        await using var app = await StartAsync(new TestClient("tls-client", null) { CertificateSubject = "CN=orders", BindTokensToCertificate = true }, client, configureServices: store.Use());
        await app.GetTokenAsync();

        var same = app.StartAnother(client, services);
        await same.CreateClient().GetStringAsync(new Uri("orders", UriKind.Relative));
        Assert.Equal(1, app.Server.TokenRequests);

        Write(second, "pem");
        var another = app.StartAnother(client, services);
        await another.CreateClient().GetStringAsync(new Uri("orders", UriKind.Relative));

        Assert.Equal((2, 2), (app.Server.TokenRequests, app.Server.ApiCalls));
        Assert.Empty(app.Server.FailedChecks);
        await same.Services.DisposeAsync();
        await another.Services.DisposeAsync();
    }

    [Fact]
    public async Task Get_WithEndpointsOfTheirOwnForCertificates_AsksThose()
    {
        using var certificate = Create(_authority);
        Write(certificate, "pem");
        await using var app = await StartAsync(
            new TestClient("tls-client", null) { CertificateSubject = "CN=orders" },
            client => (client.ClientCertificateFile, client.TokenEndpoint, client.RevocationEndpoint, client.Issuer) = (_file, null, null, client.TokenEndpoint),
            server => server.MtlsAliases = true);

        await app.GetTokenAsync();

        Assert.StartsWith("/mtls/", Assert.Single(app.Server.RecordedTokenRequests).Path, StringComparison.Ordinal);
    }

    /// <summary>A private key signs, and the token is bound to the connection all the same.</summary>
    [Fact]
    public async Task Call_WithAnAssertionAndACertificate_SendsBoth()
    {
        using var certificate = Create(_authority);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Write(certificate, "pem");
        await using var app = await StartAsync(
            new TestClient("tls-client", null) { PublicKeyPem = key.ExportSubjectPublicKeyInfoPem(), StrictAssertions = true, BindTokensToCertificate = true },
            client => (client.ClientCertificateFile, client.PrivateKey) = (_file, key.ExportPkcs8PrivateKeyPem()));
        using var http = app.CreateClient();

        await http.GetStringAsync(new Uri("orders", UriKind.Relative));

        Assert.Empty(app.Server.FailedChecks);
        Assert.True(app.Server.RecordedTokenRequests[0].Form.ContainsKey("client_assertion"));
    }

    [Fact]
    public async Task Get_WithACertificateThatHasExpired_SaysWhenAndWhatTheClockIs()
    {
        using var certificate = TestCertificates.Create("CN=orders", _authority, notAfter: DateTimeOffset.UnixEpoch.AddYears(50));
        await using var app = await StartAsync(
            new TestClient("tls-client", null) { CertificateSubject = "CN=orders" },
            client => client.ClientCertificateCallback = _ => new(certificate));

        var exception = await Assert.ThrowsAsync<OAuth2TokenException>(() => app.GetTokenAsync());

        Assert.Contains("the client certificate cannot be used: it expired on 2020-01-01 00:00:00Z, and the clock here says ", exception.Message, StringComparison.Ordinal);
        Assert.Equal(0, app.Server.TokenRequests);
    }

    [Theory]
    [InlineData("no certificate", "it is no PFX, and no PEM with the private key that belongs to it")]
    [InlineData("without key", "it is no PFX, and no PEM with the private key that belongs to it")]
    [InlineData("other key", "it is no PFX, and no PEM with the private key that belongs to it")]
    [InlineData("missing", "Could not find file")]
    public void Start_WithACertificateThatIsOfNoUse_SaysWhy(string kind, string says)
    {
        using var certificate = Create(_authority);
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        if (kind != "missing")
            File.WriteAllText(_file, kind == "no certificate" ? kind : certificate.ExportCertificatePem() + (kind == "other key" ? other.ExportPkcs8PrivateKeyPem() : ""));

        var exception = Assert.Throws<OptionsValidationException>(() => OAuth2Handler.Create(new OAuth2ClientOptions { TokenEndpoint = new Uri("https://idp.example/token"), ClientId = "id", ClientCertificateFile = _file }));

        Assert.Contains("ClientCertificateFile", exception.Message, StringComparison.Ordinal);
        Assert.Contains(says, exception.Message, StringComparison.Ordinal);
    }

    /// <summary>It is for whom the token is for.</summary>
    [Fact]
    public void Redirect_TakesNoCertificateAlong()
    {
        using var certificate = Create(null);
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri("https://api.example/"));
        request.Options.Set(Transport.Certificate, certificate);
        using var response = new HttpResponseMessage(HttpStatusCode.Found) { Headers = { Location = new Uri("https://elsewhere.example/") } };

        using var next = Redirect.Create(request, response, isAttached: true)!;

        Assert.False(next.Options.TryGetValue(Transport.Certificate, out _));
    }

    [Fact]
    public async Task Call_WithAnotherClientsCertificate_OverAnHttpClientWithoutOne_IsNotMade()
    {
        using var certificate = Create(_authority);
        Write(certificate, "pem");
        await using var app = await StartAsync(
            new TestClient("tls-client", null) { CertificateSubject = "CN=orders" },
            client => (client.ClientSecret, client.ClientAuthenticationMethod) = (null, ClientAuthenticationMethod.None),
            configureServices: services => services.AddOAuth2Client("tls", (IServiceProvider provider, OAuth2ClientOptions options) =>
                (options.TokenEndpoint, options.ClientId, options.ClientCertificateFile, options.BaseAddress) = (new Uri("https://127.0.0.1:1/token"), "tls-client", _file, new Uri("https://api.example/"))));
        using var http = app.CreateClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri("https://api.example/orders")).SetOAuth2TokenRequest(new OAuth2TokenRequest { ClientName = "tls" });

        var exception = await Assert.ThrowsAsync<InvalidOperationException>(() => http.SendAsync(request));

        Assert.Contains("its calls present a client certificate, and this HttpClient was made for a client without one", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Create_WithACertificateAndAHandlerOfOnesOwn_IsAnError()
    {
        using var certificate = Create(_authority);
        Write(certificate, "pem");
        using var handler = new SocketsHttpHandler();

        Assert.Throws<InvalidOperationException>(() => OAuth2Handler.Create(new OAuth2ClientOptions { TokenEndpoint = new Uri("https://idp.example/token"), ClientId = "id", ClientCertificateFile = _file }, handler));
    }

    [Fact]
    public async Task Get_WithACallbackThatReturnsNoCertificate_IsNotAsked()
    {
        await using var app = await StartAsync(new TestClient("tls-client", null) { CertificateSubject = "CN=orders" }, client => client.ClientCertificateCallback = _ => new((X509Certificate2)null!));

        var exception = await Assert.ThrowsAsync<OAuth2TokenException>(() => app.GetTokenAsync());

        Assert.Contains("the ClientCertificateCallback returned none with a private key", exception.Message, StringComparison.Ordinal);
        Assert.Equal(0, app.Server.TokenRequests);
    }

    /// <summary>Options that the user shares between handlers stay as they are.</summary>
    [Fact]
    public async Task Call_WithACertificate_LeavesSharedOptionsAlone()
    {
        using var certificate = Create(_authority);
        Write(certificate, "pem");
        var shared = CreateHandler().SslOptions;
        await using var app = await StartAsync(
            new TestClient("tls-client", null) { CertificateSubject = "CN=orders" },
            client => client.ClientCertificateFile = _file,
            configureServices: services => services.AddHttpClient(OAuth2Defaults.TokenEndpointHttpClientName).ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler { UseProxy = false, SslOptions = shared }));

        await app.GetTokenAsync();

        Assert.Null(shared.ClientCertificateContext);
    }

    public void Dispose()
    {
        _authority.Dispose();
        File.Delete(_file);
        File.Delete(_keyFile);
    }

    // Good by the clock of the tests as by that of TLS.
    private static X509Certificate2 Create(X509Certificate2? authority, CertificateKey key = CertificateKey.ECDsa) =>
        TestCertificates.Create("CN=orders", authority, key, DateTimeOffset.UnixEpoch.AddYears(50), DateTimeOffset.UnixEpoch.AddYears(80));

    private Task<TestApp> StartAsync(TestClient registered, Action<OAuth2ClientOptions> client, Action<OAuth2TestServerOptions>? server = null, Action<IServiceCollection>? configureServices = null) => TestApp.StartAsync(
        options =>
        {
            (options.UseHttps, options.CertificateAuthority) = (true, _authority);
            options.Clients.Add(registered);
            server?.Invoke(options);
        },
        options =>
        {
            (options.ClientId, options.ClientSecret) = (registered.ClientId, null);
            client(options);
        },
        services =>
        {
            services.ConfigureHttpClientDefaults(http => http.ConfigurePrimaryHttpMessageHandler(CreateHandler)).AddHttpClient(OAuth2Defaults.TokenEndpointHttpClientName).ConfigurePrimaryHttpMessageHandler(CreateHandler);
            configureServices?.Invoke(services);
        });

    // Trusts whom the authority has vouched for.
    private SocketsHttpHandler CreateHandler() => new()
    {
        UseProxy = false,
        SslOptions =
        {
            RemoteCertificateValidationCallback = (_, certificate, _, _) =>
            {
                using var chain = new X509Chain { ChainPolicy = { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck } };
                chain.ChainPolicy.CustomTrustStore.Add(_authority);
                return chain.Build((X509Certificate2)certificate!);
            },
        },
    };

    private void Write(X509Certificate2 certificate, string spelling)
    {
        var key = ((AsymmetricAlgorithm?)certificate.GetRSAPrivateKey() ?? certificate.GetECDsaPrivateKey())!.ExportPkcs8PrivateKeyPem();
        if (spelling == "pfx")
            File.WriteAllBytes(_file, certificate.Export(X509ContentType.Pfx));
        else
            File.WriteAllText(_file, certificate.ExportCertificatePem() + (spelling == "pem" ? $"\n{key}" : ""));
        if (spelling == "two files")
            File.WriteAllText(_keyFile, key);
    }
}
