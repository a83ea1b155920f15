using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace OAuthClient.Tests;

/// <summary>The C# code of the pages, so that it compiles. <see cref="PageTests"/> compares the two; what needs further packages is in Guides.Tests.</summary>
internal static partial class ReadmeCode
{
    public static async Task TenLines(string[] args)
    {
        // PAGE README.md
        var builder = Host.CreateApplicationBuilder(args);
        builder.Services.AddOAuth2Client("orders", o =>
        {
            o.TokenEndpoint = new Uri("https://login.example/oauth2/token");
            o.ClientId = builder.Configuration["Orders:ClientId"];
            o.ClientSecret = builder.Configuration["Orders:ClientSecret"];
            o.Scopes.Add("orders:read");
            o.BaseAddress = new Uri("https://api.example/orders/");
        });
        using var host = builder.Build();

        var orders = host.Services.GetRequiredService<IHttpClientFactory>().CreateClient("orders");
        Console.WriteLine(await orders.GetStringAsync("42"));
        // END
    }

    public static void FromConfiguration(IServiceCollection services, IConfiguration configuration) =>
        services.AddOAuth2Client("orders", configuration.GetSection("OAuth2"));

    public static void SeveralFromConfiguration(IServiceCollection services, IConfiguration configuration)
    {
        // PAGE src/OAuthClient/Settings/README.md
        services.AddOAuth2Clients(configuration.GetSection("OAuth2Clients"));
        // END
    }

    public static void Platforms(OAuth2ClientOptions o)
    {
        o.UseAsgardeo("<organization>");
        o.UseBijira();
        o.UseBijira(new Uri("<token endpoint>"));
        o.UseChoreo();
        o.UseChoreo(new Uri("<token endpoint>"));
        o.UseDevant(new Uri("<token endpoint>"));
        o.UseConnection("<CONNECTION_NAME>");
        o.UseApiManager(new Uri("https://<host>:9443"));
        o.UseIdentityServer(new Uri("https://<host>:9443"));
        o.TokenEndpoint = new Uri("<token endpoint>");
        o.Issuer = new Uri("<issuer>");
    }
}
