using System.Text;
using Microsoft.Extensions.DependencyInjection;
using OAuthClient.Testing;

namespace OAuthClient.Tests.Protocol;

/// <summary>Whose metadata is used, and in which encoding.</summary>
public sealed class MetadataTests
{
    private const string Lax = "lax";

    [Fact]
    public async Task Metadata_ReadByAClientThatAllowsHttp_DoesNotSteerOneThatDoesNot()
    {
        await using var other = await OAuth2TestServer.StartAsync();
        TestApp? app = null;
        await using (app = await StartAsync(services => services.AddOAuth2Client(Lax, client =>
        {
            (client.Issuer, client.AllowInsecureHttp) = (app!.Server.Issuer, true);
            (client.ClientId, client.ClientSecret) = (OAuth2TestServer.DefaultClientId, OAuth2TestServer.DefaultClientSecret);
        })))
        {
            Answer(app, other.TokenEndpoint);
            var steered = await app.Tokens.GetTokenAsync(Lax);
            Answer(app, app.Server.TokenEndpoint);

            var token = await app.GetTokenAsync();

            Assert.NotEqual(steered.Value, token.Value);
            Assert.Equal((1, 1), (other.TokenRequests, app.Server.TokenRequests));
        }
    }

    [Fact]
    public async Task Metadata_WithAByteOrderMark_IsRead()
    {
        await using var app = await StartAsync();
        Answer(app, app.Server.TokenEndpoint, Encoding.UTF8.GetPreamble());

        await app.GetTokenAsync();

        Assert.Equal((1, 1), (app.Server.DiscoveryRequests, app.Server.TokenRequests));
    }

    private static Task<TestApp> StartAsync(Action<IServiceCollection>? services = null) => TestApp.StartAsync(
        client: client => (client.Issuer, client.TokenEndpoint, client.RevocationEndpoint) = (client.TokenEndpoint, null, null),
        services: services);

    private static void Answer(TestApp app, Uri tokenEndpoint, params byte[] start) => app.Server.DiscoveryBehavior.Override = async context =>
    {
        await context.Response.Body.WriteAsync(start);
        await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes($$"""{"issuer":"{{app.Server.Issuer}}","token_endpoint":"{{tokenEndpoint}}"}"""));
    };
}
