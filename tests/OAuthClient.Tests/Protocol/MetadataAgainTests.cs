using System.Net;
using System.Text;
using Microsoft.Extensions.DependencyInjection;

namespace OAuthClient.Tests.Protocol;

public sealed class MetadataAgainTests
{
    [Theory]
    [InlineData(404)]
    [InlineData(503)]
    public async Task Metadata_ThatCannotBeReadAgain_IsAskedForEveryFewMinutesAtMost(int status)
    {
        await using var app = await TestApp.StartAsync(client: client => (client.Issuer, client.TokenEndpoint) = (client.TokenEndpoint, null));
        await app.GetTokenAsync("first");
        app.Server.DiscoveryBehavior.FailUntilCleared(status);
        app.Clock.Advance(TimeSpan.FromHours(25));

        for (var minute = 0; minute < 60; minute++)
        {
            await app.GetTokenAsync($"scope-{minute}");
            app.Clock.Advance(TimeSpan.FromMinutes(1));
        }

        // A dozen times in an hour, and at most two addresses each time.
        Assert.InRange(app.Server.DiscoveryRequests, 10, 25);
    }

    [Theory]
    [InlineData("http://localhost:2375/x")]
    [InlineData("http://idp.example/x")]
    [InlineData("https://user:password@idp.example/x")]
    [InlineData("https://idp.example/x#y")]
    public async Task Metadata_OfAnHttpsIssuer_NamesNoRevocationEndpointThatTheSettingsWouldRefuse(string endpoint)
    {
        var idp = new Idp($$"""{"issuer":"https://idp.example","token_endpoint":"https://idp.example/token","revocation_endpoint":"{{endpoint}}"}""");
        await using var app = await TestApp.StartAsync(
            client: client => (client.Issuer, client.TokenEndpoint, client.RevocationEndpoint) = (new Uri("https://idp.example"), null, null),
            services: services => services.AddHttpClient(OAuth2Defaults.TokenEndpointHttpClientName).AddHttpMessageHandler(() => idp));
        await app.GetTokenAsync();

        var exception = await Assert.ThrowsAsync<InvalidOperationException>(() => app.Tokens.RevokeAsync(TestApp.ClientName).AsTask());

        Assert.Contains("has no revocation endpoint", exception.Message, StringComparison.Ordinal);
        Assert.Equal([new Uri("https://idp.example/token")], idp.Posts);
    }

    private sealed class Idp(string metadata) : DelegatingHandler
    {
        public List<Uri> Posts { get; } = [];

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (request.Method == HttpMethod.Post)
                Posts.Add(request.RequestUri!);
            return Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK)
            {
                Content = new StringContent(request.Method == HttpMethod.Post ? """{"access_token":"a"}""" : metadata, Encoding.UTF8, "application/json"),
            });
        }
    }
}
