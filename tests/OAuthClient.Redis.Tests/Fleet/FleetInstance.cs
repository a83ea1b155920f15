using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace OAuthClient.Redis.Tests.Fleet;

/// <summary>What an instance of a fleet is to do.</summary>
public sealed record FleetOrder(Uri TokenEndpoint, Uri Api, string? Redis, string KeyFile, Uri WarmUpTokenEndpoint, Uri WarmUpApi, int CallsPerSecond, double Seconds, double StoreTimeout, string? Username = null, string? Password = null);

/// <summary>What became of it.</summary>
public sealed record FleetReport(int Calls, int Failed, double SlowestMs, int Slow, int StoreFailures, string[] Faults)
{
    public override string ToString() => $"{Calls} calls, {Failed} of them failed, {Slow} took 250 ms or more, the slowest {SlowestMs:0} ms; the store failed {StoreFailures} times";
}


/// <summary>A program of which many instances run: it says when it is ready, begins when it is told to, calls an API at a steady pace, and reports.</summary>
internal static class FleetInstance
{
    public const string Argument = "instance";

    public static async Task RunAsync(string order) => Console.WriteLine(JsonSerializer.Serialize(await RunAsync(JsonSerializer.Deserialize<FleetOrder>(order)!)));

    private static async Task<FleetReport> RunAsync(FleetOrder order)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddOAuth2Client("orders", options =>
        {
            (options.TokenEndpoint, options.BaseAddress) = (order.TokenEndpoint, order.Api);
            (options.ClientId, options.ClientSecret) = (Testing.OAuth2TestServer.DefaultClientId, Testing.OAuth2TestServer.DefaultClientSecret);
            if (order.Username is null)
                return;
            (options.GrantType, options.Username, options.Password, options.ShareTokens) = (GrantTypes.Password, order.Username, order.Password, true);
        });
        if (order.Redis is not null)
            builder.Services.AddOAuth2RedisTokenStore(options =>
            {
                (options.Configuration, options.KeyFile) = (order.Redis, order.KeyFile);
                (options.Timeout, options.ConnectTimeout) = (TimeSpan.FromSeconds(order.StoreTimeout), TimeSpan.FromMinutes(1));
            });
        builder.Services.AddOAuth2Client("warm-up", options =>
        {
            (options.TokenEndpoint, options.BaseAddress) = (order.WarmUpTokenEndpoint, order.WarmUpApi);
            (options.ClientId, options.ClientSecret) = (Testing.OAuth2TestServer.DefaultClientId, Testing.OAuth2TestServer.DefaultClientSecret);
        });
        using var host = builder.Build();

        // What compiles the code: instances that have a machine each do that at the same time, and these share one.
        using (await host.Services.GetRequiredService<IHttpClientFactory>().CreateClient("warm-up").GetAsync(new Uri("orders", UriKind.Relative)))
        {
        }

        var http = host.Services.GetRequiredService<IHttpClientFactory>().CreateClient("orders");

        var storeFailures = 0;
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, own) =>
            {
                if (instrument.Meter.Name == "OAuthClient")
                    own.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((_, _, tags, _) =>
        {
            if (tags is [{ Value: "failure" }])
                Interlocked.Increment(ref storeFailures);
        });
        listener.Start();

        Console.WriteLine("ready");
        await Console.In.ReadLineAsync();
        var clock = Stopwatch.StartNew();
        var calls = new List<Task<(string? Fault, double Ms)>>();
        for (var i = 0; clock.Elapsed.TotalSeconds < order.Seconds; i++)
        {
            // Each at its time, however long the others take.
            var wait = TimeSpan.FromSeconds(i / (double)order.CallsPerSecond) - clock.Elapsed;
            if (wait > TimeSpan.Zero)
                await Task.Delay(wait);
            calls.Add(CallAsync(http));
        }

        var ended = await Task.WhenAll(calls);
        var faults = ended.Select(call => call.Fault).OfType<string>().ToArray();
        return new FleetReport(ended.Length, faults.Length, ended.Max(call => call.Ms), ended.Count(call => call.Ms >= 250), storeFailures, [.. faults.Distinct().Take(3)]);
    }

    private static async Task<(string? Fault, double Ms)> CallAsync(HttpClient http)
    {
        var clock = Stopwatch.StartNew();
        try
        {
            using var response = await http.GetAsync(new Uri("orders", UriKind.Relative));
            return (response.StatusCode == HttpStatusCode.OK ? null : $"{(int)response.StatusCode}", clock.Elapsed.TotalMilliseconds);
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException)
        {
            return (exception.Message, clock.Elapsed.TotalMilliseconds);
        }
    }
}
