using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Http;
using Microsoft.Extensions.Logging;
using OAuthClient.Testing;

namespace OAuthClient.Tests.Canaries;

/// <summary>How the client of a stage is set up: each place where a secret belongs is used by one of them.</summary>
public enum Setup
{
    /// <summary>The secret in an encoded Basic header, JWTs in the Authorization header, and an application that wants all headers logged.</summary>
    BasicHeader,

    /// <summary>The secret in the form, opaque bare tokens in a header of another name, and an application that redacts none for this client.</summary>
    FormBody,
}

/// <summary>An application, its server and a foreign origin, whose every secret is a canary; with a listener at everything that a process tells.</summary>
internal sealed class Stage : IAsyncDisposable
{
    public const string ApiKeyHeader = "api-key";
    public const string TokenName = "access token";
    public const string SecretName = "client secret";
    public const string AddressName = "query of the endpoint";

    private readonly List<TestApp> _apps = [];
    private readonly TelemetrySightings _telemetry;

    private Stage(Setup setup)
    {
        Setup = setup;
        Secret = Watch(SecretName, Canary.NextAwkward());
        Password = Watch("password", Canary.NextAwkward());
        Assertion = Watch("assertion", Canary.NextAwkward());
        ApiKey = Watch("API key", Canary.Next());
        AddressKey = Watch(AddressName, Canary.Next());
        _telemetry = new TelemetrySightings(Sightings);
    }

    public Setup Setup { get; }

    public Sightings Sightings { get; } = new();

    public string Secret { get; }

    public string Password { get; }

    public string Assertion { get; }

    public string ApiKey { get; }

    public string AddressKey { get; }

    /// <summary>The token that the server issued last.</summary>
    public string LastToken { get; private set; } = "";

    /// <summary>The refresh token that the server issued last.</summary>
    public string LastRefreshToken { get; private set; } = "";

    public TestApp App => _apps[0];

    public OAuth2TestServer Server => App.Server;

    /// <summary>A server of an origin that may see nothing.</summary>
    public OAuth2TestServer Foreign { get; private set; } = null!;

    /// <summary>True where an API has put the token into the address of a foreign origin itself.</summary>
    public bool ApiGivesTokenAway { get; set; }

    public string HeaderName => Setup == Setup.BasicHeader ? "Authorization" : "X-API-Authorization";

    public static async Task<Stage> StartAsync(Setup setup)
    {
        var stage = new Stage(setup);
        stage._apps.Add(await TestApp.StartAsync(stage.Configure, stage.Configure, services => stage.Configure(services)));
        stage.Foreign = await OAuth2TestServer.StartAsync();
        return stage;
    }

    public string Watch(string name, string secret) => Sightings.Watch(name, secret);

    /// <summary>Another instance of the application, set up as the first but for what <paramref name="change"/> changes.</summary>
    public TestApp StartAnother(Action<OAuth2ClientOptions> change, Action<IServiceCollection>? services = null)
    {
        var app = App.StartAnother(
            options =>
            {
                Configure(options);
                change(options);
            },
            collection =>
            {
                Configure(collection);
                services?.Invoke(collection);
            });
        _apps.Add(app);
        return app;
    }

    /// <summary>Calls the API, and looks through what its answer is read as where that is an error.</summary>
    public async Task<int> CallAsync(TestApp? app = null, HttpContent? content = null, string address = "orders", string client = TestApp.ClientName)
    {
        using var request = new HttpRequestMessage(content is null ? HttpMethod.Get : HttpMethod.Post, new Uri(Server.ApiBaseAddress, address)) { Content = content };
        using var response = await (app ?? App).CreateClient(client).SendAsync(request);
        if (await response.ReadGatewayErrorAsync() is { } error)
            Examine(error);
        if (!response.IsSuccessStatusCode)
            Examine(await Assert.ThrowsAsync<OAuth2ApiException>(() => response.EnsureApiSuccessAsync().AsTask()));
        return (int)response.StatusCode;
    }

    /// <summary>Expects the exception, and looks through it and through the failure behind it.</summary>
    public async Task<TException> FailAsync<TException>(Func<Task> act)
        where TException : Exception
    {
        var exception = await Assert.ThrowsAsync<TException>(act);
        Examine(exception);
        return exception;
    }

