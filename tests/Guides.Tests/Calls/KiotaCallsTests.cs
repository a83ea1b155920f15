using Microsoft.Extensions.DependencyInjection;
using Microsoft.Kiota.Abstractions;
using OAuthClient.Testing;

namespace Guides.Tests.Calls;

public sealed class KiotaCallsTests
{
    [Fact]
    public async Task Request_OfTheAdapter_BringsTheToken()
    {
        await using var server = await OAuth2TestServer.StartAsync();
        var builder = Loopback.CreateBuilder(server);
        Registration.Register(builder);
        KiotaCalls.Register(builder);
        using var host = builder.Build();

        await using var answer = await host.Services.GetRequiredService<IRequestAdapter>()
            .SendPrimitiveAsync<Stream>(new RequestInformation { HttpMethod = Method.GET, URI = new Uri(server.ApiBaseAddress, "orders/42") });
        using var reader = new StreamReader(answer!);

        Assert.Contains("/api/orders/42", await reader.ReadToEndAsync(), StringComparison.Ordinal);
        Assert.Equal((1, 1), (server.TokenRequests, server.ApiCalls));
    }
}
