using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using OAuthClient.Testing;

namespace OAuthClient.Tests.Protocol;

/// <summary>Grants that exchange one thing for a token.</summary>
public sealed class ExchangeGrantTests : IDisposable
{
    private const string Id = "exchanger";

    private readonly string _file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());

    [Fact]
    public async Task Get_ByTokenExchange_SendsSubjectAndActor()
    {
        await using var app = await StartAsync(GrantTypes.TokenExchange, (client, server) =>
        {
            client.SubjectToken = server.IssueToken(username: "alice");
            client.ActorToken = server.IssueToken();
            client.RequestedTokenType = "urn:ietf:params:oauth:token-type:jwt";
            client.Audience = "https://orders.example";
            client.Scopes.Add("orders:read");
        });

        var token = new JsonWebToken((await app.GetTokenAsync()).Value);

        var form = Assert.Single(app.Server.RecordedTokenRequests).Form;
        Assert.Equal("urn:ietf:params:oauth:token-type:access_token", form["subject_token_type"]);
        Assert.Equal("urn:ietf:params:oauth:token-type:access_token", form["actor_token_type"]);
        Assert.Equal(("urn:ietf:params:oauth:token-type:jwt", "https://orders.example", "orders:read"), (form["requested_token_type"], form["audience"], form["scope"]));
        Assert.Equal("alice", token.Subject);
        Assert.True(token.TryGetPayloadValue<object>("act", out _));
    }

    [Fact]
    public async Task Get_WithASubjectTokenInAFile_SendsWhatIsInTheFileNow()
    {
        await using var app = await StartAsync(GrantTypes.TokenExchange, (client, _) => client.SubjectTokenFile = _file);
        foreach (var user in new[] { "alice", "bob" })
        {
            File.WriteAllText(_file, app.Server.IssueToken(username: user) + "\n");
            Assert.Equal(user, new JsonWebToken((await app.ForceTokenAsync()).Value).Subject);
        }
    }

    /// <summary>Each user's token is the user's own, whoever asked before.</summary>
    [Fact]
    public async Task Get_WithASubjectTokenOfTheCall_IsAnsweredWithThatUsersToken()
    {
        await using var app = await StartAsync(GrantTypes.TokenExchange, (_, _) => { });
        var (alice, bob) = (app.Server.IssueToken(username: "alice"), app.Server.IssueToken(username: "bob"));

        for (var i = 0; i < 2; i++)
        {
            Assert.Equal("alice", new JsonWebToken((await GetAsync(new() { SubjectToken = alice })).Value).Subject);
            Assert.Equal("bob", new JsonWebToken((await GetAsync(new() { SubjectToken = bob })).Value).Subject);
        }

        Assert.Equal(2, app.Server.TokenRequests);

        async Task<OAuth2Token> GetAsync(OAuth2TokenRequest request) => await app.Tokens.GetTokenAsync(TestApp.ClientName, request);
    }

    /// <summary>What a call brings goes before what is set, and what is set need not be read then.</summary>
    [Fact]
    public async Task Get_WithASubjectTokenOfTheCallAndOneThatIsSet_SendsThatOfTheCall()
    {
        var reads = 0;
        await using var app = await StartAsync(GrantTypes.TokenExchange, (client, server) => client.SubjectTokenCallback = _ =>
        {
            reads++;
            return new(server.IssueToken(username: "bob"));
        });
        var alice = app.Server.IssueToken(username: "alice");

        var token = await app.Tokens.GetTokenAsync(TestApp.ClientName, new OAuth2TokenRequest { SubjectToken = alice });

        Assert.Equal("alice", new JsonWebToken(token.Value).Subject);
        Assert.Equal(0, reads);
    }

    /// <summary>What a call does not bring is no reason to use something else in its place.</summary>
    [Fact]
    public async Task Get_WithNothingToExchange_SaysSoAndSendsNothing()
    {
        await using var app = await StartAsync(GrantTypes.TokenExchange, (_, _) => { });

        var exception = await Assert.ThrowsAsync<OAuth2TokenException>(() => app.GetTokenAsync());

        Assert.Contains("the subject token cannot be read: SubjectToken is not set, and the call brings none. Check SubjectTokenFile or SubjectTokenCallback or SubjectTokenClient.", exception.Message, StringComparison.Ordinal);
        Assert.Equal(0, app.Server.TokenRequests);
    }

    [Theory]
    [InlineData(GrantTypes.JwtBearer)]
    [InlineData(GrantTypes.SamlBearer)]
    public async Task Get_ByAnAssertion_SendsIt(string grantType)
    {
        const string Saml = "PHNhbWw6QXNzZXJ0aW9uIHhtbG5zOnNhbWw9InVybjpvYXNpczpuYW1lczp0YzpTQU1MOjIuMDphc3NlcnRpb24iPjxzYW1sOlN1YmplY3Q-PHNhbWw6TmFtZUlEPmFsaWNlPC9zYW1sOk5hbWVJRD48L3NhbWw6U3ViamVjdD48L3NhbWw6QXNzZXJ0aW9uPg";
        await using var app = await StartAsync(grantType, (client, server) => client.Assertion = grantType == GrantTypes.SamlBearer ? Saml : server.IssueToken(username: "alice"));

        Assert.Equal("alice", new JsonWebToken((await app.GetTokenAsync()).Value).Subject);
    }

    /// <summary>A chain is two clients, each with a token of its own life.</summary>
    [Fact]
    public async Task Get_WithAnotherClientsToken_AsksForThatFirst()
    {
        await using var app = await StartAsync(
            GrantTypes.OrganizationSwitch,
            (client, _) => (client.SubjectTokenClient, client.SwitchingOrganization) = ("machine", "org-7"),
            hasMachine: true);

        var token = new JsonWebToken((await app.GetTokenAsync()).Value);
        await app.ForceTokenAsync();

        Assert.Equal("org-7", token.GetPayloadValue<string>("org_id"));
        Assert.Equal([GrantTypes.ClientCredentials, GrantTypes.OrganizationSwitch, GrantTypes.OrganizationSwitch], app.Server.RecordedTokenRequests.Select(request => request.Form["grant_type"]));
        Assert.Equal(app.Server.RecordedTokenRequests[1].Form["token"], app.Server.RecordedTokenRequests[2].Form["token"]);
    }

    /// <summary>The failure of a chain's first part is remembered there, and the other part goes on at once.</summary>
    [Fact]
    public async Task Get_WhereTheOtherClientGetsNoToken_TellsOfItAndRecoversWithIt()
    {
        await using var app = await StartAsync(
            GrantTypes.OrganizationSwitch,
            (client, _) => (client.SubjectTokenClient, client.SwitchingOrganization) = ("machine", "org-7"),
            hasMachine: true);
        app.Server.TokenEndpointBehavior.FailNext(1, 503);

        var exception = await Assert.ThrowsAsync<OAuth2TokenException>(() => app.GetTokenAsync());
        app.Clock.Advance(TimeSpan.FromSeconds(2));

        Assert.Contains("the subject token could not be had: OAuth2 client 'machine': the token endpoint ", exception.Message, StringComparison.Ordinal);
        Assert.True(exception.IsTransient);
        await app.GetTokenAsync();
    }

    [Theory]
    [InlineData("orders", "It exchanges a token that in the end is its own")]
    [InlineData("machine", "It exchanges a token that in the end is its own")]
    [InlineData("nobody", "It exchanges the token of the client 'nobody', which is not registered.")]
    public void Start_WithClientsThatLeadNowhere_SaysSo(string subject, string says)
    {
        var services = new ServiceCollection();
        services.AddOAuth2Client("orders", options => Configure(options, subject));
        services.AddOAuth2Client("machine", options => Configure(options, "orders"));
        using var provider = services.BuildServiceProvider();
        var monitor = provider.GetRequiredService<IOptionsMonitor<OAuth2ClientOptions>>();

        var exceptions = new[] { "orders", "machine" }.Select(name => Record.Exception(() => monitor.Get(name))?.Message ?? "");

        Assert.Contains(exceptions, message => message.Contains(says, StringComparison.Ordinal));

        static void Configure(OAuth2ClientOptions options, string subject) =>
            (options.TokenEndpoint, options.ClientId, options.ClientSecret, options.GrantType, options.SubjectTokenClient) = (new Uri("https://idp.example/token"), "id", "secret", GrantTypes.TokenExchange, subject);
    }

    /// <summary>Whose token is exchanged, and for whom somebody acts, are not the same.</summary>
    [Fact]
    public void Key_OfTheSameClientAsSubjectAndAsActor_Differs()
    {
        var call = new OAuth2TokenRequest { SubjectToken = "user" };

        Assert.NotEqual(GetKey(options => options.SubjectTokenClient = "machine"), GetKey(options => options.ActorTokenClient = "machine"));

        string GetKey(Action<OAuth2ClientOptions> configure)
        {
            var options = new OAuth2ClientOptions { TokenEndpoint = new Uri("https://idp.example/token"), ClientId = "id", ClientSecret = "secret", GrantType = GrantTypes.TokenExchange };
            configure(options);
            return new TokenSpec(new ClientProtocol(new ClientSettings("orders", options, (_, _, _) => new("token"))), call).Key;
        }
    }

    [Fact]
    public async Task Get_WithASubjectTokenThatTheParametersHoldToo_IsAnError()
    {
        await using var app = await StartAsync(GrantTypes.TokenExchange, (client, _) => (client.Parameters["subject_token"], client.Parameters["subject_token_type"]) = ("theirs", "urn:ietf:params:oauth:token-type:access_token"));

        var exception = await Assert.ThrowsAsync<OAuth2TokenException>(() => app.Tokens.GetTokenAsync(TestApp.ClientName, new OAuth2TokenRequest { SubjectToken = "ours" }).AsTask());

        Assert.Contains("the call brings it, and Parameters holds 'subject_token' too", exception.Message, StringComparison.Ordinal);
        Assert.Equal(0, app.Server.TokenRequests);
    }

    /// <summary>A user's token that nobody exchanges must not become a call with the machine's.</summary>
    [Fact]
    public async Task Call_WithASubjectTokenThatTheGrantDoesNotSend_IsNotMade()
    {
        await using var app = await TestApp.StartAsync();
        using var http = app.CreateClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri("orders", UriKind.Relative)).SetOAuth2TokenRequest(new OAuth2TokenRequest { SubjectToken = "user" });

        var exception = await Assert.ThrowsAsync<InvalidOperationException>(() => http.SendAsync(request));

        Assert.Contains("GrantType 'client_credentials' sends none", exception.Message, StringComparison.Ordinal);
        Assert.Equal((0, 0), (app.Server.TokenRequests, app.Server.ApiCalls));
    }

    /// <summary>Two clients that change places in one reload are no circle.</summary>
    [Fact]
    public void Reload_ThatTurnsAChainRound_IsNoCircle()
    {
        var registrations = new HandlerRegistrations();
        registrations.AddClient("a");
        registrations.AddClient("b");

        Assert.Null(registrations.FindProblem("a", ["b"]));
        Assert.NotNull(registrations.FindProblem("b", ["a"]));
        Assert.Null(registrations.FindProblem("a", []));
        Assert.Null(registrations.FindProblem("b", ["a"]));
    }

    [Fact]
    public async Task Get_WithATokenBindingId_SendsItWithEveryRequest()
    {
        await using var app = await TestApp.StartAsync(
            server => (server.TokenBindings, server.ReissueBehavior) = (true, ReissueBehavior.RevokePrevious),
            client => client.TokenBindingId = "auto");
        await using var another = app.StartAnother(client => client.TokenBindingId = "instance-2");
        using var http = app.CreateClient();
        await http.GetStringAsync(new Uri("orders", UriKind.Relative));

        await another.GetTokenAsync();
        await http.GetStringAsync(new Uri("orders", UriKind.Relative));

        Assert.Equal(2, app.Server.TokenRequests);
        Assert.Equal("instance-2", app.Server.RecordedTokenRequests[1].Form["tokenBindingId"]);
        Assert.Equal(32, app.Server.RecordedTokenRequests[0].Form["tokenBindingId"].Length);
    }

    public void Dispose() => File.Delete(_file);

    private static Task<TestApp> StartAsync(string grantType, Action<OAuth2ClientOptions, OAuth2TestServer> client, bool hasMachine = false)
    {
        OAuth2TestServer server = null!;
        return TestApp.StartAsync(
            options =>
            {
                options.Users.Add(new TestUser("alice", "alice-password"));
                options.Users.Add(new TestUser("bob", "bob-password"));
                options.Organizations.Add("org-7");
                options.Clients.Add(new TestClient(OAuth2TestServer.DefaultClientId, OAuth2TestServer.DefaultClientSecret) { GrantTypes = { grantType } });
            },
            options =>
            {
                options.GrantType = grantType;
                client(options, server);
            },
            services =>
            {
                if (hasMachine)
                    services.AddOAuth2Client("machine", options => (options.TokenEndpoint, options.ClientId, options.ClientSecret) = (server.TokenEndpoint, OAuth2TestServer.DefaultClientId, OAuth2TestServer.DefaultClientSecret));
            },
            started => server = started);
    }
}
