using System.Diagnostics.Metrics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OAuthClient.Testing;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

// A worker that calls two APIs for 14 s (--Seconds=...), and all that tells how it is: its log, its health, traces and metrics. The server is started here,
// unless --orders:TokenEndpoint=... --orders:ClientId=... --orders:ClientSecret=... --orders:BaseAddress=... and the same of billing say where one is.
var builder = Host.CreateApplicationBuilder(args);
await using var server = builder.Configuration.GetSection("orders").Exists() ? null : await OAuth2TestServer.StartAsync(o => o.TokenLifetime = TimeSpan.FromSeconds(12));
var billing = server?.AddIssuer("billing");
foreach (var client in (string[])["orders", "billing"])
{
    if (server is not null)
        builder.Configuration.AddInMemoryCollection([
            new($"{client}:TokenEndpoint", $"{(client == "orders" ? server.TokenEndpoint : billing!.TokenEndpoint)}"), new($"{client}:BaseAddress", $"{server.ApiBaseAddress}"),
            new($"{client}:ClientId", OAuth2TestServer.DefaultClientId), new($"{client}:ClientSecret", OAuth2TestServer.DefaultClientSecret)]);
    builder.Services.AddOAuth2Client(client, builder.Configuration.GetSection(client));
}

builder.Services.AddOAuth2WarmUp(); // The tokens are there before the worker starts.
builder.Services.AddHealthChecks().AddOAuth2Clients();
builder.Services.AddSingleton<IHealthCheckPublisher, HealthLog>().Configure<HealthCheckPublisherOptions>(o => (o.Delay, o.Period) = (TimeSpan.Zero, TimeSpan.FromSeconds(1)));
builder.Services.AddOpenTelemetry().ConfigureResource(resource => resource.Clear())
    .WithTracing(tracing => tracing.AddSource("OAuthClient").AddConsoleExporter())
    .WithMetrics(metrics => metrics.AddMeter("OAuthClient")
        .AddView(instrument => instrument is Histogram<double> ? new ExplicitBucketHistogramConfiguration { Boundaries = [] } : null) // Fewer lines.
        .AddConsoleExporter((_, reader) => reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = int.MaxValue)); // Once, at the end.
builder.Services.AddHostedService<Worker>();
builder.Logging.AddSimpleConsole(o => (o.SingleLine, o.TimestampFormat) = (true, "HH:mm:ss ")).SetMinimumLevel(LogLevel.Error).AddFilter("OAuthClient", LogLevel.Debug);
using var host = builder.Build();
_ = (host.Services.GetRequiredService<TracerProvider>(), host.Services.GetRequiredService<MeterProvider>()); // Or OpenTelemetry listens after the warm-up alone.
await host.StartAsync();
billing?.TokenEndpointBehavior.FailNext(1, 503, retryAfter: "2"); // Its first refresh fails, and calls go on with the token that is there.
await host.WaitForShutdownAsync();

internal sealed class Worker(IHttpClientFactory clients, IHostApplicationLifetime host, IConfiguration configuration) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var (calls, failed, end) = (0, 0, DateTime.Now.AddSeconds(configuration.GetValue("Seconds", 14)));
        for (; DateTime.Now < end; await Task.Delay(250, stoppingToken))
        {
            foreach (var client in (string[])["orders", "billing"])
            {
                using var response = await clients.CreateClient(client).GetAsync("", stoppingToken);
                (calls, failed) = (calls + 1, failed + (response.IsSuccessStatusCode ? 0 : 1));
            }
        }

        Console.WriteLine($"{DateTime.Now:HH:mm:ss} {calls} calls, {failed} failed.");
        host.StopApplication();
    }
}
