using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using OAuthClient.Testing;

namespace OAuthClient.OpenApi.Tests;

/// <summary>Calls over HTTP whose tokens have the scopes of their operations.</summary>
public sealed class ScopesTests
{
    private const string Shelves = """
        openapi: 3.0.3
        info: {title: Shelves, version: v1}
        servers: [{url: 'https://api.acme.dev/api'}]
        security: [{OAuth2Security: [all]}]
        paths:
          /shelves:
            get: {security: [{OAuth2Security: [shelves_read]}], responses: {}}
            post: {security: [{ApiKeyAuth: []}, {OAuth2Security: [shelves_read, shelves_write]}], responses: {}}
          /shelves/{shelf}:
            get: {security: [{OAuth2Security: [shelf_read]}], responses: {}}
          /shelves/new:
            get: {security: [{OAuth2Security: [new_read]}], responses: {}}
          /open:
            get: {security: [], responses: {}}
          /empty:
            get: {security: [{OAuth2Security: [""]}], responses: {}}
          /inherited:
            get: {responses: {}}
        components:
          securitySchemes:
            OAuth2Security: {type: oauth2, flows: {clientCredentials: {tokenUrl: 'https://sts.acme.dev/oauth2/token', scopes: {}}}}
            ApiKeyAuth: {type: apiKey, in: header, name: apikey}
        """;

