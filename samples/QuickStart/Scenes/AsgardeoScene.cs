using Microsoft.Extensions.DependencyInjection;
using OAuthClient;
using OAuthClient.Testing;

namespace QuickStart.Scenes;

internal sealed class AsgardeoScene : Scene
{
    private const string ClientId = "asgardeo-client";
    private const string ClientSecret = "asgardeo-client-secret";
    private const string Username = "alice";
    private const string Password = "correct horse battery staple";
    private const string Scope = "urn:acme:orders:read";

    public override string Title => "Asgardeo: user and password, then a refresh";

    public override string Story =>
        "The API trusts Asgardeo, and acts for a user. Her name and password are traded for an access token of one hour and a refresh token "
        + "(where the server offers a grant without a password, take that). The scene moves the clock by hand, so the hour takes no time.";

    public override string Lesson =>
        "In its last minute the token is renewed, with the refresh token: the password went out once. "
        + "Calls that come meanwhile do not wait for the renewal, nor for a token server in trouble.";

    public override async Task PlayAsync(Stage stage)
    {
        var clock = new ManualTimeProvider();
        await using var server = await stage.StartServerAsync(o =>
        {
            o.Clients.Add(new TestClient(ClientId, ClientSecret) { AuthenticationMethods = { "client_secret_post" }, Scopes = { Scope } });
            o.Users.Add(new TestUser(Username, Password));
            o.RequiredScopes["/api/orders"] = Scope;
            o.TokenLifetime = TimeSpan.FromHours(1);
            o.RotateRefreshTokens = true;
            o.TimeProvider = clock;
        });
        var services = new ServiceCollection();

        // excerpt setup
        services.AddSingleton<TimeProvider>(clock);    // yours: not needed
        services.AddOAuth2Client("orders", o =>
        {
            o.UseAsgardeo("acme");
            o.TokenEndpoint = server.TokenEndpoint;    // yours: not needed
            o.BaseAddress = server.ApiBaseAddress;
            o.GrantType = GrantTypes.Password;
            (o.ClientId, o.ClientSecret) = (ClientId, ClientSecret);
            (o.Username, o.Password) = (Username, Password);
            o.Scopes.Add("urn:acme:orders:read");
        });
        // end

        await using var provider = services.BuildServiceProvider();
        var orders = provider.GetRequiredService<IHttpClientFactory>().CreateClient("orders");

        await stage.ActAsync("3 calls", () => stage.CallAsync(orders, "orders", times: 3));

        await stage.ActAsync("59 min 40 s later: a call while the token server is stuck", async () =>
        {
            clock.Advance(TimeSpan.FromSeconds(3580));
            server.TokenEndpointBehavior.HangNext();
            await stage.CallAsync(orders, "orders");
            await server.WaitForTokenRequestsAsync(2);
        });
        stage.Say("Token 1 is still valid, so the call went through at once. The renewal is under way and waits for the token server.");
        stage.Expect("renewals that wait for the token server", 1, server.RecordedTokenRequests.Count(request => request.StatusCode is null));

        await stage.ActAsync("The token server answers. 20 s later token 1 has expired: 10 callers at once", async () =>
        {
            server.TokenEndpointBehavior.Clear();
            clock.Advance(TimeSpan.FromSeconds(20));
            await stage.CallAtOnceAsync(orders, "orders", callers: 10);
        });

        stage.ExpectTraffic(tokenRequests: 2, apiCalls: 14);
        stage.Expect("grants in order", "password, refresh_token", string.Join(", ", server.RecordedTokenRequests.Select(request => request.Form["grant_type"])));
        stage.ExpectHeader(server.RecordedApiCalls, "Authorization", "Bearer ");
        stage.Expect("tokens that API calls carried", 2, server.RecordedApiCalls.DistinctBy(call => call.Headers["Authorization"]).Count());
    }
}
