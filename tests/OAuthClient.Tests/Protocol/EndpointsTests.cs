using Microsoft.AspNetCore.Http;
using OAuthClient.Testing;

namespace OAuthClient.Tests.Protocol;

/// <summary>Which endpoints a client's requests go to, by its settings and by what an issuer says of itself.</summary>
public sealed class EndpointsTests
{
    private const string All = """
        "token_endpoint":"https://sts.example/token","revocation_endpoint":"https://sts.example/revoke","introspection_endpoint":"https://sts.example/introspect",
        "device_authorization_endpoint":"https://sts.example/device","authorization_endpoint":"https://sts.example/authorize"
        """;

    [Fact]
    public async Task Find_OfAnIssuer_IsWhatItsMetadataNames()
    {
        await using var stage = await Stage.StartAsync(All);

        var endpoints = await stage.FindAsync();

        Assert.Equal(
            ("https://sts.example/token", "https://sts.example/revoke", "https://sts.example/introspect", "https://sts.example/device", "https://sts.example/authorize"),
            (endpoints.Token?.AbsoluteUri, endpoints.Revocation?.AbsoluteUri, endpoints.Introspection?.AbsoluteUri, endpoints.DeviceAuthorization?.AbsoluteUri, endpoints.Authorization?.AbsoluteUri));
        Assert.Equal(stage.Server.Issuer.OriginalString, endpoints.Issuer);
        Assert.False(endpoints.TakesPostAlone);
    }

    [Fact]
    public async Task Find_OfAnIssuerThatNamesTheTokenEndpointAlone_HasNoOther()
    {
        await using var stage = await Stage.StartAsync("\"token_endpoint\":\"https://sts.example/token\"");

        var endpoints = await stage.FindAsync();

        Assert.Equal((null, null, null, null), (endpoints.Revocation, endpoints.Introspection, endpoints.DeviceAuthorization, endpoints.Authorization));
    }

    [Fact]
    public async Task Find_OfAnIssuersClientWithEndpointsOfItsOwn_IsThose()
    {
        await using var stage = await Stage.StartAsync(All);

        var endpoints = await stage.FindAsync(client => (client.RevocationEndpoint, client.IntrospectionEndpoint, client.DeviceAuthorizationEndpoint) =
            (new Uri("https://own.example/r"), new Uri("https://own.example/i"), new Uri("https://own.example/d")));

        Assert.Equal(
            ("https://own.example/r", "https://own.example/i", "https://own.example/d"),
            (endpoints.Revocation?.AbsoluteUri, endpoints.Introspection?.AbsoluteUri, endpoints.DeviceAuthorization?.AbsoluteUri));
    }

    [Fact]
    public async Task Find_OfATokenEndpoint_AsksNobody()
    {
        await using var stage = await Stage.StartAsync(All);

        var endpoints = await stage.FindAsync(client => (client.TokenEndpoint, client.RevocationEndpoint, client.IntrospectionEndpoint, client.DeviceAuthorizationEndpoint) =
            (new Uri("https://own.example/token"), new Uri("https://own.example/r"), new Uri("https://own.example/i"), new Uri("https://own.example/d")));

        Assert.Equal(
            ("https://own.example/token", "https://own.example/r", "https://own.example/i", "https://own.example/d", "https://own.example/authorize"),
            (endpoints.Token?.AbsoluteUri, endpoints.Revocation?.AbsoluteUri, endpoints.Introspection?.AbsoluteUri, endpoints.DeviceAuthorization?.AbsoluteUri, endpoints.Authorization?.AbsoluteUri));
        Assert.Equal((stage.Server.Issuer.OriginalString, 0), (endpoints.Issuer, stage.Server.DiscoveryRequests));
    }

    /// <summary>There may be endpoints of their own for clients that present a certificate (RFC 8705 §5), and for nobody else.</summary>
    [Theory]
    [InlineData(true, "https://mtls.example/token", "https://mtls.example/revoke", "https://sts.example/introspect")]
    [InlineData(false, "https://sts.example/token", "https://sts.example/revoke", "https://sts.example/introspect")]
    public async Task Find_ForACertificate_IsTheAliasWhereThereIsOne(bool hasCertificate, string token, string revocation, string introspection)
    {
        await using var stage = await Stage.StartAsync(All + ",\"mtls_endpoint_aliases\":{\"token_endpoint\":\"https://mtls.example/token\",\"revocation_endpoint\":\"https://mtls.example/revoke\"}");

        var endpoints = await stage.FindAsync(hasCertificate: hasCertificate);

        Assert.Equal((token, revocation, introspection), (endpoints.Token?.AbsoluteUri, endpoints.Revocation?.AbsoluteUri, endpoints.Introspection?.AbsoluteUri));
    }

