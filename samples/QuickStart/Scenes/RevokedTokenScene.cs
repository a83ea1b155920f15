using Microsoft.Extensions.DependencyInjection;
using OAuthClient;
using OAuthClient.Testing;

namespace QuickStart.Scenes;

internal sealed class RevokedTokenScene : Scene
{
    private const string ConsumerKey = "apim-key";
    private const string ConsumerSecret = "apim-consumer-secret";

    public override string Title => "A token revoked under way";

    public override string Story =>
        "API Manager in your own data centre. The token has half an hour to live when an administrator revokes it, "
        + "first between two calls, then while 20 are on their way.";

    public override string Lesson =>
        "A call that is refused with 401 is sent once more with a new token, which all the refused calls share. No caller saw a 401.";

    public override async Task PlayAsync(Stage stage)
    {
        await using var server = await stage.StartServerAsync(o =>
        {
            o.Clients.Add(new TestClient(ConsumerKey, ConsumerSecret));
            o.TokenFormat = TokenFormat.Opaque;
            o.TokenLifetime = TimeSpan.FromMinutes(30);
            o.ReissueBehavior = ReissueBehavior.SameToken;
            o.GatewayErrorFormat = GatewayErrorFormat.ApiManager;
        });
        var services = new ServiceCollection();

        // excerpt setup
        services.AddOAuth2Client("orders", o =>
        {
            o.UseApiManager(server.BaseAddress);    // yours: https://<host>:9443
            o.BaseAddress = server.ApiBaseAddress;
            (o.ClientId, o.ClientSecret) = (ConsumerKey, ConsumerSecret);
        });
        // end

        await using var provider = services.BuildServiceProvider();
        var orders = provider.GetRequiredService<IHttpClientFactory>().CreateClient("orders");

        await stage.ActAsync("3 calls", () => stage.CallAsync(orders, "orders", times: 3));

        await stage.ActAsync("The token is revoked; the next call", () =>
        {
            server.RevokeAllTokens();
            return stage.CallAsync(orders, "orders");
        });

        await stage.ActAsync("The token is revoked again while 20 calls are on their way", async () =>
        {
            var callsBefore = server.ApiCalls;
            server.ApiBehavior.Hang = true;
            var calls = stage.CallAtOnceAsync(orders, "orders", callers: 20);
            await server.WaitForApiCallsAsync(callsBefore + 20);
            server.RevokeAllTokens();
            server.ApiBehavior.Hang = false;
            await calls;
        });

        stage.ExpectTraffic(tokenRequests: 3, apiCalls: 45);
        stage.Expect("calls that the API refused", 21, server.RecordedApiCalls.Count(call => call.StatusCode == 401));
        stage.ExpectHeader(server.RecordedApiCalls, "Authorization", "Bearer ");
    }
}
