using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.DependencyInjection;
using OAuthClient.Testing;

namespace OAuthClient.Tests.Protocol;

/// <summary>Why there is no connection, as far as .NET tells: what is wrong with a certificate, and what stands on the way.</summary>
public sealed class TransportTlsTests
{
    [Theory]
    [InlineData("idp.example", 1, true, "Its certificate is for another host; check the host in TokenEndpoint.")]
    [InlineData("localhost", -1, true, "By the clock here its certificate has expired, or is not good yet; have it renewed, or set the clock.")]
    [InlineData("localhost", 1, false, "Have this machine trust the authority that issued its certificate.")]
    public async Task Certificate_ThatIsNotGood_IsReportedWithWhatIsWrong(string name, int goodForDays, bool isTrusted, string remedy)
    {
        using var authority = TestCertificates.CreateAuthority("CN=Acme authority");
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = TestCertificates.Create($"CN={name}", authority, CertificateKey.Rsa, now.AddDays(goodForDays - 1.5), now.AddDays(goodForDays - 0.5), [name]);
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var endpoint = $"https://localhost:{((IPEndPoint)listener.LocalEndpoint).Port}/token";
        _ = ServeAsync(listener, certificate);

        var exception = await FailAsync(endpoint, () =>
        {
            var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            if (isTrusted)
                policy.CustomTrustStore.Add(authority);
            return new SocketsHttpHandler { SslOptions = { CertificateChainPolicy = policy } };
        });

        Assert.Equal($"OAuth2 client 'orders': no secure connection to {endpoint} could be made. {remedy}", exception.Message);
        Assert.True(exception.IsTransient);
    }

    [Fact]
    public async Task Certificate_ThatTheProgramRefuses_IsReportedAsNotTrusted()
    {
        using var certificate = TestCertificates.Create("CN=localhost", null, CertificateKey.Rsa, null, null, ["localhost"]);
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var endpoint = $"https://localhost:{((IPEndPoint)listener.LocalEndpoint).Port}/token";
        _ = ServeAsync(listener, certificate);

        var exception = await FailAsync(endpoint, () => new SocketsHttpHandler { SslOptions = { RemoteCertificateValidationCallback = (_, _, _, _) => false } });

        Assert.Equal($"OAuth2 client 'orders': no secure connection to {endpoint} could be made. Check that its certificate is trusted here.", exception.Message);
    }

    [Fact]
    public async Task Proxy_ThatIsNotThere_IsNamed()
    {
        var exception = await FailAsync("https://idp.example/token", () => new SocketsHttpHandler { Proxy = new WebProxy("http://user:canary@127.0.0.1:1") });

        Assert.Equal("OAuth2 client 'orders': https://idp.example/token cannot be reached by way of 127.0.0.1:1. Check TokenEndpoint, and that the server is running, or the proxy's settings (HTTPS_PROXY, NO_PROXY).", exception.Message);
        Assert.DoesNotContain("canary", exception.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Proxy_OfUnknownName_IsNamed()
    {
        var exception = await FailAsync("https://idp.example/token", () => new SocketsHttpHandler { Proxy = new WebProxy("http://user:canary@no-such-proxy.invalid:3128") });

        Assert.Equal("OAuth2 client 'orders': the host 'no-such-proxy.invalid' is not known. Check TokenEndpoint, and that names are resolved here, or the proxy's settings (HTTPS_PROXY, NO_PROXY).", exception.Message);
        Assert.DoesNotContain("canary", exception.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Handler_WhoseTextLooksTheSame_IsNotQuoted()
    {
        var exception = await FailAsync("https://idp.example/token", () => new Throwing(new HttpRequestException(HttpRequestError.ConnectionError, "No luck (canary:1)")));

        Assert.Equal("OAuth2 client 'orders': https://idp.example/token cannot be reached. Check TokenEndpoint, and that the server is running.", exception.Message);
    }

    private static async Task<OAuth2TokenException> FailAsync(string endpoint, Func<HttpMessageHandler> createHandler)
    {
        await using var app = await TestApp.StartAsync(
            client: client => client.TokenEndpoint = new Uri(endpoint),
            services: services => services.AddHttpClient(OAuth2Defaults.TokenEndpointHttpClientName).ConfigurePrimaryHttpMessageHandler(createHandler));
        return await Assert.ThrowsAsync<OAuth2TokenException>(() => app.CreateClient().GetAsync("orders"));
    }

    private static async Task ServeAsync(TcpListener listener, X509Certificate2 certificate)
    {
        while (true)
        {
            using var connection = await listener.AcceptTcpClientAsync();
            using var tls = new SslStream(connection.GetStream());
            try
            {
                await tls.AuthenticateAsServerAsync(certificate);
            }
            catch (Exception exception) when (exception is System.Security.Authentication.AuthenticationException or IOException)
            {
                // Whoever asked does not like it.
            }
        }
    }

    private sealed class Throwing(Exception exception) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => throw exception;
    }
}
