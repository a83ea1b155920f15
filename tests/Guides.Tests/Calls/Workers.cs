using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Guides.Tests.Calls;

#pragma warning disable CA1848 // A page that explains calls does not explain logging too.
#pragma warning disable CA1873

// PAGE src/OAuthClient/DependencyInjection/README.md
internal sealed class OrdersWorker(IHttpClientFactory http, ILogger<OrdersWorker> log) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMinutes(1));
        do
        {
            try
            {
                var order = await http.CreateClient("orders").GetStringAsync("orders/42", stoppingToken);
                log.LogInformation("{Order}", order);
            }
            catch (HttpRequestException exception)
            {
                // No token, or no answer. The message says which, and what to do.
                log.LogError(exception, "The order could not be read.");
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }
}
// END

internal sealed class OrdersClient(HttpClient http)
{
    public Task<string> GetAsync(int id) => http.GetStringAsync(new Uri($"orders/{id}", UriKind.Relative));
}

internal static class Workers
{
    public static void RegisterTypedClient(IHostApplicationBuilder builder)
    {
        // PAGE src/OAuthClient/DependencyInjection/README.md
        builder.Services.AddHttpClient<OrdersClient>(c => c.BaseAddress = new Uri(builder.Configuration["OrdersAddress"]!)).AddOAuth2Handler("orders");
        // END
    }
}
