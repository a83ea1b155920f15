using Microsoft.Extensions.DependencyInjection;
using OAuthClient.Testing;

namespace Guides.Tests.Calls;

public sealed class WorkersTests
{
    [Fact]
    public async Task Worker_ThatIsStarted_CallsTheApi()
    {
        await using var server = await OAuth2TestServer.StartAsync();
        var builder = Loopback.CreateBuilder(server);
        Registration.Register(builder);
        builder.Services.AddHostedService<OrdersWorker>();
        using var host = builder.Build();

        await host.StartAsync();
        await server.WaitForCompletedApiCallsAsync(1);
        await host.StopAsync();

        Assert.Equal(("/api/orders/42", 200), (server.RecordedApiCalls[0].Path, server.RecordedApiCalls[0].StatusCode));
    }

    [Fact]
    public async Task TypedClient_ThatIsRegistered_HasTheSameToken()
    {
        await using var server = await OAuth2TestServer.StartAsync();
        var builder = Loopback.CreateBuilder(server, ("OrdersAddress", server.ApiBaseAddress.OriginalString), ("OAuth2:BaseAddress", null));
        Registration.Register(builder);
        Workers.RegisterTypedClient(builder);
        using var host = builder.Build();

        Assert.Contains("/api/orders/42", await host.Services.GetRequiredService<OrdersClient>().GetAsync(42), StringComparison.Ordinal);
        Assert.Equal((1, 1), (server.TokenRequests, server.ApiCalls));
    }
}
