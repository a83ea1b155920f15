using Microsoft.Extensions.DependencyInjection;
using OAuthClient.Testing;

namespace OAuthClient.Tests.DependencyInjection;

public sealed class LoggedHeadersTests
{
    [Fact]
    public async Task HeadersThatTheUserLeavesUnredactedForTheTokenEndpointItself_LogNoCredentialAllTheSame()
    {
        await using var app = await TestApp.StartAsync(services: services => services
            .AddHttpClient(OAuth2Defaults.TokenEndpointHttpClientName)
            .RedactLoggedHeaders(["X-Other"]));

        await app.GetTokenAsync();

        var sent = Assert.Single(app.Server.RecordedTokenRequests).Headers["Authorization"];
        Assert.Contains(app.Log.Entries, entry => entry.Category.Contains(OAuth2Defaults.TokenEndpointHttpClientName, StringComparison.Ordinal) && entry.Message.Contains("Authorization: *", StringComparison.Ordinal));
        Assert.DoesNotContain(app.Log.Entries, entry => entry.Message.Contains(sent["Basic ".Length..], StringComparison.Ordinal));
    }
}
