using Microsoft.Extensions.DependencyInjection;

namespace OAuthClient.Tests.Protocol;

/// <summary>What a server says of a token (RFC 7662 §2.2).</summary>
public sealed class IntrospectionTests
{
    [Fact]
    public async Task Introspect_EveryMember_IsRead()
    {
        var said = await ReadAsync("""
            {"active":false,"scope":"read write","client_id":"app","username":"alice","token_type":"DPoP","sub":"4711","iss":"https://idp.example/",
             "aud":["orders",7,"billing"],"iat":1700000000,"exp":1700003600.5}
            """);

        Assert.False(said.IsActive);
        Assert.Equal(("read write", "app", "alice", "DPoP", "4711", "https://idp.example/"), (said.Scope, said.ClientId, said.Username, said.TokenType, said.Subject, said.Issuer));
        Assert.Equal(["orders", "billing"], said.Audience);
        Assert.Equal((DateTimeOffset.FromUnixTimeSeconds(1_700_000_000), DateTimeOffset.FromUnixTimeMilliseconds(1_700_003_600_500)), (said.IssuedAt, said.ExpiresAt));
    }

    [Fact]
    public async Task Introspect_AnAudienceThatIsOneText_IsThatOne() => Assert.Equal(["orders"], (await ReadAsync("""{"active":true,"aud":"orders"}""")).Audience);

    /// <summary>What is of no use beside the answer to the question does no harm.</summary>
    [Theory]
    [InlineData("""{"active":true}""")]
    [InlineData("""{"active":true,"scope":7,"client_id":null,"username":[],"token_type":{},"sub":1,"iss":true,"aud":4,"iat":"1700000000","exp":[]}""")]
    [InlineData("""{"active":true,"scope":"\ud800","aud":["\ud800"],"iat":-1,"exp":253402300800}""")]
    [InlineData("""{"active":true,"iat":1e300,"exp":-1e300}""")]
    public async Task Introspect_MembersOfNoUse_AreLeftOut(string answer)
    {
        var said = await ReadAsync(answer);

        Assert.True(said.IsActive);
        Assert.All(new object?[] { said.Scope, said.ClientId, said.Username, said.TokenType, said.Subject, said.Issuer, said.IssuedAt, said.ExpiresAt }, Assert.Null);
        Assert.Empty(said.Audience);
    }