    /// <summary>Expects that no token can be had, by a call as well as by the provider, for a reason that the message tells.</summary>
    public async Task<OAuth2TokenException> FailAsync(string reason, TestApp? app = null)
    {
        app ??= App;
        var exception = await FailAsync<OAuth2TokenException>(() => app.GetTokenAsync());
        Assert.Contains(reason, exception.Message, StringComparison.Ordinal);
        await FailAsync<OAuth2TokenException>(() => CallAsync(app));
        return exception;
    }

    public void Examine(object shown)
    {
        Sightings.Inspect("exception or ToString", shown.GetType().Name, shown);
        ObjectWalk.Inspect(Sightings, shown);
    }

    /// <summary>Looks through what is left to look through, and expects that no canary has been seen anywhere.</summary>
    public void AssertNothingWasSeen()
    {
        _telemetry.RecordObservableInstruments();
        foreach (var app in _apps)
            ObjectWalk.Inspect(Sightings, app.Services);
        foreach (var server in _apps.Select(app => app.Server).Distinct())
            Wire.Check(this, server);
        Wire.CheckForeign(this);
        Assert.True(Sightings.Seen.Count == 0, $"{Sightings.Seen.Count} sightings:\n{string.Join("\n\n", Sightings.Seen.Distinct().Take(20))}");
        Assert.NotEqual(0, Sightings.CountInspected(EventSightings.Place));
    }

    public async ValueTask DisposeAsync()
    {
        _telemetry.Dispose();
        foreach (var app in Enumerable.Reverse(_apps))
            await app.DisposeAsync();
        await Foreign.DisposeAsync();
    }

    private void Configure(OAuth2TestServerOptions server)
    {
        server.Clients.Add(new TestClient(OAuth2TestServer.DefaultClientId, Secret));
        server.Users.Add(new TestUser(OAuth2TestServer.DefaultUsername, Password) { WrongPasswordsUntilLocked = 0 });
        server.EncodedBasic = true;
        server.TokenFormat = Setup == Setup.BasicHeader ? TokenFormat.Jwt : TokenFormat.Opaque;
        server.RotateRefreshTokens = true;
        server.HeaderName = HeaderName;
        server.HeaderScheme = Setup == Setup.BasicHeader ? "Bearer" : "";
        server.ApiKeyHeaderName = ApiKeyHeader;
        server.ApiKey = ApiKey;

        // Known before they are sent, so that nobody can see them sooner.
        server.ConfigureTokenResponse = Note;
    }

    private void Configure(OAuth2ClientOptions options)
    {
        options.TokenEndpoint = new Uri($"{options.TokenEndpoint}?key={AddressKey}");
        options.RevocationEndpoint = new Uri($"{options.RevocationEndpoint}?key={AddressKey}");
        options.ClientSecret = Secret;
        options.ClientAuthenticationMethod = Setup == Setup.BasicHeader ? ClientAuthenticationMethod.ClientSecretBasic : ClientAuthenticationMethod.ClientSecretPost;
        options.GrantType = GrantTypes.Password;
        options.Username = OAuth2TestServer.DefaultUsername;
        options.Password = Password;
        options.Parameters["assertion"] = Assertion;
        options.HeaderName = HeaderName;
        options.HeaderScheme = Setup == Setup.BasicHeader ? "Bearer" : "";
        options.ApiKeyHeaderName = ApiKeyHeader;
        options.ApiKey = ApiKey;
    }

    private void Configure(IServiceCollection services)
    {
        services.AddLogging(logging => logging.AddProvider(new LogSightings(Sightings)));
        if (Setup == Setup.BasicHeader)
            services.ConfigureHttpClientDefaults(builder => builder.RedactLoggedHeaders(_ => false));
        else
            services.ConfigureAll<HttpClientFactoryOptions>(factory => factory.ShouldRedactHeaderValue = _ => false);
        services.AddHttpClient(TestApp.ClientName).RedactLoggedHeaders([]);
    }

    private void Note(JsonObject response)
    {
        LastToken = Watch(TokenName, (string)response["access_token"]!);
        if (response["refresh_token"] is { } refreshToken)
            LastRefreshToken = Watch("refresh token", (string)refreshToken!);
    }
}
