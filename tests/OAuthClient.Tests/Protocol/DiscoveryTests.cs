using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using OAuthClient.Testing;

namespace OAuthClient.Tests.Protocol;

public sealed class DiscoveryTests
{
    [Fact]
    public async Task Issuer_ManyTokens_IsAskedOnce()
    {
        await using var app = await StartAsync();

        for (var i = 0; i < 5; i++)
            await app.Tokens.GetTokenAsync(TestApp.ClientName, new OAuth2TokenRequest { Scopes = [$"s{i}"] });

        Assert.Equal((1, 5), (app.Server.DiscoveryRequests, app.Server.TokenRequests));
    }

    [Fact]
    public async Task Issuer_NamesTheRevocationEndpointToo()
    {
        await using var app = await StartAsync();
        await app.Tokens.GetTokenAsync(TestApp.ClientName);

        await app.Tokens.RevokeAsync(TestApp.ClientName);

        Assert.Equal((1, 0), (app.Server.RevocationRequests, app.Server.LiveTokens));
    }

    [Fact]
    public async Task Issuer_BesideRevocationEndpoint_LeavesItAsItIs()
    {
        await using var other = await OAuth2TestServer.StartAsync();
        await using var app = await StartAsync(client => client.RevocationEndpoint = other.RevocationEndpoint);
        await app.Tokens.GetTokenAsync(TestApp.ClientName);

        await app.Tokens.RevokeAsync(TestApp.ClientName);

        Assert.Equal((1, 0), (other.RevocationRequests, app.Server.RevocationRequests));
    }

    [Fact]
    public async Task Issuer_BesideTokenEndpoint_IsNotAsked()
    {
        await using var app = await StartAsync(client => client.TokenEndpoint = new Uri(client.Issuer!.OriginalString));

        await app.Tokens.GetTokenAsync(TestApp.ClientName);

        Assert.Equal(0, app.Server.DiscoveryRequests);
    }

    [Fact]
    public async Task Issuer_SharedByTwoClients_LeavesEachItsOwnRevocationEndpoint()
    {
        await using var other = await OAuth2TestServer.StartAsync();
        await using var app = await StartAsync(client => client.RevocationEndpoint = other.RevocationEndpoint, AddBilling);
        await app.Tokens.GetTokenAsync(TestApp.ClientName);

        await app.Tokens.GetTokenAsync("billing");
        await app.Tokens.RevokeAsync("billing");

        Assert.Equal((0, 1), (other.RevocationRequests, app.Server.RevocationRequests));
        Assert.Equal(1, app.Server.DiscoveryRequests);
    }

