using Microsoft.Extensions.DependencyInjection;

namespace OAuthClient.Tests;

internal static partial class ReadmeCode
{
    public static void ManyTenants(IServiceCollection services)
    {
        // PAGE src/OAuthClient/Clients/README.md
        services.AddOAuth2ClientResolver(async (provider, name, cancellationToken) => await provider.GetRequiredService<Tenants>().FindAsync(name, cancellationToken));
        services.AddHttpClient("tenants").AddOAuth2Handler();
        // END
    }

    public static async Task<string> CallOfATenant(HttpClient http, HttpRequestMessage request, string tenant)
    {
        // PAGE src/OAuthClient/Clients/README.md
        request.SetOAuth2TokenRequest(new OAuth2TokenRequest { ClientName = tenant });
        using var answer = await http.SendAsync(request);
        // END
        return await answer.Content.ReadAsStringAsync();
    }

    internal sealed class Tenants(Dictionary<string, OAuth2ClientOptions> known)
    {
        public Task<OAuth2ClientOptions?> FindAsync(string name, CancellationToken cancellationToken) =>
            cancellationToken.IsCancellationRequested ? Task.FromCanceled<OAuth2ClientOptions?>(cancellationToken) : Task.FromResult(known.GetValueOrDefault(name));
    }
}
