using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Refit;

namespace Guides.Tests.Calls;

public sealed record Order(int Id);

// PAGE src/OAuthClient/DependencyInjection/README.md
public interface IOrdersApi
{
    [Get("/orders/{id}")]
    Task<string> GetAsync(int id);

    // Buffered, so that it can be sent again after a 401.
    [Post("/orders")]
    Task<string> AddAsync([Body(buffered: true)] Order order);
}
// END

internal static class RefitCalls
{
    public static void Register(IHostApplicationBuilder builder)
    {
        // PAGE src/OAuthClient/DependencyInjection/README.md
        builder.Services.AddRefitGeneratedClient<IOrdersApi>().ConfigureHttpClient(c => c.BaseAddress = new Uri(builder.Configuration["OrdersAddress"]!)).AddOAuth2Handler("orders");
        // END
    }
}
