using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.DependencyInjection;
using OAuthClient.Testing;

namespace OAuthClient.Tests.Fapi;

/// <summary>
/// An application whose client proves itself by a key or a certificate, and whose tokens are bound to a key or a certificate, against an
/// issuer that checks all of it. The issuer is not the address of the token endpoint, so that one cannot pass for the other.
/// </summary>
internal sealed class FapiApp : IAsyncDisposable
{
    public const string ClientId = "fapi-client";

    private readonly string _proofKeyFile = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
    private readonly X509Certificate2 _authority = TestCertificates.CreateAuthority();
    private TestApp? _app;

    private FapiApp() => Certificate = CreateCertificate();

    public TestApp App => _app!;

    public OAuth2TestServer Server => App.Server;

    public TestIssuer Issuer { get; private set; } = null!;

    /// <summary>Signs the client's assertions.</summary>
    public ECDsa Key { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    /// <summary>Signs the proofs.</summary>
    public ECDsa ProofKey { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public X509Certificate2 Certificate { get; }

    /// <summary>Sees, and may change, what goes to the token endpoint; the same for the API.</summary>
    public Action<HttpRequestMessage>? OnTokenRequest { get; set; }

    public Action<HttpRequestMessage>? OnCall { get; set; }

    public Action<HttpRequestMessage, HttpResponseMessage>? OnAnswer { get; set; }

    public static async Task<FapiApp> StartAsync(FapiProfile profile, Action<OAuth2TestServerOptions>? server = null)
    {
        var app = new FapiApp();
        File.WriteAllText(app._proofKeyFile, app.ProofKey.ExportPkcs8PrivateKeyPem());
        app._app = await TestApp.StartAsync(
            options =>
            {
                if (profile.IsOverTls)
                    (options.UseHttps, options.CertificateAuthority) = (true, app._authority);
                options.Clients.Clear();
                options.Clients.Add(app.Register(profile));
                server?.Invoke(options);
            },
            options => app.Configure(options, profile),
            services =>
            {
                services.ConfigureHttpClientDefaults(http => http.ConfigurePrimaryHttpMessageHandler(app.CreateHandler));
                services.AddHttpClient(OAuth2Defaults.TokenEndpointHttpClientName).ConfigurePrimaryHttpMessageHandler(app.CreateHandler)
                    .AddHttpMessageHandler(() => new Wire(request => app.OnTokenRequest?.Invoke(request), (request, answer) => app.OnAnswer?.Invoke(request, answer)));
                services.AddHttpClient(TestApp.ClientName)
                    .AddHttpMessageHandler(() => new Wire(request => app.OnCall?.Invoke(request), (request, answer) => app.OnAnswer?.Invoke(request, answer)));
            });
        app.Issuer = app.Server.AddIssuer("fapi");
        return app;
    }

    /// <summary>Good by the clock of the tests as by that of TLS.</summary>
    public X509Certificate2 CreateCertificate(string subject = "CN=fapi", DateTimeOffset? until = null) =>
        TestCertificates.Create(subject, _authority, CertificateKey.ECDsa, DateTimeOffset.UnixEpoch.AddYears(40), until ?? DateTimeOffset.UnixEpoch.AddYears(80));

    public async ValueTask DisposeAsync()
    {
        await App.DisposeAsync();
        File.Delete(_proofKeyFile);
        Key.Dispose();
        ProofKey.Dispose();
        Certificate.Dispose();
        _authority.Dispose();
    }

    // One method, and no other that would do as well.
    private TestClient Register(FapiProfile profile) => new(ClientId, null)
    {
        PublicKeyPem = profile.Signs ? Key.ExportSubjectPublicKeyInfoPem() : null,
        StrictAssertions = true,
        AssertionAlgorithm = "ES256",
        CertificateSubject = profile.Signs ? null : Certificate.Subject,
        RequireDPoP = profile.ProvesKey,
        BindTokensToCertificate = profile.BindsToCertificate,
        AuthenticationMethods = { profile.Signs ? "private_key_jwt" : "tls_client_auth" },
    };

    private void Configure(OAuth2ClientOptions options, FapiProfile profile)
    {
        (options.ClientId, options.ClientSecret) = (ClientId, null);
        (options.TokenEndpoint, options.RevocationEndpoint, options.Issuer) = (null, null, new Uri(options.BaseAddress!, "/fapi"));
        if (profile.Signs)
            options.PrivateKey = Key.ExportPkcs8PrivateKeyPem();
        if (!profile.Signs || profile.BindsToCertificate)
            options.ClientCertificateCallback = _ => new(Certificate);
        if (profile.ProvesKey)
            (options.DPoP, options.DPoPKeyFile) = (true, _proofKeyFile);
    }

    // Trusts whom the authority has vouched for, and nobody else.
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
}

/// <summary>How a client proves itself, and what its tokens are bound to.</summary>
internal sealed record FapiProfile(bool Signs, bool ProvesKey, bool BindsToCertificate)
{
    /// <summary>Certificates need it; without them the same is to be seen over plain http, and sooner.</summary>
    public bool IsOverTls { get; init; } = !Signs || BindsToCertificate;
}
