using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Guides.Tests.Calls;

internal static class LogicalCalls
{
    public static void Register(IHostApplicationBuilder builder)
    {
        // PAGE src/OAuthClient/DependencyInjection/README.md
        builder.Services.AddServiceDiscovery();
        builder.Services.ConfigureHttpClientDefaults(http => http.AddServiceDiscovery());
        builder.Services.AddOAuth2Client("orders", o => o.BaseAddress = new Uri("https+http://orders/"));
        // END
    }
}
