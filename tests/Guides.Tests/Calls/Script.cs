using Microsoft.Extensions.Configuration;
using OAuthClient;

namespace Guides.Tests.Calls;

internal static class Script
{
    public static async Task RunAsync(IConfiguration settings)
    {
        // PAGE src/OAuthClient/DependencyInjection/README.md
        using var http = new HttpClient(OAuth2Handler.Create(new OAuth2ClientOptions
        {
            TokenEndpoint = new Uri(settings["TokenEndpoint"]!),
            ClientId = settings["ClientId"],
            ClientSecret = settings["ClientSecret"],
            BaseAddress = new Uri(settings["BaseAddress"]!),
        }));
        Console.WriteLine(await http.GetStringAsync(new Uri(settings["BaseAddress"] + "orders/42")));
        // END
    }
}
