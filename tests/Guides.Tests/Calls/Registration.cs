using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OAuthClient;

namespace Guides.Tests.Calls;

/// <summary>What the ways to call have in common.</summary>
internal static class Registration
{
    public static void Register(IHostApplicationBuilder builder)
    {
        // PAGE src/OAuthClient/DependencyInjection/README.md
        builder.Services.AddOAuth2Client("orders", builder.Configuration.GetSection("OAuth2")).AddAsKeyed();
        // END
    }

    public static void UseProxy(IHostApplicationBuilder builder)
    {
        // PAGE src/OAuthClient/DependencyInjection/README.md
        builder.Services.AddHttpClient(OAuth2Defaults.TokenEndpointHttpClientName)
            .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler { Proxy = new WebProxy("http://proxy.internal:8080") });
        // END
    }

    public static void UseOtherScopes(HttpRequestMessage request)
    {
        // PAGE src/OAuthClient/DependencyInjection/README.md
        // Other scopes. The token is cached beside the client's own.
        request.SetOAuth2TokenRequest(new OAuth2TokenRequest { Scopes = new[] { "orders:write" } });
        // END
    }

    public static void UseNoToken(HttpRequestMessage request)
    {
        // PAGE src/OAuthClient/DependencyInjection/README.md
        // No token, such as for a public page, or for a call that brings an Authorization header of its own.
        request.SetOAuth2TokenRequest(new() { NoToken = true });
        // END
    }
}
