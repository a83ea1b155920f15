using Microsoft.Extensions.DependencyInjection;
using OAuthClient;
using OAuthClient.Testing;

namespace QuickStart.Scenes;

internal sealed class BijiraScene : Scene
{
    private const string ConsumerKey = "bijira-sandbox-key";
    private const string ConsumerSecret = "sandbox+secret/of=bijira";

    public override string Title => "Bijira: client credentials by Basic";

    public override string Story =>
        "In the developer portal you subscribe an application to an API and generate a consumer key and secret, here for the sandbox. "
        + "Bijira's built-in token service (STS) trades them for an access token, which the API wants as a bearer token.";

    public override string Lesson =>
        "50 callers without a token cost one token request: one of them asks, all wait for the same answer. Later calls find the token in memory.";

    public override async Task PlayAsync(Stage stage)
    {
        await using var server = await stage.StartServerAsync(o =>
        {
            o.Clients.Add(new TestClient(ConsumerKey, ConsumerSecret) { KeyType = KeyType.Sandbox, AuthenticationMethods = { "client_secret_basic" } });
            o.Environment = KeyType.Sandbox;
            o.TokenLifetime = TimeSpan.FromMinutes(15);
        });
        var services = new ServiceCollection();

        // excerpt setup
        services.AddOAuth2Client("orders", o =>
        {
            o.UseBijira(server.TokenEndpoint);      // yours: o.UseBijira()
            o.BaseAddress = server.ApiBaseAddress;  // yours: the API's URL
            o.ClientId = ConsumerKey;
            o.ClientSecret = ConsumerSecret;        // yours: from user secrets
        });
        // end

        // excerpt call
        await using var provider = services.BuildServiceProvider();
        var factory = provider.GetRequiredService<IHttpClientFactory>();
        // end
        var orders = factory.CreateClient("orders");

        await stage.ActAsync("50 callers at once; there is no token yet", () => stage.CallAtOnceAsync(orders, "orders", callers: 50));
        await stage.ActAsync("5 more calls, one after the other", () => stage.CallAsync(orders, "orders", times: 5));
        await stage.ActAsync("One more, the way your program would write it", async () =>
        {
            // excerpt call
            var answer = await factory.CreateClient("orders").GetStringAsync("orders");
            // end
            stage.Expect("an answer that names its client", true, answer.Contains(ConsumerKey, StringComparison.Ordinal));
        });

        stage.ExpectTraffic(tokenRequests: 1, apiCalls: 56);
        stage.ExpectHeader(server.RecordedTokenRequests, "Authorization", "Basic ");
        stage.ExpectHeader(server.RecordedApiCalls, "Authorization", "Bearer ");
    }
}
