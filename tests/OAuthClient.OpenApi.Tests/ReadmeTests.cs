using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace OAuthClient.OpenApi.Tests;

public sealed class ReadmeTests
{
    [Fact]
    public void Lines_OfThePage_TakeWhatTheDocumentSays()
    {
        var folder = Directory.CreateTempSubdirectory("openapi");
        try
        {
            File.WriteAllText(Path.Combine(folder.FullName, "warehouse.yaml"), """
                openapi: 3.0.3
                info:
                  title: Warehouse
                  version: '1'
                servers:
                  - url: https://warehouse.acme.dev/v1
                x-wso2-auth-header: X-Warehouse
                paths:
                  /items:
                    get:
                      security:
                        - sts: [ items_read ]
                      responses:
                        '200':
                          description: ok
                components:
                  securitySchemes:
                    sts:
                      type: oauth2
                      flows:
                        clientCredentials:
                          tokenUrl: https://sts.choreo.dev/oauth2/token
                          scopes:
                            items_read: Read
                """);
            var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { ContentRootPath = folder.FullName });
            (builder.Configuration["Warehouse:ClientId"], builder.Configuration["Warehouse:ClientSecret"]) = ("id", "s");

            // PAGE src/OAuthClient.OpenApi/README.md
            builder.Services.AddOAuth2Client("warehouse", builder.Configuration.GetSection("Warehouse"));
            builder.Services.AddOAuth2Client("warehouse", o => o.UseOpenApi("warehouse.yaml", "https://sts.choreo.dev")).UseOpenApiScopes("warehouse.yaml");
            // END

            using var host = builder.Build();
            var options = host.Services.GetRequiredService<IOptionsMonitor<OAuth2ClientOptions>>().Get("warehouse");
            Assert.Equal(("X-Warehouse", "https://sts.choreo.dev/oauth2/token", "https://warehouse.acme.dev"), (options.HeaderName, $"{options.TokenEndpoint}", options.BaseAddress?.GetLeftPart(UriPartial.Authority)));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