    [Fact]
    public async Task Introspect_WithAnotherScopeOfAnotherClient_AsksOfItsToken()
    {
        await using var app = await TestApp.StartAsync(client: UseEndpoint, services: services => services.AddOAuth2Client("billing", static (provider, options) =>
        {
            var orders = provider.GetRequiredService<Microsoft.Extensions.Options.IOptionsMonitor<OAuth2ClientOptions>>().Get(TestApp.ClientName);
            (options.TokenEndpoint, options.ClientId, options.ClientSecret) = (orders.TokenEndpoint, orders.ClientId, orders.ClientSecret);
            (options.IntrospectionEndpoint, options.Parameters["of"]) = (orders.IntrospectionEndpoint, "billing");
        }));

        var said = await app.Tokens.IntrospectAsync(TestApp.ClientName, new OAuth2TokenRequest { ClientName = "billing", Scopes = ["write"] });

        Assert.Equal((true, "write"), (said.IsActive, said.Scope));
        Assert.Equal("billing", Assert.Single(app.Server.RecordedTokenRequests).Form["of"]);
        var request = Assert.Single(app.Server.RecordedIntrospectionRequests);
        Assert.Equal("access_token", request.Form["token_type_hint"]);
        Assert.StartsWith("Basic ", request.Headers["Authorization"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Introspect_WhereItsOwnClientKnowsNoEndpoint_SaysWhoLacksOne()
    {
        await using var app = await TestApp.StartAsync(client: UseEndpoint, services: services =>
            services.AddOAuth2Client("billing", options => (options.TokenEndpoint, options.ClientId, options.ClientSecret) = (new Uri("https://idp.example/token"), "a", "s")));

        var exception = await Assert.ThrowsAsync<InvalidOperationException>(() => app.Tokens.IntrospectAsync(TestApp.ClientName, new OAuth2TokenRequest { ClientName = "billing" }).AsTask());

        Assert.StartsWith("OAuth2 client 'billing' has no introspection endpoint.", exception.Message, StringComparison.Ordinal);
        Assert.Equal(0, app.Server.TokenRequests);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Introspect_OfAnIssuersClient_GoesWhereTheMetadataSaysUnlessItIsSet(bool isSet)
    {
        await using var app = await TestApp.StartAsync(client: client =>
        {
            (client.Issuer, client.TokenEndpoint, client.RevocationEndpoint) = (client.TokenEndpoint, null, null);
            client.IntrospectionEndpoint = isSet ? new Uri("http://127.0.0.1:1/introspect") : null;
        });

        var said = await Record.ExceptionAsync(() => app.Tokens.IntrospectAsync(TestApp.ClientName).AsTask());

        Assert.Equal((isSet ? 0 : 1, isSet), (app.Server.IntrospectionRequests, said?.Message.Contains("http://127.0.0.1:1/introspect cannot be reached. Check IntrospectionEndpoint", StringComparison.Ordinal) ?? false));
    }

    /// <summary>Nobody has set that address: it comes from the issuer's metadata.</summary>
    [Fact]
    public async Task Introspect_WhereTheMetadataLeadsNowhere_NamesTheIssuer()
    {
        await using var app = await TestApp.StartAsync(client: client => (client.Issuer, client.TokenEndpoint, client.RevocationEndpoint) = (client.TokenEndpoint, null, null));
        await app.GetTokenAsync();
        app.Server.IntrospectionEndpointBehavior.AbortConnections = true;

        var exception = await Assert.ThrowsAsync<OAuth2TokenException>(() => app.Tokens.IntrospectAsync(TestApp.ClientName).AsTask());

        Assert.EndsWith("/introspect broke before an answer came. If that lasts, check scheme and port in Issuer.", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Introspect_OfAProvidersClient_GoesBesideItsTokenEndpointUnlessItIsSet()
    {
        var (provided, set) = (new OAuth2ClientOptions().UseAsgardeo("acme"), new OAuth2ClientOptions { IntrospectionEndpoint = new Uri("https://idp.example/ask") }.UseAsgardeo("acme"));

        new OAuth2ClientOptionsDefaults().PostConfigure("orders", provided);
        new OAuth2ClientOptionsDefaults().PostConfigure("orders", set);

        Assert.Equal(("https://api.asgardeo.io/t/acme/oauth2/introspect", "https://idp.example/ask"), (provided.IntrospectionEndpoint?.AbsoluteUri, set.IntrospectionEndpoint?.AbsoluteUri));
    }

    [Fact]
    public void Introspect_AtAnAddressInClear_IsAnErrorAtTheStart() =>
        Assert.Contains(
            "IntrospectionEndpoint must be an absolute https URI, but is 'http://idp.example/ask'.",
            new OAuth2ClientOptionsValidator().Validate("orders", new OAuth2ClientOptions { IntrospectionEndpoint = new Uri("http://idp.example/ask") }).FailureMessage,
            StringComparison.Ordinal);

    private static async Task<OAuth2TokenIntrospection> ReadAsync(string answer)
    {
        await using var app = await TestApp.StartAsync(client: UseEndpoint);
        app.Server.IntrospectionEndpointBehavior.FailNext(1, 200, answer, "application/json");
        return await app.Tokens.IntrospectAsync(TestApp.ClientName);
    }

    private static void UseEndpoint(OAuth2ClientOptions client) => client.IntrospectionEndpoint = new Uri(client.TokenEndpoint!, "introspect");
}
