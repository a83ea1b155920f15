using System.Reflection;
using Microsoft.Extensions.DependencyInjection;

namespace OAuthClient.Tests.Protocol;

/// <summary>A token endpoint that has moved to another address is found there: no connection to it lives for ever.</summary>
public sealed class PooledConnectionTests
{
    private static readonly TimeSpan _longest = TimeSpan.FromMinutes(10);

    [Fact]
    public async Task TokenEndpointClient_OfTheFactory_LetsConnectionsGo()
    {
        await using var app = await TestApp.StartAsync();
        var handler = app.Services.GetRequiredService<IHttpMessageHandlerFactory>().CreateHandler(OAuth2Defaults.TokenEndpointHttpClientName);

        var sender = Assert.IsType<SocketsHttpHandler>(Sender.Find(handler));

        Assert.InRange(sender.PooledConnectionLifetime, TimeSpan.FromSeconds(1), _longest);
    }

    [Fact]
    public void TokenEndpointClient_WithoutContainer_LetsConnectionsGo()
    {
        using var client = TokenEndpointHttpClient.Create(null);
        var handler = typeof(HttpMessageInvoker).GetField("_handler", BindingFlags.Instance | BindingFlags.NonPublic)!.GetValue(client);

        var sender = Assert.IsType<SocketsHttpHandler>(Sender.Find((HttpMessageHandler?)handler));

        Assert.InRange(sender.PooledConnectionLifetime, TimeSpan.FromSeconds(1), _longest);
    }
}