    /// <summary>Bijira's story: the header's name, the address and the token URL come from the API's document, and so do the scopes.</summary>
    [Fact]
    public async Task Api_WhoseHeaderTheDocumentNames_IsCalledWithItAndItsOperationsScopes()
    {
        await using var server = await StartAsync(o =>
        {
            o.HeaderName = "X-Warehouse-Token";
            (o.ApiKeyHeaderName, o.ApiKey) = ("warehouse-key", "key");
            o.RequiredScopes["/api/shelves"] = "urn:acme:warehouse:shelves_read";
        }, "urn:acme:warehouse:shelves_read", "urn:acme:warehouse:shelves_write");
        MemoryStream Document() => App.Open("bijira.json", ("https://5f0c-prod.e1-us-east-azure.bijiraapis.dev/warehouse/v1.0", server.ApiBaseAddress), ("https://5f0c-prod.e1-us-east-azure.choreosts.dev/oauth2/token", server.TokenEndpoint));
        await using var app = new App(o =>
        {
            o.ApiKey = "key";
            o.UseOpenApi(Document(), server.TokenEndpoint.GetLeftPart(UriPartial.Authority));
        }, http => http.UseOpenApiScopes(Document()));
        using var client = app.CreateClient();

        using var listed = await client.GetAsync(new Uri("shelves", UriKind.Relative));
        using var added = await client.PostAsync(new Uri("shelves", UriKind.Relative), null);
        using var again = await client.GetAsync(new Uri("shelves?page=2", UriKind.Relative));

        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.OK], [listed.StatusCode, added.StatusCode, again.StatusCode]);
        Assert.Equal(["urn:acme:warehouse:shelves_read", "urn:acme:warehouse:shelves_read urn:acme:warehouse:shelves_write"], ScopesOf(server));
        Assert.All(server.RecordedApiCalls, call => Assert.False(call.Headers.ContainsKey("Authorization")));
    }

    [Theory]
    [InlineData("GET", "shelves", "shelves_read")]
    [InlineData("GET", "shelves/", "shelves_read")]
    [InlineData("POST", "shelves", "shelves_read shelves_write")] // The first way in takes a key alone.
    [InlineData("GET", "shelves/7", "shelf_read")]
    [InlineData("GET", "shelves/new", "new_read")] // The most specific template.
    [InlineData("GET", "inherited", "all")]
    [InlineData("GET", "open", "own")]
    [InlineData("GET", "empty", "own")]
    [InlineData("DELETE", "shelves", "own")]
    [InlineData("GET", "unknown", "own")]
    [InlineData("GET", "shelves/7/books", "own")]
    public async Task Call_OfAnOperation_AsksForItsScopes(string method, string path, string scopes)
    {
        await using var server = await StartAsync();
        await using var app = Start(server, http => http.UseOpenApiScopes(App.ToStream(Shelves)));
        using var client = app.CreateClient();

        using var response = await client.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));

        Assert.Equal([scopes], ScopesOf(server));
    }

    [Fact]
    public async Task Call_WithoutAsync_AsksForItsScopes()
    {
        await using var server = await StartAsync();
        await using var app = Start(server, http => http.UseOpenApiScopes(App.ToStream(Shelves)));
        using var client = app.CreateClient();

        using var response = client.Send(new HttpRequestMessage(HttpMethod.Get, "shelves"));

        Assert.Equal(["shelves_read"], ScopesOf(server));
    }

    [Fact]
    public async Task Call_WithScopesOfItsOwn_KeepsThem()
    {
        await using var server = await StartAsync();
        await using var app = Start(server, http => http.UseOpenApiScopes(App.ToStream(Shelves)));
        using var client = app.CreateClient();

        using var own = await client.SendAsync(new HttpRequestMessage(HttpMethod.Get, "shelves").SetOAuth2TokenRequest(new() { Scopes = ["mine"] }));
        using var none = await client.SendAsync(new HttpRequestMessage(HttpMethod.Get, "shelves").SetOAuth2TokenRequest(new() { NoToken = true }));

        Assert.Equal(["mine"], ScopesOf(server));
        Assert.Equal(HttpStatusCode.Unauthorized, none.StatusCode);
    }

    [Fact]
    public async Task Call_ThatAsksForSomethingElse_AsksForTheScopesToo()
    {
        await using var server = await StartAsync();
        await using var app = Start(server, http => http.UseOpenApiScopes(App.ToStream(Shelves)), services => services.AddOAuth2Client("billing", o => Configure(o, server)));
        using var client = app.CreateClient();
        var own = new OAuth2TokenRequest
        {
            ForceNewToken = true,
            ClientName = "billing",
            Audience = "https://api.acme.dev",
            Resources = ["https://api.acme.dev/shelves"],
            Parameters = new Dictionary<string, string> { ["org"] = "acme" },
        };

        for (var i = 0; i < 2; i++)
        {
            using var response = await client.SendAsync(new HttpRequestMessage(HttpMethod.Get, "shelves").SetOAuth2TokenRequest(own));
        }

        Assert.Equal(2, server.TokenRequests);
        Assert.All(server.RecordedTokenRequests, request => Assert.Equal(("shelves_read", "https://api.acme.dev", "https://api.acme.dev/shelves", "acme"), (request.Form["scope"], request.Form["audience"], request.Form["resource"], request.Form["org"])));
    }

    /// <summary>What a call brings to be exchanged is exchanged for a token with the operation's scopes.</summary>
    [Fact]
    public async Task Call_ThatBringsATokenToExchange_AsksForTheScopesToo()
    {
        await using var server = await StartAsync();
        await using var app = new App(o =>
        {
            Configure(o, server);
            o.GrantType = GrantTypes.TokenExchange;
        }, http => http.UseOpenApiScopes(App.ToStream(Shelves)));
        using var client = app.CreateClient();

        await Assert.ThrowsAsync<OAuth2TokenException>(() => client.SendAsync(new HttpRequestMessage(HttpMethod.Get, "shelves").SetOAuth2TokenRequest(new() { SubjectToken = "subject", ActorToken = "actor" })));

        var form = Assert.Single(server.RecordedTokenRequests).Form;
        Assert.Equal(("shelves_read", "subject", "actor"), (form["scope"], form["subject_token"], form["actor_token"]));
    }

    [Fact]
    public async Task Clients_WithoutADocument_HaveTheirOwnScopes()
    {
        await using var server = await StartAsync();
        await using var app = Start(server, http => http.UseOpenApiScopes(App.ToStream(Shelves)), services => services.AddOAuth2Client("billing", o => Configure(o, server)));
        using var client = app.CreateClient("billing");

        using var response = await client.GetAsync(new Uri("shelves", UriKind.Relative));

        Assert.Equal(["own"], ScopesOf(server));
    }

    /// <summary>The base address counts where the HttpClient alone has it, and so do the paths of the document's servers, on all origins that may see the token.</summary>
    [Fact]
    public async Task Paths_AfterAnyBasePath_AreFound()
    {
        await using var server = await StartAsync();
        await using var app = Start(server, _ => { }, services => services
            .AddHttpClient("reports", c => c.BaseAddress = new Uri(server.ApiBaseAddress, "reports/v2/")).AddOAuth2Handler("orders")
            .UseOpenApiScopes(App.ToStream(Shelves.Replace("https://api.acme.dev/api", "https://{region}.acme.dev/api/eu", StringComparison.Ordinal) + "\nx-wso2-basePath: api/asia\n")));
        using var client = app.CreateClient("reports");

        foreach (var path in (string[])["shelves", "/api/eu/shelves/new", "/api/asia/shelves/7", "/api/asia-shelves"])
        {
            using var response = await client.GetAsync(new Uri(path, UriKind.Relative));
        }

        Assert.Equal(["shelves_read", "new_read", "shelf_read", "own"], ScopesOf(server));
    }

    /// <summary>A developer portal renames the scheme and leaves the operations as they were; API Manager says in its own words what is open.</summary>
    [Fact]
    public async Task Scopes_OfApiManagersExport_AreThoseOfTheSchemeThatIsNowhere()
    {
        await using var server = await StartAsync();
        await using var app = Start(server, http => http.UseOpenApiScopes(App.Open("apim.yaml", ("default:\n      type: oauth2", "OAuth2Security:\n      type: oauth2"))));
        using var client = app.CreateClient();

        foreach (var path in (string[])["loaves", "opening-hours", "bakery/1.0.0/loaves", "rolls/7"])
        {
            using var response = await client.GetAsync(new Uri(path, UriKind.Relative));
        }

        Assert.Equal(["loaves_read", "own"], ScopesOf(server));
    }

    [Fact]
    public async Task Security_ThatIsDisabled_LeavesTheClientsScopes()
    {
        await using var server = await StartAsync();
        await using var app = Start(server, http => http.UseOpenApiScopes(App.ToStream($"{Shelves}\nx-wso2-disable-security: true\n")));
        using var client = app.CreateClient();

        using var response = await client.GetAsync(new Uri("shelves", UriKind.Relative));

        Assert.Equal(["own"], ScopesOf(server));
    }

    [Fact]
    public async Task Retry_OutsideOrInside_KeepsTheScopes()
    {
        await using var server = await StartAsync();
        await using var app = Start(server, http => http.UseOpenApiScopes(App.ToStream(Shelves)).AddHttpMessageHandler(() => new Twice()));
        using var client = app.CreateClient();

        using var response = await client.GetAsync(new Uri("shelves", UriKind.Relative));
        server.RevokeAllTokens();
        using var again = await client.GetAsync(new Uri("shelves", UriKind.Relative));

        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        Assert.Equal(["shelves_read", "shelves_read"], ScopesOf(server));
    }

    [Fact]
    public async Task Document_ThatIsBroken_IsAnErrorAtTheStart()
    {
        await using var server = await StartAsync();
        await using var broken = Start(server, http => http.UseOpenApiScopes(App.ToStream("paths: {}\n")));
        await using var absent = Start(server, http => http.UseOpenApiScopes("nowhere.yaml"));
        await using var wrongScope = Start(server, http => http.UseOpenApiScopes(App.ToStream(Shelves.Replace("shelf_read", "\"shelf read\"", StringComparison.Ordinal))));
        await using var endless = Start(server, http => http.UseOpenApiScopes(App.ToStream("openapi: 3.0.3\ninfo: {title: t, version: v}\npaths: {" + string.Concat(Enumerable.Repeat("/a", 65)) + ": {get: {responses: {}}}}\n")));

        Assert.Equal("HttpClient 'orders': OpenAPI document '(a stream)' is no OpenAPI document: it has neither openapi nor swagger at its top. Export the API's definition from the developer portal.", broken.Fault);
        Assert.StartsWith("HttpClient 'orders': OpenAPI document 'nowhere.yaml' is not there: ", absent.Fault, StringComparison.Ordinal);
        Assert.Contains("is wrong at #/paths/~1shelves~1{shelf}/get/security: it holds the scope 'shelf read'", wrongScope.Fault, StringComparison.Ordinal);
        Assert.Contains("has a path of 65 segments, and 64 is the most", endless.Fault, StringComparison.Ordinal);
        Assert.Throws<OptionsValidationException>(() => broken.CreateClient());
    }

    [Fact]
    public async Task HttpClient_WithoutAToken_IsAnErrorAtTheStart()
    {
        await using var server = await StartAsync();
        await using var app = Start(server, _ => { }, services => services.AddHttpClient("plain").UseOpenApiScopes(App.ToStream(Shelves)));

        Assert.Equal("HttpClient 'plain': UseOpenApiScopes was called, and its calls carry no token. Call AddOAuth2Handler as well, or register the HttpClient with AddOAuth2Client.", app.Fault);
    }

    /// <summary>The handler that attaches the token may be added after it.</summary>
    [Fact]
    public async Task HttpClient_WithTheTokenAddedLater_AsksForTheScopes()
    {
        await using var server = await StartAsync();
        await using var app = Start(server, _ => { }, services => services.AddHttpClient("reports", c => c.BaseAddress = server.ApiBaseAddress).UseOpenApiScopes(App.ToStream(Shelves)).AddOAuth2Handler("orders"));
        using var client = app.CreateClient("reports");

        using var response = await client.GetAsync(new Uri("shelves", UriKind.Relative));

        Assert.Equal(["shelves_read"], ScopesOf(server));
    }

    private static void Configure(OAuth2ClientOptions options, OAuth2TestServer server)
    {
        (options.TokenEndpoint, options.BaseAddress) = (server.TokenEndpoint, server.ApiBaseAddress);
        (options.ClientId, options.ClientSecret) = (OAuth2TestServer.DefaultClientId, OAuth2TestServer.DefaultClientSecret);
        options.Scopes.Add("own");
    }

    private static App Start(OAuth2TestServer server, Action<IHttpClientBuilder> http, Action<IServiceCollection>? services = null) => new(o => Configure(o, server), http, services);

    private static Task<OAuth2TestServer> StartAsync(Action<OAuth2TestServerOptions>? configure = null, params string[] scopes) => OAuth2TestServer.StartAsync(o =>
    {
        var client = new TestClient(OAuth2TestServer.DefaultClientId, OAuth2TestServer.DefaultClientSecret);
        foreach (var scope in scopes)
            client.Scopes.Add(scope);
        o.Clients.Add(client);
        configure?.Invoke(o);
    });

    private static IEnumerable<string> ScopesOf(OAuth2TestServer server) => server.RecordedTokenRequests.Select(request => request.Form["scope"]);

    /// <summary>Sends each request twice, as one that tries again does.</summary>
    private sealed class Twice : DelegatingHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            (await base.SendAsync(request, cancellationToken)).Dispose();
            return await base.SendAsync(request, cancellationToken);
        }
    }
}
