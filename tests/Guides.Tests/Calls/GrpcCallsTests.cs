using Grpc.Core;
using Guides.Tests.Wire;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using OAuthClient.Testing;

namespace Guides.Tests.Calls;

public sealed class GrpcCallsTests
{
    [Fact]
    public async Task Call_OfTheRegisteredClient_BringsTheToken()
    {
        List<string> headers = [];
        await using var server = await OAuth2TestServer.StartAsync();
        await using var api = await Loopback.StartApiAsync(services => services.AddGrpc(), app => app.MapGrpcService<OrdersService>(), headers, HttpProtocols.Http2);
        var builder = Loopback.CreateBuilder(server, ("OrdersAddress", api.Urls.Single()), ("OAuth2:BaseAddress", null));
        Registration.Register(builder);
        GrpcCalls.Register(builder);
        using var host = builder.Build();
        var orders = host.Services.GetRequiredService<Orders.OrdersClient>();

        Assert.Equal("order 42", (await orders.GetAsync(new OrderRequest { Id = 42 })).State);
        await Loopback.AssertAllBroughtTheToken(host.Services, headers);
    }

    private sealed class OrdersService : Orders.OrdersBase
    {
        public override Task<OrderReply> Get(OrderRequest request, ServerCallContext context) => Task.FromResult(new OrderReply { State = $"order {request.Id}" });
    }
}
