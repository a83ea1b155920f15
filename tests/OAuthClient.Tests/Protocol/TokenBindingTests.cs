using OAuthClient.Testing;

namespace OAuthClient.Tests.Protocol;

/// <summary>The name by which WSO2's servers give a process a token of its own.</summary>
public sealed class TokenBindingTests
{
    private const string Id = "instance-0815";

    /// <summary>Or the token that a refresh brings would be everybody's.</summary>
    [Fact]
    public async Task TokenBindingId_IsSent_WithARefreshToo()
    {
        await using var app = await TestApp.StartAsync(
            server => server.Clients.Add(new TestClient(OAuth2TestServer.DefaultClientId, OAuth2TestServer.DefaultClientSecret)),
            client => (client.GrantType, client.Username, client.Password, client.TokenBindingId) = (GrantTypes.Password, OAuth2TestServer.DefaultUsername, OAuth2TestServer.DefaultPassword, Id));
        await app.GetTokenAsync();

        await app.ForceTokenAsync();

        Assert.Equal([("password", Id), ("refresh_token", Id)], app.Server.RecordedTokenRequests.Select(request => (request.Form["grant_type"], request.Form["tokenBindingId"])));
    }

    /// <summary>It is no secret, and who looks for a fault wants to read it.</summary>
    [Fact]
    public async Task TokenBindingId_InWhatTheServerSays_IsShown()
    {
        await using var app = await TestApp.StartAsync(client: client => client.TokenBindingId = Id);
        app.Server.TokenEndpointBehavior.FailNext(1, 400, $$"""{"error":"invalid_request","error_description":"no binding {{Id}}"}""", "application/json");

        var exception = await Assert.ThrowsAsync<OAuth2TokenException>(() => app.GetTokenAsync());

        Assert.Contains($"\"no binding {Id}\"", exception.Message, StringComparison.Ordinal);
    }
}
