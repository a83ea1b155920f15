using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;
using OAuthClient;
using OAuthClient.Testing;

namespace Guides.Tests.Calls;

public sealed class SignalRCallsTests
{
    [Fact]
    public async Task Connection_ThatIsStarted_BringsTheToken()
    {
        List<string> headers = [];
        await using var server = await OAuth2TestServer.StartAsync();
        await using var api = await Loopback.StartApiAsync(services => services.AddSignalR(), app => app.MapHub<OrdersHub>("/hub"), headers);
        var builder = Loopback.CreateBuilder(server);
        Registration.Register(builder);
        using var host = builder.Build();
        await using var connection = SignalRCalls.Connect(new Uri($"{api.Urls.Single()}/hub"), host.Services.GetRequiredService<IOAuth2TokenProvider>());

        await connection.StartAsync().WaitAsync(Loopback.Patience);

        Assert.Equal("order 42", await connection.InvokeAsync<string>(nameof(OrdersHub.Get), 42).WaitAsync(Loopback.Patience));
        await Loopback.AssertAllBroughtTheToken(host.Services, headers);
    }

    private sealed class OrdersHub : Hub
    {
#pragma warning disable CA1822 // The hub's clients call methods of an object.
        public string Get(int id) => $"order {id}";
    }
}
