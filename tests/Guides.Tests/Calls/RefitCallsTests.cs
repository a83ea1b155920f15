using Microsoft.Extensions.DependencyInjection;
using OAuthClient.Testing;

namespace Guides.Tests.Calls;

public sealed class RefitCallsTests
{
    [Fact]
    public async Task Calls_OfTheInterface_BringTheTokenAndAreSentAgain()
    {
        await using var server = await OAuth2TestServer.StartAsync();
        var builder = Loopback.CreateBuilder(server, ("OrdersAddress", server.ApiBaseAddress.OriginalString.TrimEnd('/')), ("OAuth2:BaseAddress", null));
        Registration.Register(builder);
        RefitCalls.Register(builder);
        using var host = builder.Build();
        var orders = host.Services.GetRequiredService<IOrdersApi>();

        Assert.Contains("/api/orders/42", await orders.GetAsync(42), StringComparison.Ordinal);
        server.RevokeAllTokens();
        Assert.Contains("/api/orders", await orders.AddAsync(new Order(43)), StringComparison.Ordinal);
        Assert.Equal((2, 3), (server.TokenRequests, server.ApiCalls));
    }
}
