using Microsoft.Extensions.DependencyInjection;
using OAuthClient.Testing;

namespace OAuthClient.Tests.Protocol;

public sealed class SecretsInExceptionsTests
{
    [Theory]
    [InlineData("login as alice:canary-4711 failed")]
    [InlineData("https://vault.example/?p=canary%2D4711")]
    [InlineData("Y2FuYXJ5LTQ3MTE= was refused")]
    public async Task Callback_WhoseExceptionSaysThePassword_IsHiddenInMessageAndText(string message)
    {
        await using var app = await TestApp.StartAsync(client: client =>
        {
            (client.GrantType, client.Username, client.Password) = (GrantTypes.Password, "alice", "canary-4711");
            (client.ClientSecret, client.ClientSecretCallback) = (null, _ => throw new InvalidOperationException(message));
        });

        var exception = await Assert.ThrowsAsync<OAuth2TokenException>(() => app.GetTokenAsync());

        Assert.DoesNotContain(message, exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(message, exception.ToString(), StringComparison.Ordinal);
        Assert.Contains("ClientSecretCallback", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(app.Log.Entries, entry => entry.Message.Contains(message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Handler_WhoseExceptionSaysWhatWasSent_IsHiddenInMessageAndText(bool brokenConnection)
    {
        await using var app = await TestApp.StartAsync(services: services => services
            .AddHttpClient(OAuth2Defaults.TokenEndpointHttpClientName)
            .AddHttpMessageHandler(() => new TalkativeHandler(brokenConnection)));

        var exception = await Assert.ThrowsAsync<OAuth2TokenException>(() => app.GetTokenAsync());

        Assert.NotNull(exception.InnerException);
        Assert.DoesNotContain(OAuth2TestServer.DefaultClientSecret, exception.ToString(), StringComparison.Ordinal);
    }

    private sealed class TalkativeHandler(bool brokenConnection) : DelegatingHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var text = $"Could not send {OAuth2TestServer.DefaultClientSecret}";
            throw brokenConnection ? new HttpRequestException(text) : new InvalidOperationException(text);
        }
    }
}
