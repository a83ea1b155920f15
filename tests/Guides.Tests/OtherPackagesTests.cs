using System.Diagnostics;
using Guides.Tests.Calls;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using OAuthClient;
using OAuthClient.Redis;
using OAuthClient.Testing;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Guides.Tests;

public sealed class OtherPackagesTests
{
    [Fact]
    public async Task HealthCheck_WithItsTag_TellsOfTheClient()
    {
        await using var server = await OAuth2TestServer.StartAsync();
        var builder = Loopback.CreateBuilder(server);
        Registration.Register(builder);
        OtherPackages.AddHealthCheck(builder);
        using var host = builder.Build();

        var report = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(check => check.Tags.Contains("ready"));

        Assert.Equal(HealthStatus.Healthy, Assert.Single(report.Entries).Value.Status);
    }

    /// <summary>No such Redis and no such file are here: what is wrong is found in that order, and nothing else is.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Redis_AsShown_WantsItsKeyFileAlone(bool isOwnConnection)
    {
        await using var server = await OAuth2TestServer.StartAsync();
        var builder = Loopback.CreateBuilder(server);
        (isOwnConnection ? (Action<Microsoft.Extensions.Hosting.IHostApplicationBuilder>)OtherPackages.AddRedis : OtherPackages.AddRedisThatIsThere)(builder);
        using var host = builder.Build();

        var failure = Assert.Throws<OptionsValidationException>(() => host.Services.GetRequiredService<IOptions<OAuth2TokenStoreOptions>>().Value);

        Assert.Contains("/run/secrets/token-key", Assert.Single(failure.Failures), StringComparison.Ordinal);
        Assert.Equal(isOwnConnection, host.Services.GetRequiredService<IOptions<OAuth2RedisTokenStoreOptions>>().Value.Configuration is not null);
    }

    [Fact]
    public async Task Telemetry_AsShown_IsExported()
    {
        await using var server = await OAuth2TestServer.StartAsync();
        var builder = Loopback.CreateBuilder(server);
        Registration.Register(builder);
        OtherPackages.AddTelemetry(builder);
        List<Metric> metrics = [];
        List<Activity> activities = [];
        builder.Services.ConfigureOpenTelemetryMeterProvider(meter => meter.AddReader(new BaseExportingMetricReader(new Kept<Metric>(metrics))));
        builder.Services.ConfigureOpenTelemetryTracerProvider(tracer => tracer.AddProcessor(new SimpleActivityExportProcessor(new Kept<Activity>(activities))));
        using var host = builder.Build();
        var (meterProvider, tracerProvider) = (host.Services.GetRequiredService<MeterProvider>(), host.Services.GetRequiredService<TracerProvider>());

        await host.Services.GetRequiredService<IHttpClientFactory>().CreateClient(Loopback.Client).GetStringAsync("orders");
        meterProvider.ForceFlush();
        tracerProvider.ForceFlush();

        Assert.Contains(metrics, metric => metric.Name == "oauth_client.tokens");
        Assert.Contains(activities, activity => activity.OperationName == "fetch_token");
    }

    private sealed class Kept<T>(List<T> all) : BaseExporter<T>
        where T : class
    {
        public override ExportResult Export(in Batch<T> batch)
        {
            foreach (var item in batch)
                all.Add(item);
            return ExportResult.Success;
        }
    }
}
