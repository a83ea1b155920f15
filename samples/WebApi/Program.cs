using Microsoft.Extensions.Http.Resilience;
using OAuthClient;
using OAuthClient.Testing;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

// A web API that calls another API for each request, with retries, health checks and telemetry:
//   dotnet run --project samples/WebApi -- --Orders:TokenEndpoint=... --Orders:ClientId=... --Orders:BaseAddress=...
// with the secret in the environment as Orders__ClientSecret. Without a TokenEndpoint a server is started here. Then: curl http://localhost:5080/orders/42
var builder = WebApplication.CreateBuilder(args);
await using var server = await StartServerAsync(builder.Configuration, needed: builder.Configuration["Orders:TokenEndpoint"] is null);
if (builder.Configuration["urls"] is null)
    builder.WebHost.UseUrls("http://localhost:5080");

// The token is put on inside of the retries' time: a wrong secret fails at once, a moment's outage of the token server is waited for.
builder.Services.AddOAuth2Client("orders", builder.Configuration.GetSection("Orders"));
builder.Services.Configure<OAuth2ClientOptions>("orders", o => o.TransientFailureWait = TimeSpan.FromSeconds(5));
builder.Services.AddHttpClient("orders").AddStandardResilienceHandler(o => o.Retry.DisableForUnsafeHttpMethods());
builder.Services.AddOAuth2WarmUp();
builder.Services.AddHealthChecks().AddOAuth2Clients();
builder.Services.AddProblemDetails();
builder.Services.AddOpenTelemetry()
    .WithTracing(tracing => tracing.AddAspNetCoreInstrumentation().AddSource("OAuthClient"))
    .WithMetrics(metrics => metrics.AddAspNetCoreInstrumentation().AddMeter("OAuthClient"));
if (builder.Configuration.GetValue<bool>("Telemetry")) // --Telemetry=true shows it here; in production add an exporter of your own.
    builder.Services.ConfigureOpenTelemetryTracerProvider(tracing => tracing.AddConsoleExporter()).ConfigureOpenTelemetryMeterProvider(metrics => metrics.AddConsoleExporter());
builder.Logging.SetMinimumLevel(LogLevel.Warning).AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Information);

var app = builder.Build();
app.UseExceptionHandler();
app.MapHealthChecks("/health");
app.MapGet("/orders/{id:int}", async (int id, IHttpClientFactory clients, CancellationToken cancellationToken) =>
{
    using var answer = await clients.CreateClient("orders").GetAsync($"orders/{id}", cancellationToken);
    return answer.IsSuccessStatusCode
        ? Results.Text(await answer.Content.ReadAsStringAsync(cancellationToken), "application/json")
        : Results.Problem((await answer.ReadGatewayErrorAsync(cancellationToken))?.Meaning ?? $"The orders API answered {(int)answer.StatusCode}.", statusCode: StatusCodes.Status502BadGateway);
});
await app.RunAsync();

static async Task<OAuth2TestServer?> StartServerAsync(IConfigurationBuilder configuration, bool needed)
{
    if (!needed)
        return null;
    var server = await OAuth2TestServer.StartAsync();
    configuration.AddInMemoryCollection([
        new("Orders:TokenEndpoint", $"{server.TokenEndpoint}"), new("Orders:BaseAddress", $"{server.ApiBaseAddress}"),
        new("Orders:ClientId", OAuth2TestServer.DefaultClientId), new("Orders:ClientSecret", OAuth2TestServer.DefaultClientSecret)]);
    return server;
}
