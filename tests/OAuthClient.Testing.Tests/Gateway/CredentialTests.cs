using System.Net;
using System.Net.Http.Headers;

namespace OAuthClient.Testing.Tests.Gateway;

/// <summary>What the gateway demands beside the token, and how it rejects a token.</summary>
public class CredentialTests : ServerTests
{
    protected override void Configure(OAuth2TestServerOptions options)
    {
        options.CredentialHeaders["X-Partner"] = "partner-key";
        options.CredentialHeaders["X-Region"] = "eu";
        options.RequiredScopes["/api/admin"] = "admin";
    }

    [Theory]
    [InlineData("partner-key", "eu", HttpStatusCode.OK, null)]
    [InlineData(null, "eu", HttpStatusCode.Forbidden, "X-Partner")]
    [InlineData("wrong", "eu", HttpStatusCode.Forbidden, "X-Partner")]
    [InlineData("PARTNER-KEY", "eu", HttpStatusCode.Forbidden, "X-Partner")]
    [InlineData("partner-key", null, HttpStatusCode.Forbidden, "X-Region")]
    public async Task CredentialHeader_MissingOrWrong_Is403ThatNamesIt(string? partner, string? region, HttpStatusCode expected, string? named)
    {
        var answer = await CallAsync(Server.IssueToken(), partner, region);

        Assert.Equal(expected, answer.Status);
        if (named is null)
            return;
        Assert.Equal("900908", answer["code"]);
        Assert.Contains($"'{named}'", answer["error_description"], StringComparison.Ordinal);
        Assert.DoesNotContain("partner-key", answer.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CredentialHeader_WrongAndTokenToo_IsTheTokensRefusal() => Assert.Equal(HttpStatusCode.Unauthorized, (await CallAsync("unknown", null, null)).Status);

    [Theory]
    [InlineData(GatewayErrorFormat.ChoreoConnect)]
    [InlineData(GatewayErrorFormat.ApiManager)]
    [InlineData(GatewayErrorFormat.ApiManagerXml)]
    [InlineData(GatewayErrorFormat.ApiPlatform)]
    [InlineData(GatewayErrorFormat.Rfc6750)]
    public async Task RejectedTokenStatusCode_OfEachFormat_IsForRejectedTokensAlone(GatewayErrorFormat format)
    {
        Server.Options.GatewayErrorFormat = format;
        Server.Options.RejectedTokenStatusCode = 403;
        var (revoked, expired) = (Server.IssueToken(), Server.IssueToken(lifetime: TimeSpan.FromSeconds(-1)));
        Server.RevokeToken(revoked);

        foreach (var token in new[] { "unknown", revoked, expired })
            Assert.Equal(HttpStatusCode.Forbidden, (await CallAsync(token, "partner-key", "eu")).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await CallAsync(null, "partner-key", "eu")).Status);
        Assert.Equal(HttpStatusCode.OK, (await CallAsync(Server.IssueToken(), "partner-key", "eu")).Status);
    }

    [Fact]
    public async Task RejectedTokenStatusCode_Set_DoesNotChangeTheAnswerToAWrongApiKey()
    {
        await using var server = await OAuth2TestServer.StartAsync(o => (o.ApiKeyHeaderName, o.ApiKey, o.RejectedTokenStatusCode) = ("X-Api-Key", "key", 403));
        using var caller = new Caller(server);

        Assert.Equal(HttpStatusCode.Unauthorized, (await caller.CallAsync(server.IssueToken())).Status);
    }

    [Theory]
    [InlineData(GatewayErrorFormat.ChoreoConnect, false, true)]
    [InlineData(GatewayErrorFormat.Rfc6750, false, true)]
    [InlineData(GatewayErrorFormat.ApiManager, false, false)]
    [InlineData(GatewayErrorFormat.ApiManager, true, true)]
    public async Task ResourceMetadata_Set_IsInTheBearerChallengesOf401(GatewayErrorFormat format, bool strict, bool expected)
    {
        (Server.Options.GatewayErrorFormat, Server.Options.Strict) = (format, strict);
        Server.Options.ResourceMetadata = new Uri("https://api.example/.well-known/oauth-protected-resource");

        foreach (var token in new[] { null, "unknown" })
        {
            var challenge = (await CallAsync(token, "partner-key", "eu")).Challenge;
            Assert.Equal(expected, challenge.EndsWith(", resource_metadata=\"https://api.example/.well-known/oauth-protected-resource\"", StringComparison.Ordinal));
            Assert.Equal(expected, challenge.Contains("resource_metadata", StringComparison.Ordinal));
        }

        Assert.DoesNotContain("resource_metadata", (await CallAsync(Server.IssueToken(), null, null)).Challenge, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(GatewayErrorFormat.ChoreoConnect)]
    [InlineData(GatewayErrorFormat.ApiManager)]
    [InlineData(GatewayErrorFormat.ApiManagerXml)]
    [InlineData(GatewayErrorFormat.ApiPlatform)]
    public async Task ScopeChallenges_Set_NameTheMissingScopeAndChangeNoOtherAnswer(GatewayErrorFormat format)
    {
        Server.Options.GatewayErrorFormat = format;
        var before = await AskAsync();
        Server.Options.ScopeChallenges = true;
        var after = await AskAsync();

        Assert.Equal("Bearer realm=\"api\", error=\"insufficient_scope\", error_description=\"User is NOT authorized to access the Resource. Scope validation failed.\", scope=\"admin\"", after[0].Challenge);
        Assert.DoesNotContain("insufficient_scope", before[0].Challenge, StringComparison.Ordinal);
        Assert.Equal(before.Select(a => (a.Status, a.Body)), after.Select(a => (a.Status, a.Body)));
        Assert.Equal(before.Skip(1).Select(a => a.Challenge), after.Skip(1).Select(a => a.Challenge));

        async Task<Answer[]> AskAsync() =>
        [
            await CallAsync(Server.IssueToken(scope: "read"), "partner-key", "eu", "admin"),
            await CallAsync("unknown", "partner-key", "eu", "admin"),
            await CallAsync(Server.IssueToken(scope: "read"), null, "eu", "admin"),
        ];
    }

    [Theory]
    [InlineData("ResourceMetadata is '/x'")]
    [InlineData("RejectedTokenStatusCode is 399")]
    [InlineData("RejectedTokenStatusCode is 600")]
    [InlineData("CredentialHeaders holds a header without a name")]
    public async Task Options_CannotWork_ServerDoesNotStart(string message)
    {
        var exception = await Assert.ThrowsAsync<ArgumentException>(() => OAuth2TestServer.StartAsync(o =>
        {
            if (message[0] is 'C')
                o.CredentialHeaders[" "] = "x";
            else if (message.StartsWith("Res", StringComparison.Ordinal))
                o.ResourceMetadata = new Uri("/x", UriKind.Relative);
            else
                o.RejectedTokenStatusCode = int.Parse(message[^3..]);
        }));

        Assert.Contains(message, exception.Message, StringComparison.Ordinal);
    }

    private Task<Answer> CallAsync(string? token, string? partner, string? region, string path = "")
    {
        var request = new HttpRequestMessage(HttpMethod.Get, new Uri(Server.ApiBaseAddress, path))
        {
            Headers = { Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token) },
        };
        foreach (var (name, value) in new[] { ("X-Partner", partner), ("X-Region", region) })
        {
            if (value is not null)
                request.Headers.Add(name, value);
        }

        return Caller.SendAsync(request);
    }
}
