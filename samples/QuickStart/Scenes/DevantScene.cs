using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using OAuthClient.Testing;

namespace QuickStart.Scenes;

internal sealed class DevantScene : Scene
{
    private const string Greeting = "Hello from an integration";
    private const string ConsumerKey = "devant-key";
    private const string ConsumerSecret = "devant-consumer-secret";

    public override string Title => "Devant: an integration as an API";

    public override string Story =>
        "The same grant, this time from settings: everything an OAuth2 client needs may stand in appsettings.json. "
        + "The integration answers in plain text, so the caller asks for text/plain.";

    public override string Lesson =>
        "Any configuration source will do: keep the secret out of the file, in user secrets or in a variable Greeter__ClientSecret. "
        + "The caller's own headers go out untouched, beside the token.";

    public override async Task PlayAsync(Stage stage)
    {
        await using var server = await stage.StartServerAsync(o =>
        {
            o.Clients.Add(new TestClient(ConsumerKey, ConsumerSecret) { AuthenticationMethods = { "client_secret_basic" } });
            o.TokenFormat = TokenFormat.Opaque;
            o.Api = context => context.Response.WriteAsync(Greeting);
        });

        // excerpt setup
        var appsettings = $$"""
            { "Greeter": {
                "Provider": "Devant",
                "TokenEndpoint": "{{server.TokenEndpoint}}",
                "BaseAddress": "{{server.ApiBaseAddress}}",
                "ClientId": "{{ConsumerKey}}",
                "ClientSecret": "{{ConsumerSecret}}" } }
            """;
        // end
        var configuration = new ConfigurationBuilder().AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes(appsettings))).Build();
        var services = new ServiceCollection();
        // excerpt setup
        services.AddOAuth2Client("greeter", configuration.GetSection("Greeter"));
        // end

        await using var provider = services.BuildServiceProvider();
        var greeter = provider.GetRequiredService<IHttpClientFactory>().CreateClient("greeter");
        // excerpt setup
        greeter.DefaultRequestHeaders.Add("Accept", "text/plain");
        // end

        await stage.ActAsync("A first call", async () =>
            stage.Expect("what the integration says", Greeting, await greeter.GetStringAsync("hello")));
        await stage.ActAsync("4 more calls, then 20 at once", async () =>
        {
            await stage.CallAsync(greeter, "hello", times: 4);
            await stage.CallAtOnceAsync(greeter, "hello", callers: 20);
        });

        stage.ExpectTraffic(tokenRequests: 1, apiCalls: 25);
        stage.ExpectHeader(server.RecordedApiCalls, "Authorization", "Bearer ");
        stage.ExpectHeader(server.RecordedApiCalls, "Accept", "text/plain");
    }
}
