using Microsoft.Extensions.DependencyInjection;

namespace OAuthClient.Tests;

internal static partial class ReadmeCode
{
    public static void Fleet(IServiceCollection services)
    {
        // PAGE src/OAuthClient/Store/README.md
        services.AddOAuth2DistributedTokenStore(o => o.KeyFile = "/run/secrets/token-store-key");
        // END
    }
}
