using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace OAuthClient.Http;

// Sends each call over connections that present the certificate which its token was asked for with, and may be bound to (RFC 8705 §3). One that has
// been replaced serves the tokens of its time; connections are never shared between two.
// create: Makes another handler like the one at the end of the chain.
internal sealed class ClientCertificates(Func<HttpMessageHandler> create) : DelegatingHandler
{
    private const int MaxKept = 100;

    private readonly object _gate = new();
    private readonly List<(X509Certificate2 Certificate, HttpMessageInvoker Sender)> _senders = [];

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        Find(request)?.SendAsync(request, cancellationToken) ?? base.SendAsync(request, cancellationToken);

    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken) =>
        Find(request)?.Send(request, cancellationToken) ?? base.Send(request, cancellationToken);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _senders.ForEach(sender => sender.Sender.Dispose());
        base.Dispose(disposing);
    }

    private HttpMessageInvoker? Find(HttpRequestMessage request)
    {
        if (HiddenState.PeekOptions(request) is not { } options || !options.TryGetValue(Transport.Certificate, out var certificate) || certificate is null)
            return null;
        lock (_gate)
        {
            var at = _senders.FindIndex(sender => sender.Certificate.Thumbprint == certificate.Thumbprint);
            var found = at >= 0 ? _senders[at] : (certificate, Create(certificate));

            // The one that was used last comes last. Calls may be under way on the oldest, which ends with the last of them.
            if (at >= 0 || _senders.Count == MaxKept)
                _senders.RemoveAt(Math.Max(at, 0));
            _senders.Add(found);
            return found.Item2;
        }
    }

    // Throws InvalidOperationException: The handler is of a kind of its own, or is shared and has sent already.
    private HttpMessageInvoker Create(X509Certificate2 certificate)
    {
        var handler = create();
        Sender.TakeOver(handler);
        var context = SslStreamCertificateContext.Create(certificate, CertificateFiles.IssuersOf(certificate), offline: true);
        var obstacle = Sender.Change(handler, sockets => sockets.SslOptions = Copy(sockets.SslOptions, context), classic => classic.ClientCertificates.Add(certificate));
        return obstacle is null && Sender.Find(handler) is SocketsHttpHandler or HttpClientHandler
            ? new HttpMessageInvoker(handler)
            : throw new InvalidOperationException("The HTTP handler under an OAuth2 client with a client certificate cannot present it, since it is of a kind of its own or has sent requests already. Configure a new SocketsHttpHandler.", obstacle);
    }

    // The user's options may be shared by handlers that have no business with the certificate.
    private static SslClientAuthenticationOptions Copy(SslClientAuthenticationOptions options, SslStreamCertificateContext context) => new()
    {
        ClientCertificateContext = context,
        RemoteCertificateValidationCallback = options.RemoteCertificateValidationCallback,
        CertificateChainPolicy = options.CertificateChainPolicy,
        CertificateRevocationCheckMode = options.CertificateRevocationCheckMode,
        EnabledSslProtocols = options.EnabledSslProtocols,
        CipherSuitesPolicy = options.CipherSuitesPolicy,
        ApplicationProtocols = options.ApplicationProtocols,
        TargetHost = options.TargetHost,
        AllowTlsResume = options.AllowTlsResume,
        AllowRenegotiation = options.AllowRenegotiation,
    };
}
