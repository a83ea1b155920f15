using System.IO.Pipelines;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;

namespace OAuthClient.Testing.Hosting;

/// <summary>TLS before HTTP on each connection. Kestrel's own needs services that only a host registers.</summary>
internal sealed class TlsMiddleware(X509Certificate2 certificate, X509Certificate2? authority, ConnectionDelegate next)
{
    private readonly SslServerAuthenticationOptions _options = new()
    {
        ServerCertificateContext = SslStreamCertificateContext.Create(certificate, authority is null ? null : [authority], offline: true),
        ApplicationProtocols = [SslApplicationProtocol.Http11],
        ClientCertificateRequired = true,
#pragma warning disable CA5359 // Asked for, and never demanded: what a client presents is for the endpoints to judge.
        RemoteCertificateValidationCallback = static (_, _, _, _) => true,
#pragma warning restore CA5359
        // A session that is taken up again could bring the certificate of an earlier connection.
        AllowTlsResume = false,
    };

    public async Task RunAsync(ConnectionContext connection)
    {
        var wire = connection.Transport;
        var tls = new SslStream(new DuplexStream(wire.Input.AsStream(), wire.Output.AsStream()));
        try
        {
            await tls.AuthenticateAsServerAsync(_options, connection.ConnectionClosed).ConfigureAwait(false);
            // What makes the scheme of its requests https.
            connection.Features.Set<ITlsConnectionFeature>(new TlsConnectionFeature { ClientCertificate = (X509Certificate2?)tls.RemoteCertificate });
            connection.Transport = new DuplexPipe(PipeReader.Create(tls), PipeWriter.Create(tls));
            await next(connection).ConfigureAwait(false);
        }
        finally
        {
            connection.Transport = wire;
            await tls.DisposeAsync().ConfigureAwait(false);
        }
    }

    private sealed record DuplexPipe(PipeReader Input, PipeWriter Output) : IDuplexPipe;

    /// <summary>The two directions of a connection as the one stream that TLS asks for.</summary>
    private sealed class DuplexStream(Stream input, Stream output) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => input.ReadAsync(buffer, cancellationToken);

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            input.ReadAsync(buffer, offset, count, cancellationToken);

        public override int Read(byte[] buffer, int offset, int count) => input.Read(buffer, offset, count);

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => output.WriteAsync(buffer, cancellationToken);

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            output.WriteAsync(buffer, offset, count, cancellationToken);

        public override void Write(byte[] buffer, int offset, int count) => output.Write(buffer, offset, count);

        public override void Flush() => output.Flush();

        public override Task FlushAsync(CancellationToken cancellationToken) => output.FlushAsync(cancellationToken);

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
