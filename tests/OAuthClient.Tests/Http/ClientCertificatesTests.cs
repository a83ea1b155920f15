using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace OAuthClient.Tests.Http;

/// <summary>The handler that keeps connections apart by the certificate which they present, over handlers that answer by themselves.</summary>
public sealed class ClientCertificatesTests : IDisposable
{
    private static readonly Uri _address = new("https://api.example/orders");

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly List<X509Certificate2> _certificates = [];
    private readonly List<Made> _made = [];
    private readonly Made _plain = new();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Send_OfEachCertificate_GoesOverAHandlerOfItsOwn(bool synchronous)
    {
        using var http = new HttpMessageInvoker(CreateHandler(() => new SocketsHttpHandler()));
        var (first, second) = (Create(), Create());

        foreach (var certificate in (X509Certificate2?[])[first, first, second, second, first, null, second])
            await SendAsync(http, certificate, synchronous);

        // Two handlers were made, each of which presents its certificate; the call without one went past them.
        Assert.Equal([3, 3], _made.Select(made => made.Calls));
        Assert.Equal([first.Thumbprint, second.Thumbprint], _made.Select(made => ((SocketsHttpHandler)made.InnerHandler!).SslOptions.ClientCertificateContext!.TargetCertificate.Thumbprint));
        Assert.Equal(1, _plain.Calls);
    }

    /// <summary>A hundred are kept, and the one whose last call is the longest ago makes room.</summary>
    [Fact]
    public async Task Send_OfMoreCertificatesThanAreKept_ForgetsTheOneThatWasUsedTheLongestAgo()
    {
        using var http = new HttpMessageInvoker(CreateHandler(() => new SocketsHttpHandler()));
        var certificates = Enumerable.Range(0, 101).Select(_ => Create()).ToArray();
        foreach (var certificate in certificates[..100])
            await SendAsync(http, certificate);

        await SendAsync(http, certificates[0]);
        await SendAsync(http, certificates[100]);
        await SendAsync(http, certificates[0]);
        await SendAsync(http, certificates[2]);
        Assert.Equal(101, _made.Count);

        await SendAsync(http, certificates[1]);
        Assert.Equal(102, _made.Count);
    }

    /// <summary>However often they are used, few certificates take few places.</summary>
    [Fact]
    public async Task Send_OfFewCertificatesManyTimes_MakesAHandlerForEachOnce()
    {
        using var http = new HttpMessageInvoker(CreateHandler(() => new SocketsHttpHandler()));
        var (first, second, third) = (Create(), Create(), Create());

        foreach (var certificate in (X509Certificate2[])[.. Enumerable.Repeat(first, 100), second, .. Enumerable.Repeat(first, 100), third, second])
            await SendAsync(http, certificate);

        Assert.Equal([200, 2, 1], _made.Select(made => made.Calls));
    }

    /// <summary>Redirects are followed by us alone, and this machine is called past the system's proxy.</summary>
    [Fact]
    public async Task Send_OfACertificate_TakesRedirectsAndRoutesOfItsHandlerOver()
    {
        using var http = new HttpMessageInvoker(CreateHandler(() => new SocketsHttpHandler()));

        await SendAsync(http, Create());

        var sockets = (SocketsHttpHandler)Assert.Single(_made).InnerHandler!;
        Assert.False(sockets.AllowAutoRedirect);
        Assert.IsType<Sender.LoopbackProxy>(sockets.Proxy);
    }

