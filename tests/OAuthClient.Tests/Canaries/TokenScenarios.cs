using Microsoft.Extensions.DependencyInjection;

namespace OAuthClient.Tests.Canaries;

/// <summary>How tokens come, go and are renewed while the authorization server works.</summary>
internal static class TokenScenarios
{
    public static async Task PasswordGrant(Stage stage)
    {
        stage.Examine(await stage.App.GetTokenAsync());
        Assert.Equal("password", stage.Server.RecordedTokenRequests[^1].Form["grant_type"]);
    }

    public static async Task ClientCredentialsGrant(Stage stage)
    {
        var app = stage.StartAnother(options => (options.GrantType, options.Username, options.Password) = (GrantTypes.ClientCredentials, null, null));
        Assert.Equal(200, await stage.CallAsync(app));
        Assert.Equal("client_credentials", stage.Server.RecordedTokenRequests[^1].Form["grant_type"]);
    }

    public static async Task Refresh(Stage stage)
    {
        await stage.App.GetTokenAsync();
        stage.App.Clock.Advance(TimeSpan.FromHours(2));
        stage.Examine(await stage.App.GetTokenAsync());
        Assert.Equal(200, await stage.CallAsync());
        Assert.Equal("refresh_token", stage.Server.RecordedTokenRequests[^1].Form["grant_type"]);
    }

    public static async Task RefreshTokenOfTheUsers(Stage stage)
    {
        await stage.App.GetTokenAsync();
        var app = stage.StartAnother(options =>
        {
            (options.GrantType, options.Username, options.Password) = (GrantTypes.RefreshToken, null, null);
            options.Parameters["refresh_token"] = stage.LastRefreshToken;
        });
        Assert.Equal(200, await stage.CallAsync(app));
        stage.Server.RevokeAllTokens();
        stage.App.Clock.Advance(TimeSpan.FromHours(2));
        await stage.FailAsync("sign in again", app);
    }

    public static async Task RefreshIsRefused_ServerEchoesTheRefreshToken(Stage stage)
    {
        await stage.App.GetTokenAsync();
        stage.App.Clock.Advance(TimeSpan.FromHours(2));
        stage.Server.TokenEndpointBehavior.FailNext(1, 400, $$"""{"error":"invalid_grant","error_description":"{{stage.LastRefreshToken}} is spent"}""");
        Assert.Equal(200, await stage.CallAsync());
        Assert.Equal("password", stage.Server.RecordedTokenRequests[^1].Form["grant_type"]);
        Assert.Equal(1, stage.App.Log.Count(Microsoft.Extensions.Logging.LogLevel.Information, "drops its refresh token"));
    }

    public static async Task RefreshAnswerIsLost(Stage stage)
    {
        await stage.App.GetTokenAsync();
        stage.App.Clock.Advance(TimeSpan.FromHours(2));
        stage.Server.TokenEndpointBehavior.LoseNextResponses(1);
        await stage.FailAsync<OAuth2TokenException>(() => stage.App.GetTokenAsync());
    }

    public static async Task ForcedToken(Stage stage)
    {
        await stage.App.GetTokenAsync();
        stage.Examine(await stage.App.ForceTokenAsync());
        Assert.Equal(2, stage.Server.TokenRequests);
    }

    public static async Task Revocation(Stage stage)
    {
        await stage.App.GetTokenAsync();
        await stage.App.Tokens.RevokeAsync(TestApp.ClientName);
        Assert.Equal(2, stage.Server.RevocationRequests);
        Assert.Equal(0, stage.Server.LiveTokens);
    }

    public static async Task RevocationFails_ServerEchoesTheToken(Stage stage)
    {
        await stage.App.GetTokenAsync();
        stage.Server.RevocationEndpointBehavior.FailNext(1, 503, $$"""{"error":"{{stage.LastRefreshToken}}","error_description":"{{stage.LastRefreshToken}}"}""");
        stage.Server.RevocationEndpointBehavior.FailNext(1, 400, $$"""{"error":"{{stage.LastToken}}","error_description":"{{stage.LastToken}}"}""");
        await stage.FailAsync<OAuth2TokenException>(() => stage.App.Tokens.RevokeAsync(TestApp.ClientName).AsTask());
        Assert.Equal(2, stage.Server.RevocationRequests);
    }

    public static async Task RevocationConnectionIsCut(Stage stage)
    {
        await stage.App.GetTokenAsync();
        stage.Server.RevocationEndpointBehavior.AbortConnections = true;
        await stage.FailAsync<OAuth2TokenException>(() => stage.App.Tokens.RevokeAsync(TestApp.ClientName).AsTask());
    }

    public static async Task RevocationWithoutEndpoint(Stage stage)
    {
        var app = stage.StartAnother(options => options.RevocationEndpoint = null);
        await app.GetTokenAsync();
        await stage.FailAsync<InvalidOperationException>(() => app.Tokens.RevokeAsync(TestApp.ClientName).AsTask());
    }

    public static async Task CallerCancels(Stage stage)
    {
        stage.Server.TokenEndpointBehavior.HangNext();
        using var cancellation = new CancellationTokenSource();
        var waiting = stage.App.Tokens.GetTokenAsync(TestApp.ClientName, cancellationToken: cancellation.Token).AsTask();
        await stage.Server.WaitForTokenRequestsAsync(1);
        await cancellation.CancelAsync();
        stage.Examine(await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting));
        stage.Server.TokenEndpointBehavior.Clear();
        await stage.App.GetTokenAsync();
    }

    public static async Task DisposedWhileTheTokenIsAskedFor(Stage stage)
    {
        stage.Server.TokenEndpointBehavior.HangNext();
        var app = stage.StartAnother(_ => { });
        var waiting = app.GetTokenAsync();
        await stage.Server.WaitForTokenRequestsAsync(1);
        await app.Services.DisposeAsync();
        stage.Server.TokenEndpointBehavior.Clear();
        if (await Record.ExceptionAsync(() => waiting) is { } exception)
            stage.Examine(exception);
        stage.Examine((await Record.ExceptionAsync(() => app.GetTokenAsync()))!);
    }

    public static async Task OptionsChange_OldSecretIsRefused(Stage stage)
    {
        var secret = stage.Secret;
        var app = stage.StartAnother(options => options.ClientSecret = secret);
        Assert.Equal(200, await stage.CallAsync(app));

        secret = stage.Server.Options.Clients[0].ClientSecret = stage.Watch(Stage.SecretName, Canary.NextAwkward());
        app.Clock.Advance(TimeSpan.FromHours(48));
        await stage.FailAsync("invalid_client", app);
        app.ReloadOptions();
        Assert.Equal(200, await stage.CallAsync(app));
    }

    public static async Task InterceptorOfTheTokenEndpointThrows(Stage stage)
    {
        var app = stage.StartAnother(_ => { }, services => services.AddHttpClient(OAuth2Defaults.TokenEndpointHttpClientName).AddHttpMessageHandler(() => new Thrower()));
        var exception = await stage.FailAsync("failed with InvalidTimeZoneException", app);
        Assert.IsType<InvalidTimeZoneException>(exception.InnerException);
    }

    private sealed class Thrower : DelegatingHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            throw new InvalidTimeZoneException("The user's own trouble.");
    }
}
