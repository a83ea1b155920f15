using Guides.Tests.Wire;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Guides.Tests.Calls;

internal static class GrpcCalls
{
    public static void Register(IHostApplicationBuilder builder)
    {
        // PAGE src/OAuthClient/DependencyInjection/README.md
        builder.Services.AddOAuth2Client("orders", o => o.AllowedOrigins.Add(builder.Configuration["OrdersAddress"]!));
        builder.Services.AddGrpcClient<Orders.OrdersClient>(o => o.Address = new Uri(builder.Configuration["OrdersAddress"]!)).AddOAuth2Handler("orders");
        // END
    }
}
