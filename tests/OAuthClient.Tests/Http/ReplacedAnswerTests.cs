using System.Net;
using Microsoft.Extensions.DependencyInjection;
using OAuthClient.Testing;

namespace OAuthClient.Tests.Http;

/// <summary>An answer that another takes the place of is nobody's any more: its connection goes back at once.</summary>
public sealed class ReplacedAnswerTests
{
    [Theory]
    [InlineData("a redirect", 307, null)]
    [InlineData("a rejected token", 401, "Bearer")]
    [InlineData("a proof without nonce", 401, "DPoP error=\"use_dpop_nonce\"")]
    [InlineData("a missing scope", 403, "Bearer error=\"insufficient_scope\", scope=\"orders:write\"")]
    public async Task Answer_ThatIsFollowedByAnother_IsDisposed(string what, int status, string? challenge)
    {
        var isProved = challenge?.StartsWith("DPoP", StringComparison.Ordinal) == true;
        var first = new ObservedContent();
        await using var app = await TestApp.StartAsync(
            server =>
            {
                if (isProved)
                    server.Clients.Add(new TestClient(OAuth2TestServer.DefaultClientId, OAuth2TestServer.DefaultClientSecret) { RequireDPoP = true });
            },
            client =>
            {
                client.DPoP = isProved;
                client.StepUpScopes.Add("orders:write");
            },
            services => services.AddHttpClient(TestApp.ClientName).AddHttpMessageHandler(() => new Watch(first)));
        app.Server.ApiBehavior.Override = context =>
        {
            app.Server.ApiBehavior.Override = null;
            context.Response.StatusCode = status;
            context.Response.Headers.WWWAuthenticate = challenge;
            context.Response.Headers.Location = status == 307 ? new Uri(app.Server.ApiBaseAddress, "moved").AbsoluteUri : null;
            context.Response.Headers["DPoP-Nonce"] = isProved ? "nonce-1" : null;
            return Task.CompletedTask;
        };

        using var response = await app.CreateClient().GetAsync("orders", HttpCompletionOption.ResponseHeadersRead);

        Assert.Equal((HttpStatusCode.OK, 2), (response.StatusCode, app.Server.ApiCalls));
        Assert.True(first.IsDisposed, what);
    }

    /// <summary>Has content of the test's own in the first answer.</summary>
    private sealed class Watch(HttpContent content) : DelegatingHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var response = await base.SendAsync(request, cancellationToken);
            if (response.StatusCode != HttpStatusCode.OK)
                response.Content = content;
            return response;
        }
    }

    private sealed class ObservedContent() : ByteArrayContent([])
    {
        public bool IsDisposed { get; private set; }

        protected override void Dispose(bool disposing)
        {
            IsDisposed = true;
            base.Dispose(disposing);
        }
    }
}
