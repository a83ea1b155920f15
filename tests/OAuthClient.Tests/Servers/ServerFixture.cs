using Microsoft.AspNetCore.Builder;
using WireMock.Server;
using WireMock.Settings;

namespace OAuthClient.Tests.Servers;

/// <summary>One server for all files, which take turns.</summary>
public sealed class ServerFixture : IDisposable
{
    // Its clock stands still, a year behind that of the client; dates in the files count from here. WireMock takes no Date from a mapping.
    private const string Date = "Mon, 01 Jan 2029 00:00:00 GMT";

    public WireMockServer Server { get; } = WireMockServer.Start(new WireMockServerSettings
    {
        Urls = ["http://127.0.0.1:0"],
        PreWireMockMiddlewareInit = app => StopClock((IApplicationBuilder)app),
    });

    /// <summary>The file, with this server's addresses in it.</summary>
    internal ServerFile Read(string name) => ServerFile.Read(name, Server.Url!, $"http://localhost:{Server.Port}");

    public void Dispose() => Server.Dispose();

    private static void StopClock(IApplicationBuilder app) => app.Use((context, next) =>
    {
        context.Response.OnStarting(() =>
        {
            context.Response.Headers.Date = Date;
            return Task.CompletedTask;
        });
        return next();
    });
}
