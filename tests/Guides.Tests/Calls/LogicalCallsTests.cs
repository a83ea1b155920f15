using Microsoft.Extensions.DependencyInjection;
using OAuthClient.Testing;

namespace Guides.Tests.Calls;

public sealed class LogicalCallsTests
{
    [Fact]
    public async Task Call_ToALogicalAddress_BringsTheTokenToWhatItStandsFor()
    {
        await using var server = await OAuth2TestServer.StartAsync();
        var builder = Loopback.CreateBuilder(server, ("services:orders:http:0", server.BaseAddress.OriginalString));
        Registration.Register(builder);
        LogicalCalls.Register(builder);
        using var host = builder.Build();

        Assert.Contains("/api/orders/42", await host.Services.GetRequiredService<IHttpClientFactory>().CreateClient(Loopback.Client).GetStringAsync("api/orders/42"), StringComparison.Ordinal);
    }
}
