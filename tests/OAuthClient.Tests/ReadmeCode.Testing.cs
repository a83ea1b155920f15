using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using OAuthClient.Testing;

namespace OAuthClient.Tests;

internal static partial class ReadmeCode
{
    public static void ApplicationUnderTest(IServiceCollection services, OAuth2TestServer server)
    {
        // PAGE src/OAuthClient.Testing/README.md
        services.ConfigureAll<OAuth2ClientOptions>(o =>
        {
            (o.Connection, o.ClientSecretFile, o.ClientSecretCallback) = (null, null, null);
            (o.TokenEndpoint, o.RevocationEndpoint, o.BaseAddress) = (server.TokenEndpoint, server.RevocationEndpoint, server.ApiBaseAddress);
            (o.ClientId, o.ClientSecret) = (OAuth2TestServer.DefaultClientId, OAuth2TestServer.DefaultClientSecret);
        });
        // END
    }

    public static async Task<Uri> AServer()
    {
        // PAGE src/OAuthClient.Testing/README.md
        await using var server = await OAuth2TestServer.StartAsync();
        // END
        return server.TokenEndpoint;
    }

    public static void AClientWithAKey(OAuth2TestServerOptions o, string pem)
    {
        // PAGE src/OAuthClient.Testing/README.md
        o.Clients.Add(new TestClient("orders", null) { PublicKeyPem = pem, StrictAssertions = true, AssertionAlgorithm = "ES256", RequireDPoP = true });
        // END
    }

    public static void AClientWithACertificate(OAuth2TestServerOptions o, SocketsHttpHandler handler)
    {
        // PAGE src/OAuthClient.Testing/README.md
        using var certificate = TestCertificates.Create("CN=orders");
        o.Clients.Add(new TestClient("orders", null) { CertificateThumbprint = certificate.GetCertHashString(HashAlgorithmName.SHA256) });
        handler.SslOptions.ClientCertificates = [certificate]; // of server.CreateHandler()
        // END
    }

    public static async Task<string> Https(string path)
    {
        // PAGE src/OAuthClient.Testing/README.md
        await using var server = await OAuth2TestServer.StartAsync(o => o.UseHttps = true);
        using var http = new HttpClient(server.CreateHandler());
        // END
        return await http.GetStringAsync(new Uri(server.BaseAddress, path));
    }

    public static void TokenEndpointHandler(IServiceCollection services, HttpMessageHandler handler) =>
        services.AddHttpClient(OAuth2Defaults.TokenEndpointHttpClientName).ConfigurePrimaryHttpMessageHandler(() => handler);

    public static void ClockOfItsOwn(IServiceCollection services, ManualTimeProvider clock) =>
        services.AddKeyedSingleton<TimeProvider>(OAuth2Defaults.TimeProviderKey, clock);
}