    [Fact]
    public async Task Issuer_SharedWithAClientThatAllowsHttp_StaysStrictForTheOther()
    {
        await using var app = await StartAsync(client => client.AllowInsecureHttp = true, AddBilling);
        Answer(app, $$"""{"issuer":"{{app.Server.Issuer}}","token_endpoint":"http://idp.invalid/token"}""");
        var lax = await FailAsync(app);
        Assert.Contains("the host 'idp.invalid' is not known", lax.Message, StringComparison.Ordinal);

        // The outage that the first client met is remembered for the server.
        app.Clock.Advance(TimeSpan.FromSeconds(2));
        var strict = await FailAsync(app, "billing");

        Assert.Contains("names no token_endpoint that is an absolute https URI", strict.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"issuer":"https://evil.example","token_endpoint":"{0}"}""", "names the issuer 'https://evil.example'")]
    [InlineData("""{"issuer":"{0}/","token_endpoint":"{0}"}""", "names the issuer '{0}/'")]
    [InlineData("""{"token_endpoint":"{0}"}""", "names no issuer, or more than one")]
    [InlineData("""{"issuer":17,"token_endpoint":"{0}"}""", "names no issuer, or more than one")]
    [InlineData("""["{0}"]""", "names no issuer, or more than one")]
    [InlineData("""{"issuer":"{0}","issuer":"{0}","token_endpoint":"{0}"}""", "names no issuer, or more than one")]
    [InlineData("<html>Sign in</html>", "is no JSON")]
    [InlineData("", "is no JSON")]
    [InlineData("{\"issuer\":\"\u00ff", "is no JSON")]
    public async Task Metadata_ThatCannotBeUsed_IsReportedAndNoSecretIsSent(string metadata, string reason)
    {
        await using var app = await StartAsync();
        var issuer = app.Server.Issuer.AbsoluteUri;
        Answer(app, metadata.Replace("{0}", issuer, StringComparison.Ordinal));

        var exception = await FailAsync(app);

        reason = reason.Replace("{0}", issuer, StringComparison.Ordinal);
        Assert.Equal(
            $"OAuth2 client 'orders': the metadata {issuer}/.well-known/openid-configuration {reason}, "
            + $"and {app.Server.BaseAddress}.well-known/oauth-authorization-server/oauth2/token {reason}. Check Issuer, or set TokenEndpoint.",
            exception.Message);
        Assert.False(exception.IsTransient);
        Assert.Equal(0, app.Server.TokenRequests);
    }

    [Theory]
    [InlineData("")]
    [InlineData(",\"token_endpoint\":17")]
    [InlineData(",\"token_endpoint\":\"https://a.example\",\"token_endpoint\":\"https://b.example\"")]
    [InlineData(",\"token_endpoint\":\"/token\"")]
    [InlineData(",\"token_endpoint\":\"http://idp.example/token\"")]
    // A host whose name to look up would be too long.
    [InlineData(",\"token_endpoint\":\"https://a\u00e9000000000000000000000000000000000000000000000000000000000/token\"")]
    public async Task Metadata_WithoutUsableTokenEndpoint_IsReportedAndNoSecretIsSent(string endpoint)
    {
        await using var app = await StartAsync();
        Answer(app, $$"""{"issuer":"{{app.Server.Issuer}}"{{endpoint}}}""");

        var exception = await FailAsync(app);

        Assert.Equal(
            $"OAuth2 client 'orders': the metadata {app.Server.Issuer}/.well-known/openid-configuration names no token_endpoint that is an absolute https URI. Check Issuer, or set TokenEndpoint.",
            exception.Message);
        Assert.Equal((1, 0), (app.Server.DiscoveryRequests, app.Server.TokenRequests));
    }

    [Fact]
    public async Task Metadata_NotThere_IsReportedWithBothAddresses()
    {
        await using var app = await StartAsync();
        app.Server.DiscoveryBehavior.FailUntilCleared(404);

        var exception = await FailAsync(app);

        Assert.Equal(
            $"OAuth2 client 'orders': the metadata {app.Server.Issuer}/.well-known/openid-configuration answered 404, "
            + $"and {app.Server.BaseAddress}.well-known/oauth-authorization-server/oauth2/token answered 404. Check Issuer, or set TokenEndpoint.",
            exception.Message);
    }

    [Theory]
    [InlineData("//other.example/x")]
    [InlineData("//:/x")]
    public async Task Issuer_WhosePathBeginsWithTwoSlashes_IsAskedAndNoOtherHost(string path)
    {
        await using var app = await StartAsync(client => client.Issuer = new Uri(client.Issuer!.GetLeftPart(UriPartial.Authority) + path));

        var exception = await FailAsync(app);

        Assert.StartsWith($"OAuth2 client 'orders': the metadata {app.Server.BaseAddress.AbsoluteUri.TrimEnd('/')}{path}/.well-known/openid-configuration answered 404", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Metadata_UnderTheOtherAddress_IsFound()
    {
        var addresses = new List<string>();
        await using var app = await StartAsync(services: (server, services) => services
            .AddHttpClient(OAuth2Defaults.TokenEndpointHttpClientName)
            .AddHttpMessageHandler(() => new MetadataHandler(addresses, () => $$"""{"issuer":"{{server().Issuer}}","token_endpoint":"{{server().TokenEndpoint}}"}""")));

        Assert.NotNull(await app.Tokens.GetTokenAsync(TestApp.ClientName));
        Assert.Equal(["/oauth2/token/.well-known/openid-configuration", "/.well-known/oauth-authorization-server/oauth2/token"], addresses);
    }

    [Fact]
    public async Task Metadata_OutOfOrder_IsAskedForAgainAfterTheBackOff()
    {
        await using var app = await StartAsync();
        app.Server.DiscoveryBehavior.FailNext(1, 503);
        var exception = await FailAsync(app);

        Assert.True(exception.IsTransient);
        Assert.Equal($"OAuth2 client 'orders': the metadata {app.Server.Issuer}/.well-known/openid-configuration answered 503. It is out of order for now; the library asks again later.", exception.Message);
        Assert.Equal(1, app.Server.DiscoveryRequests);
        app.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.NotNull(await app.Tokens.GetTokenAsync(TestApp.ClientName));
    }

    [Fact]
    public async Task Metadata_AfterARecoveredFailure_IsAskedForAgain()
    {
        await using var app = await StartAsync();
        Answer(app, "{}");
        await FailAsync(app);

        app.Server.DiscoveryBehavior.Clear();
        app.Clock.Advance(TimeSpan.FromSeconds(1));

        Assert.NotNull(await app.Tokens.GetTokenAsync(TestApp.ClientName));
    }

    [Fact]
    public async Task Issuer_UnknownHost_NamesTheIssuerAsTheSettingToCheck()
    {
        await using var app = await StartAsync(client => client.Issuer = new Uri("https://does-not-exist.invalid"));

        var exception = await FailAsync(app);

        Assert.Equal("OAuth2 client 'orders': the host 'does-not-exist.invalid' is not known. Check Issuer, and that names are resolved here.", exception.Message);
        Assert.True(exception.IsTransient);
    }

    [Theory]
    [InlineData("http://localhost:2375/x")]
    [InlineData("http://127.0.0.1/x")]
    [InlineData("http://[::1]/x")]
    [InlineData("https://user:password@idp.example/x")]
    [InlineData("https://user@idp.example/x")]
    [InlineData("https://idp.example/x#y")]
    [InlineData("https://idp.example/x#")]
    public async Task Metadata_OfAnHttpsIssuer_NamesNoEndpointThatTheSettingsWouldRefuse(string endpoint)
    {
        var idp = new Idp($$"""{"issuer":"https://idp.example","token_endpoint":"{{endpoint}}"}""");
        await using var app = await StartAsync(
            client => client.Issuer = new Uri("https://idp.example"),
            (_, services) => services.AddHttpClient(OAuth2Defaults.TokenEndpointHttpClientName).AddHttpMessageHandler(() => idp));

        var exception = await FailAsync(app);

        Assert.Contains("names no token_endpoint that is an absolute https URI", exception.Message, StringComparison.Ordinal);
        Assert.Equal(0, idp.Posts);
    }

    [Fact]
    public async Task Metadata_OfAnHttpsIssuer_NamesAnotherHttpsHost()
    {
        var idp = new Idp("""{"issuer":"https://idp.example","token_endpoint":"https://sts.example/token"}""");
        await using var app = await StartAsync(
            client => client.Issuer = new Uri("https://idp.example"),
            (_, services) => services.AddHttpClient(OAuth2Defaults.TokenEndpointHttpClientName).AddHttpMessageHandler(() => idp));

        Assert.NotNull(await app.Tokens.GetTokenAsync(TestApp.ClientName));
        Assert.Equal(1, idp.Posts);
    }

    [Theory]
    [InlineData(404)]
    [InlineData(405)]
    [InlineData(410)]
    [InlineData(0)]
    public async Task Metadata_AfterTheTokenEndpointMoved_IsReadAgain(int status)
    {
        await using var other = await OAuth2TestServer.StartAsync();
        await using var app = await StartAsync(client => client.AllowInsecureHttp = true);
        if (status == 0)
            Answer(app, $$"""{"issuer":"{{app.Server.Issuer}}","token_endpoint":"http://idp.invalid/token"}""");
        else
            app.Server.TokenEndpointBehavior.FailUntilCleared(status);
        await FailAsync(app);
        Answer(app, $$"""{"issuer":"{{app.Server.Issuer}}","token_endpoint":"{{other.TokenEndpoint}}"}""");
        app.Clock.Advance(TimeSpan.FromMinutes(2));
        await FailAsync(app);
        Assert.Equal(1, app.Server.DiscoveryRequests);

        app.Clock.Advance(TimeSpan.FromMinutes(4));
        await app.Tokens.GetTokenAsync(TestApp.ClientName);

        Assert.Equal((2, 1), (app.Server.DiscoveryRequests, other.TokenRequests));
    }

    [Fact]
    public async Task Metadata_WhileTheTokenEndpointIsGone_IsReadEveryFewMinutesAtMost()
    {
        await using var app = await StartAsync();
        app.Server.TokenEndpointBehavior.FailUntilCleared(404);

        for (var minute = 0; minute < 60; minute++)
        {
            await FailAsync(app);
            app.Clock.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.InRange(app.Server.DiscoveryRequests, 6, 13);
    }

    [Fact]
    public async Task Metadata_IsReadOnceADay()
    {
        await using var app = await StartAsync();
        await app.GetTokenAsync("a");
        app.Clock.Advance(TimeSpan.FromHours(23));
        await app.GetTokenAsync("b");
        Assert.Equal(1, app.Server.DiscoveryRequests);

        app.Clock.Advance(TimeSpan.FromHours(2));
        await app.GetTokenAsync("c");

        Assert.Equal(2, app.Server.DiscoveryRequests);
    }

    [Theory]
    [InlineData(404)]
    [InlineData(503)]
    public async Task Metadata_ThatCannotBeReadAgain_StaysAsItWas(int status)
    {
        await using var app = await StartAsync();
        await app.GetTokenAsync("a");
        app.Server.DiscoveryBehavior.FailUntilCleared(status);
        app.Clock.Advance(TimeSpan.FromHours(25));

        await app.GetTokenAsync("b");
        await app.GetTokenAsync("c");

        Assert.Equal(3, app.Server.TokenRequests);
    }

    /// <summary>Starts an application whose client knows but the issuer. Services are configured before there is a server, and used after.</summary>
    private static async Task<TestApp> StartAsync(Action<OAuth2ClientOptions>? client = null, Action<Func<OAuth2TestServer>, IServiceCollection>? services = null)
    {
        TestApp? app = null;
        return app = await TestApp.StartAsync(
            client: options =>
            {
                (options.Issuer, options.TokenEndpoint, options.RevocationEndpoint) = (options.TokenEndpoint, null, null);
                client?.Invoke(options);
            },
            services: collection => services?.Invoke(() => app!.Server, collection));
    }

    private static void AddBilling(Func<OAuth2TestServer> server, IServiceCollection services) => services.AddOAuth2Client("billing", client =>
    {
        (client.Issuer, client.ClientId, client.ClientSecret) = (server().Issuer, OAuth2TestServer.DefaultClientId, OAuth2TestServer.DefaultClientSecret);

        // A token of its own: clients that ask for the same share one, and with it what the first was answered.
        client.Scopes.Add("billing");
    });

    private static void Answer(TestApp app, string metadata) => app.Server.DiscoveryBehavior.Override = context => context.Response.WriteAsync(metadata);

    private static Task<OAuth2TokenException> FailAsync(TestApp app, string client = TestApp.ClientName) =>
        Assert.ThrowsAsync<OAuth2TokenException>(async () => await app.Tokens.GetTokenAsync(client));

    /// <summary>An issuer at https://idp.example, and whatever host gives tokens.</summary>
    private sealed class Idp(string metadata) : DelegatingHandler
    {
        public int Posts { get; private set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (request.Method == HttpMethod.Post)
                Posts++;
            return Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK)
            {
                Content = new StringContent(request.Method == HttpMethod.Post ? "{\"access_token\":\"a\"}" : metadata, Encoding.UTF8, "application/json"),
            });
        }
    }

    /// <summary>Serves metadata where RFC 8414 has it, and nowhere else.</summary>
    private sealed class MetadataHandler(List<string> addresses, Func<string> metadata) : DelegatingHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (request.Method != HttpMethod.Get)
                return await base.SendAsync(request, cancellationToken);
            addresses.Add(request.RequestUri!.AbsolutePath);
            return addresses.Count == 1
                ? new HttpResponseMessage(HttpStatusCode.NotFound)
                : new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent(metadata(), Encoding.UTF8, "application/json") };
        }
    }
}
