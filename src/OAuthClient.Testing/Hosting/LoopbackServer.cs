using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace OAuthClient.Testing.Hosting;

/// <summary>
/// Kestrel on 127.0.0.1 without a host around it: no configuration files or environment variables are read, no signal handlers
/// installed, and no activities or logs of a server appear among those of the program under test.
/// </summary>
internal sealed class LoopbackServer : IHttpApplication<HttpContext>, IAsyncDisposable
{
    private readonly KestrelServer _kestrel;
    private readonly ServiceProvider _services = new ServiceCollection()
        .AddSingleton<ILoggerFactory>(NullLoggerFactory.Instance)
        .AddLogging()
        .BuildServiceProvider();

    private readonly RequestDelegate _handler;
    private readonly TimeProvider _timeProvider;
    private readonly X509Certificate2? _certificate;

    public LoopbackServer(RequestDelegate handler, TimeProvider timeProvider, int port, X509Certificate2? certificate, X509Certificate2? authority)
    {
        _handler = handler;
        _timeProvider = timeProvider;
        _certificate = certificate;
        var options = new KestrelServerOptions { AddServerHeader = false, ApplicationServices = _services };
        options.Limits.MaxRequestBodySize = null;
        options.Limits.MinRequestBodyDataRate = null;
        options.Limits.MinResponseDataRate = null;
        options.Listen(IPAddress.Loopback, port, listen =>
        {
            listen.Protocols = HttpProtocols.Http1;
            if (certificate is not null)
                listen.Use(next => new TlsMiddleware(certificate, authority, next).RunAsync);
        });
        var transport = new SocketTransportFactory(Options.Create(new SocketTransportOptions()), NullLoggerFactory.Instance);
        _kestrel = new KestrelServer(Options.Create(options), transport, NullLoggerFactory.Instance);
    }

    public async Task<Uri> StartAsync(CancellationToken cancellationToken)
    {
        await _kestrel.StartAsync(this, cancellationToken).ConfigureAwait(false);
        var address = new Uri(_kestrel.Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        return _certificate is null ? address : new Uri($"https://{address.Authority}/");
    }

    public HttpContext CreateContext(IFeatureCollection contextFeatures) => new DefaultHttpContext(contextFeatures) { RequestServices = _services };

    public async Task ProcessRequestAsync(HttpContext context)
    {
        // Retry-After dates are read against the response's own Date, so both have to come from one clock.
        if (_timeProvider != TimeProvider.System)
            context.Response.Headers.Date = _timeProvider.GetUtcNow().ToString("R");
        try
        {
            await _handler(context).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client went away; there is no one left to answer.
        }
        catch (Exception exception) when (exception is not Microsoft.AspNetCore.Http.BadHttpRequestException && !context.Response.HasStarted)
        {
            // Code of the test's own has thrown, such as its Api; the one who can mend it reads the answer.
            context.Response.Clear();
            context.Response.StatusCode = 500;
            context.Response.ContentType = "text/plain";
            await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(exception.ToString()), context.RequestAborted).ConfigureAwait(false);
        }
    }

    public void DisposeContext(HttpContext context, Exception? exception)
    {
    }

    public async ValueTask DisposeAsync()
    {
        // Already cancelled: requests that hang are cut off instead of waited for.
        await _kestrel.StopAsync(new CancellationToken(canceled: true)).ConfigureAwait(false);
        _kestrel.Dispose();
        await _services.DisposeAsync().ConfigureAwait(false);
    }
}
