using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Samples.Tests;

/// <summary>What may stand where a server should be, on loopback.</summary>
internal static class FaultServers
{
    /// <summary>A port that nothing listens at.</summary>
    public static int FindFreePort()
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        return port;
    }

    /// <summary>A web server, with a certificate of its own where it speaks https.</summary>
    public static async Task<(int Port, IAsyncDisposable Server)> StartWebAsync(RequestDelegate answer, X509Certificate2? certificate = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            if (certificate is not null)
                listen.UseHttps(certificate);
        }));
        var app = builder.Build();
        app.Run(answer);
        await app.StartAsync();
        return (new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()).Port, app);
    }

    /// <summary>Takes connections and hands each to <paramref name="answer"/>.</summary>
    public static (int Port, IAsyncDisposable Server) StartRaw(Func<NetworkStream, Task> answer)
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        _ = AcceptAsync();
        return (((IPEndPoint)listener.LocalEndpoint).Port, new Stopper(listener));

        async Task AcceptAsync()
        {
            try
            {
                while (true)
                    _ = ServeAsync(await listener.AcceptTcpClientAsync());
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                // It was stopped.
            }
        }

        async Task ServeAsync(TcpClient client)
        {
            using (client)
            {
                try
                {
                    await answer(client.GetStream());
                }
                catch (IOException)
                {
                    // Whoever asked has gone.
                }
            }
        }
    }

    public static (int Port, IAsyncDisposable Server) StartSilent() => StartRaw(stream => stream.CopyToAsync(Stream.Null));

    /// <summary>A proxy that answers every CONNECT so, or leads it to a port of this machine.</summary>
    public static (int Port, IAsyncDisposable Server) StartProxy(string status, int? to = null) => StartRaw(async stream =>
    {
        var head = new StringBuilder();
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && stream.ReadByte() is >= 0 and var next)
            head.Append((char)next);
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n"));
        if (to is null)
            return;
        using var target = new TcpClient();
        await target.ConnectAsync(IPAddress.Loopback, to.Value);
        await Task.WhenAny(stream.CopyToAsync(target.GetStream()), target.GetStream().CopyToAsync(stream));
    });

    private sealed class Stopper(TcpListener listener) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            listener.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
