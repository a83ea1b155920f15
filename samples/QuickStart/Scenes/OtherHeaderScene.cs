using Microsoft.Extensions.DependencyInjection;
using OAuthClient;
using OAuthClient.Testing;

namespace QuickStart.Scenes;

internal sealed class OtherHeaderScene : Scene
{
    private const string ConsumerKey = "bijira-production-key";
    private const string ConsumerSecret = "production+secret/of=bijira";

    public override string Title => "An API with the token in another header";

    public override string Story =>
        "Some APIs read the token from a header of their own; the OpenAPI document says which (x-wso2-auth-header). "
        + "Then one of your URLs turns out to point to somebody else's host.";

    public override string Lesson =>
        "One setting moves the token to another header. A call to an origin that you did not name is refused: the other host got no token, and no call.";

    public override async Task PlayAsync(Stage stage)
    {
        await using var foreign = await OAuth2TestServer.StartAsync();
        await using var server = await stage.StartServerAsync(o =>
        {
            o.Clients.Add(new TestClient(ConsumerKey, ConsumerSecret));
            o.HeaderName = "X-API-Authorization";
        });
        var services = new ServiceCollection();

        // excerpt setup
        services.AddOAuth2Client("orders", o =>
        {
            o.UseBijira(server.TokenEndpoint);
            o.BaseAddress = server.ApiBaseAddress;
            (o.ClientId, o.ClientSecret) = (ConsumerKey, ConsumerSecret);
            o.HeaderName = "X-API-Authorization";
        });
        // end

        await using var provider = services.BuildServiceProvider();
        var orders = provider.GetRequiredService<IHttpClientFactory>().CreateClient("orders");

        await stage.ActAsync("3 calls, then 10 at once", async () =>
        {
            await stage.CallAsync(orders, "orders", times: 3);
            await stage.CallAtOnceAsync(orders, "orders", callers: 10);
        });
        await stage.ActAsync("A call to another host", async () =>
        {
            try
            {
                using var response = await orders.GetAsync(new Uri(foreign.ApiBaseAddress, "orders"));
                stage.Expect("calls to another host that are refused", 1, 0);
            }
            catch (InvalidOperationException exception)
            {
                stage.Say($"Refused before it left the program: \"{exception.Message}\"");
            }
        });

        stage.ExpectTraffic(tokenRequests: 1, apiCalls: 13);
        stage.ExpectHeader(server.RecordedApiCalls, "X-API-Authorization", "Bearer ");
        stage.Expect("API calls with an Authorization header", 0, server.RecordedApiCalls.Count(call => call.Headers.ContainsKey("Authorization")));
        stage.Expect("calls that the other host received", 0, foreign.ApiCalls);
    }
}
