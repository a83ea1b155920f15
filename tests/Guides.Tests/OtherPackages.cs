using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using StackExchange.Redis;

namespace Guides.Tests;

internal static class OtherPackages
{
    public static void AddHealthCheck(IHostApplicationBuilder builder)
    {
        // PAGE src/OAuthClient.HealthChecks/README.md
        builder.Services.AddHealthChecks().AddOAuth2Clients(tags: ["ready"]);
        // END
    }

    public static void AddRedis(IHostApplicationBuilder builder)
    {
        // PAGE src/OAuthClient.Redis/README.md
        builder.Services.AddOAuth2RedisTokenStore(options =>
        {
            options.Configuration = "redis.internal:6380,ssl=true,password=" + builder.Configuration["RedisPassword"];
            options.KeyFile = "/run/secrets/token-key"; // openssl rand -base64 32, the same for all instances
        });
        // END
    }

    public static void AddRedisThatIsThere(IHostApplicationBuilder builder)
    {
        // PAGE src/OAuthClient.Redis/README.md
        builder.Services.AddSingleton<IConnectionMultiplexer>(_ => ConnectionMultiplexer.Connect("redis.internal:6379"));
        builder.Services.AddOAuth2RedisTokenStore(options => options.KeyFile = "/run/secrets/token-key");
        // END
    }

    public static void AddTelemetry(IHostApplicationBuilder builder)
    {
        // PAGE src/OAuthClient/Diagnostics/Telemetry.md
        builder.Services.AddOpenTelemetry()
            .WithMetrics(metrics => metrics.AddMeter("OAuthClient"))
            .WithTracing(tracing => tracing.AddSource("OAuthClient"));
        // END
    }
}
