using Microsoft.Extensions.DependencyInjection;
using OAuthClient;
using OAuthClient.Testing;

namespace QuickStart.Scenes;

internal sealed class ChoreoConnectionScene : Scene
{
    private const string ConsumerKey = "choreo-key";
    private const string ConsumerSecret = "choreo-consumer-secret";
    private const string ApiKey = "chk_an-api-key-of-choreo";

    private readonly List<string> _variables = [];

    public override string Title => "Choreo: a connection from the environment";

    public override string Story =>
        "A component deployed on Choreo finds its connections in environment variables. This one has organization visibility: "
        + "its service wants the OAuth token and, beside it, the connection's API key.";

    public override string Lesson =>
        "One line of code, no secret in it, and the same line in every environment. The API key travels in its own header, to the same origins as the token.";

    public override async Task PlayAsync(Stage stage)
    {
        await using var server = await stage.StartServerAsync(o =>
        {
            o.Clients.Add(new TestClient(ConsumerKey, ConsumerSecret) { AuthenticationMethods = { "client_secret_basic" } });
            (o.ApiKeyHeaderName, o.ApiKey) = ("Choreo-API-Key", ApiKey);
        });
        try
        {
            await PlayAsync(stage, server);
        }
        finally
        {
            _variables.ForEach(variable => Environment.SetEnvironmentVariable(variable, null));
        }
    }

    private async Task PlayAsync(Stage stage, OAuth2TestServer server)
    {
        var services = new ServiceCollection();

        // excerpt setup
        // Choreo does this:
        Inject("CHOREO_ORDERS_SERVICEURL", $"{server.ApiBaseAddress}");
        Inject("CHOREO_ORDERS_TOKENURL", $"{server.TokenEndpoint}");
        Inject("CHOREO_ORDERS_CONSUMERKEY", ConsumerKey);
        Inject("CHOREO_ORDERS_CONSUMERSECRET", ConsumerSecret);
        Inject("CHOREO_ORDERS_CHOREOAPIKEY", ApiKey);
        // You do this:
        services.AddOAuth2Client("orders", o => o.UseConnection("ORDERS"));
        // end

        await using var provider = services.BuildServiceProvider();
        var orders = provider.GetRequiredService<IHttpClientFactory>().CreateClient("orders");

        await stage.ActAsync("An order is placed", async () =>
        {
            using var response = await orders.PostAsync("orders", new StringContent("two coffees"));
            stage.Expect("status that the caller of POST orders sees", 200, (int)response.StatusCode);
        });
        await stage.ActAsync("10 callers at once look at it", () => stage.CallAtOnceAsync(orders, "orders", callers: 10));

        stage.ExpectTraffic(tokenRequests: 1, apiCalls: 11);
        stage.ExpectHeader(server.RecordedApiCalls, "Authorization", "Bearer ");
        stage.ExpectHeader(server.RecordedApiCalls, "Choreo-API-Key", "chk_");
    }

    private void Inject(string variable, string value)
    {
        _variables.Add(variable);
        Environment.SetEnvironmentVariable(variable, value);
    }
}
