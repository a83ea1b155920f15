using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace OAuthClient.Http;

// Sends each call over connections that present the certificate which its token was asked for with, and may be bound to (RFC 8705 §3). One that has
// been replaced serves the tokens of its time; connections are never shared between two.
// create: Makes another handler like the one at the end of the chain.
internal sealed class ClientCertificates(Func<HttpMessageHandler> create) : DelegatingHandler
{
    private const int MaxKept = 3;

    private readonly object _gate = new();
    private readonly List<(string Thumbprint, HttpMessageInvoker Sender)> _senders = [];

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        Find(request)?.SendAsync(request, cancellationToken) ?? base.SendAsync(request, cancellationToken);

    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken) =>
        Find(request)?.Send(request, cancellationToken) ?? base.Send(request, cancellationToken);

    private HttpMessageInvoker? Find(HttpRequestMessage request)
    {
        if (!request.Options.TryGetValue(Transport.Certificate, out var certificate) || certificate is null)
            return null;
        lock (_gate)
        {
            var known = _senders.Find(sender => sender.Thumbprint == certificate.Thumbprint).Sender;
            if (known is not null)
                return known;
            var handler = create();
            var obstacle = Sender.Change(
                handler,
                sockets => sockets.SslOptions.ClientCertificateContext = SslStreamCertificateContext.Create(certificate, additionalCertificates: null, offline: true),
                classic => classic.ClientCertificates.Add(certificate));
            if (obstacle is not null || Sender.Find(handler) is not (SocketsHttpHandler or HttpClientHandler))
                throw new InvalidOperationException("The HTTP handler under an OAuth2 client with a client certificate cannot present it, since it is of a kind of its own or has sent requests already. Configure a new SocketsHttpHandler.", obstacle);

            // Not disposed of: calls may be under way on the oldest. It ends with the last of them.
            if (_senders.Count == MaxKept)
                _senders.RemoveAt(0);
            var sender = new HttpMessageInvoker(handler, disposeHandler: false);
            _senders.Add((certificate.Thumbprint, sender));
            return sender;
        }
    }
}
