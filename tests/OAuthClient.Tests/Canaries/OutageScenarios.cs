using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using OAuthClient.Testing;

namespace OAuthClient.Tests.Canaries;

/// <summary>A token endpoint that cannot be reached, breaks off, sends elsewhere or never ends; metadata that is wrong.</summary>
internal static class OutageScenarios
{
    public static async Task OutOfOrderAndLimited(Stage stage)
    {
        foreach (var (status, retryAfter) in new[] { (500, (string?)null), (503, "2"), (429, "3"), (502, null) })
        {
            stage.Server.TokenEndpointBehavior.FailUntilCleared(status, $$"""{"error":"{{stage.Password}}","error_description":"{{stage.Assertion.Replace("\"", "\\\"", StringComparison.Ordinal)}}"}""", retryAfter: retryAfter);
            Assert.True((await stage.FailAsync($"answered {status}")).IsTransient);
            stage.App.Clock.Advance(TimeSpan.FromHours(1));
        }
    }

    public static async Task ConnectionIsRefused(Stage stage)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var address = $"http://{listener.LocalEndpoint}/token?key={stage.AddressKey}";
        listener.Stop();
        await stage.FailAsync("cannot be reached", stage.StartAnother(options => options.TokenEndpoint = new Uri(address)));
    }

    public static async Task ConnectionIsCut(Stage stage)
    {
        stage.Server.TokenEndpointBehavior.AbortConnections = true;
        await stage.FailAsync("broke before an answer came");
    }

    public static async Task ConnectionIsCutInTheAnswer(Stage stage)
    {
        var token = stage.Watch(Stage.TokenName, Canary.Next());
        stage.Server.TokenEndpointBehavior.Override = async context =>
        {
            await context.Response.WriteAsync($$"""{"access_token":"{{token}}",""");
            await context.Response.Body.FlushAsync();
            context.Abort();
        };
        await stage.FailAsync("broke before an answer came");
    }

    public static async Task NoAnswerWithinTheTime(Stage stage)
    {
        stage.Server.TokenEndpointBehavior.Hang = true;
        var waiting = stage.App.GetTokenAsync();
        await stage.Server.WaitForTokenRequestsAsync(1);
        stage.App.Clock.Advance(TimeSpan.FromSeconds(31));
        var exception = await stage.FailAsync<OAuth2TokenException>(() => waiting);
        Assert.Contains("gave no answer within", exception.Message, StringComparison.Ordinal);
    }

    public static async Task Redirect_SecretsInLocation(Stage stage)
    {
        foreach (var location in new[]
        {
            $"{stage.Foreign.TokenEndpoint}?client_secret={Uri.EscapeDataString(stage.Secret)}",
            $"https://{Uri.EscapeDataString(stage.Password)}@idp.example/token#{Uri.EscapeDataString(stage.Secret)}",
            $"https://idp.example/{Uri.EscapeDataString(stage.Secret)}/{Uri.EscapeDataString(stage.Assertion)}",
            $"/elsewhere/{Uri.EscapeDataString(stage.Password)}?assertion={Uri.EscapeDataString(stage.Assertion)}",
        })
        {
            stage.Server.TokenEndpointBehavior.Override = context =>
            {
                context.Response.Redirect(location);
                return Task.CompletedTask;
            };
            await stage.FailAsync("Redirects of the token endpoint are not followed");
            stage.App.Clock.Advance(TimeSpan.FromDays(2));
        }

        Assert.Equal(0, stage.Foreign.TokenRequests);
    }

    public static async Task HostIsNotKnown(Stage stage) => await stage.FailAsync(
        "is not known",
        stage.StartAnother(options => options.TokenEndpoint = new Uri($"https://no-such-host.invalid/token?key={stage.AddressKey}")));

    public static async Task PlainServerIsAskedForASecureConnection(Stage stage) => await stage.FailAsync(
        "no secure connection",
        stage.StartAnother(options => options.TokenEndpoint = new UriBuilder(options.TokenEndpoint!) { Scheme = "https" }.Uri));

    public static async Task AnswerThatNeverEnds(Stage stage)
    {
        stage.Server.TokenEndpointBehavior.Override = async context =>
        {
            for (var i = 0; i < 8_000; i++)
                await context.Response.WriteAsync($"{stage.Secret}{stage.Password}{new string(' ', 1024)}", context.RequestAborted);
        };
        await stage.FailAsync("answered with more than 1024 KiB");
    }

    public static async Task Metadata_IsFound(Stage stage)
    {
        var app = stage.StartAnother(options => (options.TokenEndpoint, options.RevocationEndpoint, options.Issuer) = (null, null, stage.Server.Issuer));
        Assert.Equal(200, await stage.CallAsync(app));
        Assert.Equal(1, stage.Server.DiscoveryRequests);
        await app.Tokens.RevokeAsync(TestApp.ClientName);
    }

    public static async Task Metadata_OfAnotherIssuerWithSecretsInItsAddress(Stage stage)
    {
        stage.Server.DiscoveryBehavior.Override = context => context.Response.WriteAsync(
            $$"""{"issuer":"https://{{stage.AddressKey}}@idp.example/token?key={{stage.AddressKey}}","token_endpoint":"https://idp.example/token?key={{stage.AddressKey}}"}""");
        await stage.FailAsync("names the issuer 'https://idp.example/token'", WithIssuer(stage));
    }

    public static async Task Metadata_NamesNoUsableEndpoint(Stage stage)
    {
        stage.Server.DiscoveryBehavior.Override = context => context.Response.WriteAsync(
            $$"""{"issuer":"{{stage.Server.Issuer.OriginalString}}","token_endpoint":"ftp://idp.example/token?key={{stage.AddressKey}}"}""");
        await stage.FailAsync("names no token_endpoint", WithIssuer(stage));
    }

    public static async Task Metadata_NamesAnEndpointWithASecretInItsQuery(Stage stage)
    {
        stage.Server.DiscoveryBehavior.Override = context => context.Response.WriteAsync(
            $$"""{"issuer":"{{stage.Server.Issuer.OriginalString}}","token_endpoint":"{{stage.Server.TokenEndpoint}}?key={{stage.AddressKey}}"}""");
        Assert.Equal(200, await stage.CallAsync(WithIssuer(stage)));
        Assert.Contains(stage.AddressKey, stage.Server.RecordedTokenRequests[^1].Query, StringComparison.Ordinal);
    }

    public static async Task Metadata_IsOutOfOrderOrNoJson(Stage stage)
    {
        stage.Server.DiscoveryBehavior.FailNext(1, 503, stage.AddressKey);
        stage.Server.DiscoveryBehavior.FailUntilCleared(200, $"<html>{stage.AddressKey}", "text/html");
        var app = WithIssuer(stage);
        await stage.FailAsync("answered 503", app);
        app.Clock.Advance(TimeSpan.FromHours(1));
        await stage.FailAsync("is no JSON", app);
    }

    private static TestApp WithIssuer(Stage stage) =>
        stage.StartAnother(options => (options.TokenEndpoint, options.RevocationEndpoint, options.Issuer) = (null, null, stage.Server.Issuer));
}