    [Theory]
    [InlineData("[\"client_secret_post\"]", true)]
    [InlineData("[\"client_secret_post\",\"private_key_jwt\"]", true)]
    [InlineData("[\"client_secret_post\",\"client_secret_basic\"]", false)]
    [InlineData("[\"client_secret_basic\"]", false)]
    [InlineData("[\"private_key_jwt\"]", false)]
    [InlineData("[7,null]", false)]
    [InlineData("\"client_secret_post\"", false)]
    public async Task Find_OfAnIssuerThatTellsHowClientsProveThemselves_KnowsWhoTakesAFormAlone(string methods, bool takesPostAlone)
    {
        await using var stage = await Stage.StartAsync($"{All},\"token_endpoint_auth_methods_supported\":{methods}");

        Assert.Equal(takesPostAlone, (await stage.FindAsync()).TakesPostAlone);
    }

    /// <summary>A document with half a character in it is believed in nothing.</summary>
    [Theory]
    [InlineData("token_endpoint")]
    [InlineData("introspection_endpoint")]
    [InlineData("authorization_endpoint")]
    public async Task Find_OfMetadataWithHalfACharacter_IsAFailure(string member)
    {
        await using var stage = await Stage.StartAsync(string.Join(',', All.Split(',').Where(part => !part.Contains(member, StringComparison.Ordinal)).Append($"\"{member}\":\"https://sts.example/\\ud800\"")));

        var (endpoints, failure) = await stage.TryFindAsync();

        Assert.Null(endpoints);
        Assert.StartsWith($"the metadata {stage.Server.Issuer}/.well-known/openid-configuration is no JSON, and ", failure!.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(503)]
    public async Task Find_OfAnIssuerThatIsOutOfOrder_IsAFailureThatPasses(int status)
    {
        await using var stage = await Stage.StartAsync(All);
        stage.Server.DiscoveryBehavior.Override = null;
        stage.Server.DiscoveryBehavior.FailUntilCleared(status);

        var (_, failure) = await stage.TryFindAsync();

        Assert.Equal($"the metadata {stage.Server.Issuer}/.well-known/openid-configuration answered {status}. It is out of order for now; the library asks again later.", failure!.Message);
        Assert.Equal((true, 1), (failure.IsTransient, stage.Server.DiscoveryRequests));
    }

    [Fact]
    public async Task Find_ADayLater_ReadsTheMetadataAgainAndNotBefore()
    {
        await using var stage = await Stage.StartAsync(All);
        await stage.FindAsync();

        await stage.AssertReadAgainAfterAsync(TimeSpan.FromDays(1));
    }

    /// <summary>What the metadata names was not there: it is read again, five minutes after it was read last.</summary>
    [Fact]
    public async Task Find_OfWhatIsDoubted_ReadsTheMetadataAgainInMinutes()
    {
        await using var stage = await Stage.StartAsync(All);
        stage.Doubt();
        await stage.FindAsync();

        stage.Doubt();
        stage.Doubt();

        await stage.AssertReadAgainAfterAsync(TimeSpan.FromMinutes(5));
    }

    /// <summary>A server whose metadata holds those members, and what finds its endpoints.</summary>
    private sealed class Stage(OAuth2TestServer server) : IAsyncDisposable
    {
        private readonly ManualTimeProvider _clock = new();
        private Discovery? _discovery;

        public OAuth2TestServer Server => server;

        private Discovery Discovery => _discovery ??= new(new Transport(static () => new HttpClient()), _clock);

        public static async Task<Stage> StartAsync(string members)
        {
            var server = await OAuth2TestServer.StartAsync();
            server.DiscoveryBehavior.Override = context => context.Response.WriteAsync($"{{\"issuer\":\"{server.Issuer}\",{members}}}");
            return new Stage(server);
        }

        public async Task<Endpoints> FindAsync(Action<OAuth2ClientOptions>? set = null, bool hasCertificate = false)
        {
            var (endpoints, failure) = await TryFindAsync(set, hasCertificate);
            Assert.Null(failure);
            return endpoints!;
        }

        public ValueTask<(Endpoints? Endpoints, TokenFailure? Failure)> TryFindAsync(Action<OAuth2ClientOptions>? set = null, bool hasCertificate = false) =>
            Discovery.FindAsync(Create(set), hasCertificate, async: true, default);

        /// <summary>Metadata that has been read once is read a second time then, and no sooner.</summary>
        public async Task AssertReadAgainAfterAsync(TimeSpan time)
        {
            _clock.Advance(time - TimeSpan.FromTicks(1));
            await FindAsync();
            Assert.Equal(1, server.DiscoveryRequests);

            _clock.Advance(TimeSpan.FromTicks(1));
            await FindAsync();
            await FindAsync();
            Assert.Equal(2, server.DiscoveryRequests);
        }

        public void Doubt() => Discovery.Doubt(Create(null));

        public ValueTask DisposeAsync() => server.DisposeAsync();

        private ClientSettings Create(Action<OAuth2ClientOptions>? set)
        {
            var options = new OAuth2ClientOptions { Issuer = server.Issuer, ClientId = "id" };
            set?.Invoke(options);
            return new ClientSettings("orders", options);
        }
    }
}
