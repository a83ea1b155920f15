using Microsoft.Extensions.DependencyInjection;

namespace OAuthClient.Tests.Clients;

public sealed class OAuth2ClientsTests
{
    [Theory(Timeout = 60_000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Change_WhileTheOptionsAreRead_IsNotLost(bool onAnotherThread)
    {
        TestApp? app = null;
        var change = Task.CompletedTask;
        var scope = "old";
        await using (app = await TestApp.StartAsync(client: client =>
        {
            client.Scopes.Add(scope);
            if (scope == "new")
                return;
            scope = "new";
            if (onAnotherThread)
            {
                var before = app!.OptionsChange;
                change = Task.Run(app.ReloadOptions);
                SpinWait.SpinUntil(() => before.HasChanged);
            }
            else
            {
                app!.ReloadOptions();
            }
        }))
        {
            await app.GetTokenAsync();
            await change;

            await app.GetTokenAsync();

            Assert.Equal("new", app.Server.RecordedTokenRequests[^1].Form["scope"]);
        }
    }

    // As one that asks another service, which is called with another client's token.
    [Fact(Timeout = 60_000)]
    public async Task Get_WhileAnotherClientsOptionsAreRead_DoesNotWait()
    {
        OAuth2Clients? clients = null;
        await using var app = await TestApp.StartAsync(
            client: _ => Assert.True(Task.Run(() => clients!.Get("other")).Wait(Dose.Patience), "The other client waits for this one's callback."),
            services: services => services.AddOAuth2Client("other", options =>
                (options.TokenEndpoint, options.ClientId, options.ClientSecret) = (new Uri("https://idp.example/token"), "other", "secret")));
        clients = app.Services.GetRequiredService<OAuth2Clients>();

        await Task.Run(() => clients.Get(TestApp.ClientName));
    }

    // Of two changes at a time the later one's settings stay.
    [Fact(Timeout = 60_000)]
    public async Task Reload_DuringAReload_EndsWithTheLaterSettings()
    {
        TestApp? app = null;
        var scope = "first";
        await using (app = await TestApp.StartAsync(client: client =>
        {
            client.Scopes.Add(scope);
            if (scope != "second")
                return;
            scope = "third";
            app!.ReloadOptions();
        }))
        {
            await app.GetTokenAsync();
            scope = "second";

            app.ReloadOptions();
            await app.GetTokenAsync();

            Assert.Equal("third", app.Server.RecordedTokenRequests[^1].Form["scope"]);
        }
    }
}
