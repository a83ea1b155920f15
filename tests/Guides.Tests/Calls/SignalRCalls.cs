using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;
using OAuthClient;

namespace Guides.Tests.Calls;

internal static class SignalRCalls
{
    public static HubConnection Connect(Uri hub, IOAuth2TokenProvider tokens)
    {
        // PAGE src/OAuthClient/DependencyInjection/README.md
        var connection = new HubConnectionBuilder()
            .WithUrl(hub, o => o.AccessTokenProvider = async () => (await tokens.GetTokenAsync("orders")).Value)
            .WithAutomaticReconnect()
            .Build();
        // END
        return connection;
    }
}
