using Microsoft.Extensions.DependencyInjection;
using OAuthClient;

namespace Guides.Tests;

internal static class Credentials
{
    public static void CallForAUser(HttpRequestMessage request, string usersToken)
    {
        // PAGE src/OAuthClient/Protocol/README.md
        request.SetOAuth2TokenRequest(new OAuth2TokenRequest { SubjectToken = usersToken });
        // END
    }

    public static void KeepRefreshTokens(IServiceCollection services, string file)
    {
        // PAGE src/OAuthClient/Protocol/README.md
        services.AddOAuth2Client("orders", o =>
        {
            o.GrantType = GrantTypes.RefreshToken;
            o.Parameters["refresh_token"] = File.ReadAllText(file);
            o.RefreshTokenCallback = async (token, cancellationToken) => await File.WriteAllTextAsync(file, token.Value, cancellationToken);
        });
        // END
    }
}
