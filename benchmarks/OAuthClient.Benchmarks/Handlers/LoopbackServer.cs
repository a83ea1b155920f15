using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace OAuthClient.Benchmarks.Handlers;

/// <summary>
/// A token endpoint and an API on a free port of 127.0.0.1. They check nothing: whatever a server does is time in which the difference
/// between two clients drowns.
/// </summary>
internal sealed class LoopbackServer : IAsyncDisposable
{
    private readonly WebApplication _application;
    private int _tokenRequests;

    private LoopbackServer(WebApplication application)
    {
        _application = application;
        application.MapPost("/token", AnswerTokenAsync);
        application.MapGet("/api", static (HttpContext _) => Task.CompletedTask);
    }

    public Uri TokenEndpoint { get; private set; } = null!;

    public Uri Api { get; private set; } = null!;

    /// <summary>How long each token request takes.</summary>
    public TimeSpan Latency { get; set; }

    public double TokenLifetimeSeconds { get; set; } = StubTokens.LifetimeSeconds;

    /// <summary>Told of each token request, before it is answered.</summary>
    public Action? TokenRequested { get; set; }

    public int TokenRequests => Volatile.Read(ref _tokenRequests);

    public static async Task<LoopbackServer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var server = new LoopbackServer(builder.Build());
        await server._application.StartAsync();
        var addresses = server._application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!;
        var address = new Uri(addresses.Addresses.Single());
        (server.TokenEndpoint, server.Api) = (new Uri(address, "token"), new Uri(address, "api"));
        return server;
    }

    public ValueTask DisposeAsync() => _application.DisposeAsync();

    private async Task AnswerTokenAsync(HttpContext context)
    {
        var number = Interlocked.Increment(ref _tokenRequests);
        TokenRequested?.Invoke();
        if (Latency > TimeSpan.Zero)
            await Task.Delay(Latency);
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(StubTokens.CreateAnswer(number, TokenLifetimeSeconds, context.Request.Headers.ContainsKey("DPoP") ? "DPoP" : "Bearer"));
    }
}
