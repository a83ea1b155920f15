using Microsoft.Extensions.DependencyInjection;
using OAuthClient.Benchmarks.Handlers;

namespace OAuthClient.Benchmarks.Quick;

/// <summary>What is left of a handler's cost when the call goes through the factory's pipeline and a real connection?</summary>
internal static class SocketCalls
{
    private static readonly string[] _names = ["ours", "floor", "bare"];

    public static async Task<Line> MeasureAsync(LoopbackServer server)
    {
        await using var services = CreateServices(server);
        var clients = services.GetRequiredService<IHttpClientFactory>();
        var costs = await new Rounds([.. _names.Select(name => Variant.CallsOverSockets(name, clients.CreateClient(name), server.Api))])
        {
            CallsPerTurn = 8,
            Duration = TimeSpan.FromSeconds(4),
            AcrossThreads = true,
        }.MeasureAsync();
        return Line.OfCalls("sockets", costs[0], costs[1], costs[2]).Add("ratio", costs[0].Nanoseconds / costs[1].Nanoseconds, 3);
    }

    /// <summary>The same pipeline three times: with the library's handler, with the floor's, and with none.</summary>
    public static ServiceProvider CreateServices(LoopbackServer server)
    {
        var services = new ServiceCollection();
        services.AddOAuth2Client("ours", options =>
        {
            options.TokenEndpoint = server.TokenEndpoint;
            options.BaseAddress = server.Api;
            (options.ClientId, options.ClientSecret) = ("benchmark", "secret");
        });
        services.AddHttpClient("floor").AddHttpMessageHandler(() => new FloorHandler());
        services.AddHttpClient("bare");
        return services.BuildServiceProvider();
    }
}
