using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Kiota.Abstractions;
using Microsoft.Kiota.Abstractions.Authentication;
using Microsoft.Kiota.Http.HttpClientLibrary;

namespace Guides.Tests.Calls;

internal static class KiotaCalls
{
    public static void Register(IHostApplicationBuilder builder)
    {
        // PAGE src/OAuthClient/DependencyInjection/README.md
        builder.Services.AddSingleton<IRequestAdapter>(services => new HttpClientRequestAdapter(
            new AnonymousAuthenticationProvider(), httpClient: services.GetRequiredService<IHttpClientFactory>().CreateClient("orders")));
        // END
    }
}