    [Fact]
    public async Task Send_OverAHandlerWithTlsOptions_KeepsThemBesideTheCertificate()
    {
        RemoteCertificateValidationCallback validate = static (_, _, _, errors) => errors == SslPolicyErrors.None;
        var policy = new X509ChainPolicy();
        var own = new SslClientAuthenticationOptions
        {
            RemoteCertificateValidationCallback = validate,
            CertificateChainPolicy = policy,
            CertificateRevocationCheckMode = X509RevocationMode.Offline,
            EnabledSslProtocols = SslProtocols.Tls13,
            ApplicationProtocols = [SslApplicationProtocol.Http2],
            TargetHost = "other.example",
            AllowTlsResume = false,
            AllowRenegotiation = false,
        };
        using var http = new HttpMessageInvoker(CreateHandler(() => new SocketsHttpHandler { SslOptions = own }));

        await SendAsync(http, Create());

        var used = ((SocketsHttpHandler)Assert.Single(_made).InnerHandler!).SslOptions;
        Assert.Null(own.ClientCertificateContext);
        Assert.NotNull(used.ClientCertificateContext);
        Assert.Same(validate, used.RemoteCertificateValidationCallback);
        Assert.Same(policy, used.CertificateChainPolicy);
        Assert.Equal((X509RevocationMode.Offline, SslProtocols.Tls13, "other.example", false, false), (used.CertificateRevocationCheckMode, used.EnabledSslProtocols, used.TargetHost, used.AllowTlsResume, used.AllowRenegotiation));
        Assert.Equal([SslApplicationProtocol.Http2], used.ApplicationProtocols!);
    }

    [Fact]
    public async Task Send_OverTheClassicHandler_PresentsTheCertificate()
    {
        using var http = new HttpMessageInvoker(CreateHandler(() => new HttpClientHandler()));
        var certificate = Create();

        await SendAsync(http, certificate);

        Assert.Equal([certificate], ((HttpClientHandler)Assert.Single(_made).InnerHandler!).ClientCertificates.Cast<X509Certificate2>());
    }

    [Fact]
    public async Task Send_OverAHandlerOfAKindOfItsOwn_SaysWhatToConfigure()
    {
        using var http = new HttpMessageInvoker(CreateHandler(() => new RecordingHandler()));

        var exception = await Assert.ThrowsAsync<InvalidOperationException>(() => SendAsync(http, Create()));

        Assert.Equal("The HTTP handler under an OAuth2 client with a client certificate cannot present it, since it is of a kind of its own or has sent requests already. Configure a new SocketsHttpHandler.", exception.Message);
    }

    [Fact]
    public async Task Dispose_AfterCalls_DisposesTheHandlerOfEachCertificateAndTheOneUnderIt()
    {
        var http = new HttpMessageInvoker(CreateHandler(() => new SocketsHttpHandler()));
        await SendAsync(http, Create());
        await SendAsync(http, Create());

        http.Dispose();

        Assert.Equal([true, true, true], [.. _made.Select(made => made.IsDisposed), _plain.IsDisposed]);
    }

    public void Dispose()
    {
        _certificates.ForEach(certificate => certificate.Dispose());
        _key.Dispose();
        _plain.Dispose();
    }

    private static async Task SendAsync(HttpMessageInvoker http, X509Certificate2? certificate, bool synchronous = false)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, _address);
        if (certificate is not null)
            request.Options.Set(Transport.Certificate, certificate);
        using var response = synchronous ? http.Send(request, CancellationToken.None) : await http.SendAsync(request, CancellationToken.None);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    private ClientCertificates CreateHandler(Func<HttpMessageHandler> create) => new(() =>
    {
        var made = new Made { InnerHandler = create() };
        _made.Add(made);
        return made;
    })
    {
        InnerHandler = _plain,
    };

    private X509Certificate2 Create()
    {
        var certificate = new CertificateRequest("CN=orders", _key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UnixEpoch.AddYears(50), DateTimeOffset.UnixEpoch.AddYears(80));
        _certificates.Add(certificate);
        return certificate;
    }

    /// <summary>Stands over the handler that would send, where there is one, and answers in its place.</summary>
    private sealed class Made : DelegatingHandler
    {
        public int Calls { get; private set; }

        public bool IsDisposed { get; private set; }

        protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Calls++;
            return new HttpResponseMessage();
        }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => Task.FromResult(Send(request, cancellationToken));

        protected override void Dispose(bool disposing)
        {
            IsDisposed = true;
            base.Dispose(disposing);
        }
    }
}
