using System.Collections.Concurrent;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using OAuthClient.Testing;

namespace OAuthClient.Tests.Clients;

/// <summary>Clients that nobody has registered, and a resolver finds.</summary>
public sealed class ResolvedClientsTests
{
    private const string Shared = "tenants"; // The HttpClient whose requests name their clients.

    private readonly ConcurrentQueue<string> _asked = new();

    [Fact]
    public async Task Call_ThatNamesATenant_CarriesItsToken_AndAsksTheResolverOnce()
    {
        await using var app = await StartAsync();
        using var http = app.CreateClient(Shared);
        for (var i = 0; i < 3; i++)
            Assert.Equal(HttpStatusCode.OK, await CallAsync(http, app, "tenant-1"));
        Assert.Equal(HttpStatusCode.OK, await CallAsync(http, app, "tenant-2"));
        await app.Tokens.GetTokenAsync("tenant-2");

        Assert.Equal(["tenant-1", "tenant-2"], _asked);
        Assert.Equal(["tenant-1", "tenant-2"], app.Server.RecordedTokenRequests.Select(request => request.Form["scope"]));
    }

    [Fact]
    public async Task Send_Synchronously_FindsATenantToo()
    {
        await using var app = await StartAsync();
        using var http = app.CreateClient(Shared);
        using var request = Request(app, "tenant-1");
        using var response = await Task.Run(() => http.Send(request)).WaitAsync(Dose.Patience);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(["tenant-1"], _asked);
    }

    [Fact]
    public async Task Call_ThatNamesNobody_IsNotSent()
    {
        await using var app = await StartAsync();
        using var http = app.CreateClient(Shared);
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(app.Server.ApiBaseAddress, "orders"));

        Assert.Contains("names no OAuth2 client", (await Assert.ThrowsAsync<InvalidOperationException>(() => http.SendAsync(request))).Message, StringComparison.Ordinal);
        Assert.Equal(0, app.Server.ApiCalls);
    }

    [Fact]
    public async Task Call_ThatNamesWhomNobodyKnows_IsNotSent_AndTheResolverIsAskedAgainNextTime()
    {
        await using var app = await StartAsync(resolve: (_, _, _) => new((OAuth2ClientOptions?)null));
        using var http = app.CreateClient(Shared);
        for (var i = 0; i < 2; i++)
            Assert.Contains("resolver of AddOAuth2ClientResolver does not know it either", (await Assert.ThrowsAsync<InvalidOperationException>(() => CallAsync(http, app, "tenant-1"))).Message, StringComparison.Ordinal);

        Assert.Equal(2, _asked.Count);
        Assert.Equal(0, app.Server.ApiCalls);
    }

    /// <summary>Names come from outside, and messages hold them.</summary>
    [Theory]
    [InlineData(0, false)]
    [InlineData(256, true)]
    [InlineData(257, false)]
    [InlineData(-1, false)]
    public async Task Name_ThatNoLogShouldHold_IsNotAskedFor(int length, bool isAskedFor)
    {
        await using var app = await StartAsync();
        var name = length < 0 ? "tenant\n1" : new string('t', length);
        var getting = app.Tokens.GetTokenAsync(name).AsTask();
        if (isAskedFor)
            await getting;
        else
            Assert.Contains("was not asked for it", (await Assert.ThrowsAsync<InvalidOperationException>(() => getting)).Message, StringComparison.Ordinal);

        Assert.Equal(isAskedFor ? 1 : 0, _asked.Count);
    }

    [Fact]
    public async Task Registered_IsNotAskedFor()
    {
        await using var app = await StartAsync();
        await app.GetTokenAsync();
        using var http = app.CreateClient(Shared);
        using var response = await http.SendAsync(Request(app, TestApp.ClientName));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Empty(_asked);
    }

    /// <summary>One lookup for all who wait, each for as long as it likes, and none for another tenant's.</summary>
    [Fact]
    public async Task Callers_WhoseTenantIsLookedForSlowly_ShareOneLookUp_AndHoldUpNobodyElse()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var app = await StartAsync(resolve: async (app, name, _) =>
        {
            if (name == "slow")
                await gate.Task;
            return Options(app, name);
        });
        var waiting = Enumerable.Range(0, 20).Select(_ => app.Tokens.GetTokenAsync("slow").AsTask()).ToArray();
        using var impatient = new CancellationTokenSource();
        var leaving = app.Tokens.GetTokenAsync("slow", cancellationToken: impatient.Token).AsTask();
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaving.WaitAsync(Dose.Patience));
        await app.Tokens.GetTokenAsync("fast").AsTask().WaitAsync(Dose.Patience);
        Assert.All(waiting, task => Assert.False(task.IsCompleted));

        gate.SetResult();
        await Task.WhenAll(waiting).WaitAsync(Dose.Patience);
        Assert.Equal(["fast", "slow"], _asked.Order());
    }

    [Fact]
    public async Task LookUp_ThatTakesTooLong_IsATransientFailure_AndEndsTheResolversToken()
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var app = await StartAsync(limits => limits.Timeout = TimeSpan.FromSeconds(5), async (_, _, cancellationToken) =>
        {
            await using var _ = cancellationToken.Register(ended.SetResult);
            await Task.Delay(Timeout.Infinite, CancellationToken.None);
            return null;
        });
        var asking = app.Tokens.GetTokenAsync("tenant-1").AsTask();
        await TestApp.UntilAsync(() => !_asked.IsEmpty && app.Clock.ActiveTimers > 0);
        app.Clock.Advance(TimeSpan.FromSeconds(5));
        var failure = await Assert.ThrowsAsync<OAuth2TokenException>(() => asking.WaitAsync(Dose.Patience));

        Assert.Equal("OAuth2 client 'tenant-1': the resolver of AddOAuth2ClientResolver did not answer within 00:00:05.", failure.Message);
        Assert.True(failure.IsTransient);
        await ended.Task.WaitAsync(Dose.Patience);
    }

    [Fact]
    public async Task LookUp_ThatThrows_IsATransientFailureThatQuotesNothing()
    {
        await using var app = await StartAsync(resolve: (_, _, _) => throw new TimeoutException($"Server=db;Password={OAuth2TestServer.DefaultClientSecret}"));
        var failure = await Assert.ThrowsAsync<OAuth2TokenException>(() => app.Tokens.GetTokenAsync("tenant-1").AsTask());

        Assert.Equal("OAuth2 client 'tenant-1': the resolver of AddOAuth2ClientResolver failed with TimeoutException; the inner exception tells more.", failure.Message);
        Assert.True(failure.IsTransient);
        Assert.IsType<TimeoutException>(failure.InnerException);
    }

    [Theory]
    [InlineData("ClientId", "ClientId")]
    [InlineData("exchange", "client 'tenant-2', which is not registered")]
    public async Task Options_ThatMakeNoSense_AreRefusedAsRegisteredOnesAre(string fault, string says)
    {
        await using var app = await StartAsync(resolve: (app, name, _) =>
        {
            var options = Options(app, name);
            if (fault == "ClientId")
                options.ClientId = null;
            else
                (options.GrantType, options.SubjectTokenClient) = (GrantTypes.TokenExchange, "tenant-2");
            return new(options);
        });
        var failure = await Assert.ThrowsAsync<OAuth2TokenException>(() => app.Tokens.GetTokenAsync("tenant-1").AsTask());

        Assert.Contains(says, failure.Message, StringComparison.Ordinal);
        Assert.False(failure.IsTransient);
        Assert.DoesNotContain(OAuth2TestServer.DefaultClientSecret, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Options_ThatNameAPlatform_HaveItsEndpoint()
    {
        await using var app = await StartAsync(resolve: static (_, _, _) => new(new OAuth2ClientOptions { Provider = "Asgardeo", Organization = "acme", ClientId = "id", ClientSecret = "secret" }));
        var client = await app.Services.GetRequiredService<OAuth2Clients>().FindAsync("tenant-1", async: true, CancellationToken.None);

        Assert.Equal("api.asgardeo.io", client.State.Settings.TokenEndpoint?.Host);
    }

    [Fact]
    public async Task Token_GoesToTheTenantsOwnOriginsAlone()
    {
        await using var app = await StartAsync(resolve: (app, name, _) =>
        {
            var options = Options(app, name);
            options.BaseAddress = name == "tenant-1" ? options.BaseAddress : new Uri("https://elsewhere.example/");
            return new(options);
        });
        using var http = app.CreateClient(Shared);
        Assert.Equal(HttpStatusCode.OK, await CallAsync(http, app, "tenant-1"));

        Assert.Contains("was not called", (await Assert.ThrowsAsync<InvalidOperationException>(() => CallAsync(http, app, "tenant-2"))).Message, StringComparison.Ordinal);
        Assert.Equal(1, app.Server.ApiCalls);
    }

    [Fact]
    public async Task Reload_TakesOverWhatHasChanged_AndKeepsATokenThatIsStillGood()
    {
        var secret = OAuth2TestServer.DefaultClientSecret;
        string[] scopes = ["first"];
        await using var app = await StartAsync(resolve: (app, name, _) =>
        {
            var options = Options(app, name);
            options.ClientSecret = secret;
            options.Scopes.Clear();
            options.Scopes.Add(scopes[0]);
            return new(options);
        });
        var resolved = app.Services.GetRequiredService<IOAuth2ResolvedClients>();
        var first = await app.Tokens.GetTokenAsync("tenant-1");

        await resolved.ReloadAsync("tenant-1");
        Assert.Equal(first.Value, (await app.Tokens.GetTokenAsync("tenant-1")).Value);
        scopes[0] = "second";
        Assert.Equal(first.Value, (await app.Tokens.GetTokenAsync("tenant-1")).Value);
        await resolved.ReloadAsync("tenant-1");
        var second = await app.Tokens.GetTokenAsync("tenant-1");
        Assert.Equal("second", second.Scope);

        // Only the secret: the token that the old one has bought serves until the new one has bought another, which this one cannot.
        secret = "of-nobody";
        await resolved.ReloadAsync("tenant-1");
        Assert.Equal(second.Value, (await app.Tokens.GetTokenAsync("tenant-1")).Value);
        Assert.Equal(4, _asked.Count);
    }

    [Fact]
    public async Task Reload_OfOneWhoIsGone_RemovesIt_AndOneThatFailsLeavesAllAsItWas()
    {
        var answer = 0;
        await using var app = await StartAsync(resolve: (app, name, _) => answer switch
        {
            0 => new(Options(app, name)),
            1 => throw new TimeoutException(),
            _ => new((OAuth2ClientOptions?)null),
        });
        var resolved = app.Services.GetRequiredService<IOAuth2ResolvedClients>();
        var first = await app.Tokens.GetTokenAsync("tenant-1");
        answer = 1;
        await Assert.ThrowsAsync<OAuth2TokenException>(() => resolved.ReloadAsync("tenant-1").AsTask());
        Assert.Equal(first.Value, (await app.Tokens.GetTokenAsync("tenant-1")).Value);

        answer = 2;
        await resolved.ReloadAsync("tenant-1");
        await Assert.ThrowsAsync<InvalidOperationException>(() => app.Tokens.GetTokenAsync("tenant-1").AsTask());
    }

    [Fact]
    public async Task Remove_ForgetsTheClientAndItsTokens()
    {
        await using var app = await StartAsync();
        var resolved = app.Services.GetRequiredService<IOAuth2ResolvedClients>();
        var first = await app.Tokens.GetTokenAsync("tenant-1");
        await resolved.RemoveAsync("tenant-1");
        await resolved.RemoveAsync("nobody");
        Assert.Equal(OAuth2TokenState.None, app.Tokens.GetStatus("tenant-1").State);
        var second = await app.Tokens.GetTokenAsync("tenant-1");

        Assert.NotEqual(first.Value, second.Value);
        Assert.Equal(["tenant-1", "tenant-1"], _asked);
        Assert.Equal(OAuth2TokenState.Fresh, app.Tokens.GetStatus("tenant-1").State);
    }

    /// <summary>What was asked before a removal serves who waited for it, and is not kept.</summary>
    [Fact]
    public async Task Remove_WhileTheTenantIsLookedFor_HasTheNextCallAskAnew()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var app = await StartAsync(resolve: async (app, name, _) =>
        {
            await gate.Task;
            return Options(app, name);
        });
        var waiting = app.Tokens.GetTokenAsync("tenant-1").AsTask();
        await TestApp.UntilAsync(() => _asked.Count == 1);
        await app.Services.GetRequiredService<IOAuth2ResolvedClients>().RemoveAsync("tenant-1");
        gate.SetResult();
        await waiting.WaitAsync(Dose.Patience);
        await app.Tokens.GetTokenAsync("tenant-1");

        Assert.Equal(2, _asked.Count);
    }

    [Fact]
    public async Task Clients_BeyondTheirNumberOrIdleForTooLong_Leave()
    {
        await using var app = await StartAsync(limits => (limits.MaxClients, limits.IdleTimeout) = (3, TimeSpan.FromMinutes(10)));
        foreach (var name in new[] { "a", "b", "c" })
        {
            await app.Tokens.GetTokenAsync(name);
            app.Clock.Advance(TimeSpan.FromSeconds(1));
        }

        await app.Tokens.GetTokenAsync("a"); // Used last.
        app.Clock.Advance(TimeSpan.FromSeconds(1));
        await app.Tokens.GetTokenAsync("d");
        Assert.Equal(["a", "b", "c", "d"], _asked);
        Assert.True(app.Services.GetRequiredService<OAuth2Clients>().Known.Count() <= 4);
        await app.Tokens.GetTokenAsync("a");
        await app.Tokens.GetTokenAsync("b");
        Assert.Equal(["a", "b", "c", "d", "b"], _asked);

        app.Clock.Advance(TimeSpan.FromMinutes(10));
        await app.Tokens.GetTokenAsync("a");
        Assert.Equal(["a", "b", "c", "d", "b", "a"], _asked);
    }

    [Fact]
    public async Task ReloadAndRemove_OfARegisteredClient_AreErrors()
    {
        await using var app = await StartAsync();
        var resolved = app.Services.GetRequiredService<IOAuth2ResolvedClients>();

        Assert.Contains("is registered", (await Assert.ThrowsAsync<InvalidOperationException>(() => resolved.ReloadAsync(TestApp.ClientName).AsTask())).Message, StringComparison.Ordinal);
        Assert.Contains("is registered", (await Assert.ThrowsAsync<InvalidOperationException>(() => resolved.RemoveAsync(TestApp.ClientName).AsTask())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Resolver_GetsServicesOfAScope_ThatEndsWithTheLookUp()
    {
        var used = new List<Scoped>();
        await using var app = await TestApp.StartAsync(services: services => services.AddScoped<Scoped>().AddOAuth2ClientResolver((provider, _, _) =>
        {
            used.Add(provider.GetRequiredService<Scoped>());
            return new((OAuth2ClientOptions?)null);
        }));
        await Assert.ThrowsAsync<InvalidOperationException>(() => app.Tokens.GetTokenAsync("tenant-1").AsTask());

        Assert.True(Assert.Single(used).IsDisposed);
    }

    [Theory]
    [InlineData("MaxClients")]
    [InlineData("IdleTimeout")]
    [InlineData("Timeout")]
    public async Task Limits_ThatMakeNoSense_FailAtStart(string limit)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Services.AddOAuth2ClientResolver(static (_, _, _) => new((OAuth2ClientOptions?)null), limits =>
        {
            limits.MaxClients = limit == "MaxClients" ? 0 : 1;
            limits.IdleTimeout = limit == "IdleTimeout" ? TimeSpan.Zero : TimeSpan.FromDays(30);
            limits.Timeout = limit == "Timeout" ? TimeSpan.FromDays(2) : TimeSpan.FromSeconds(1);
        });
        using var host = builder.Build();

        Assert.Contains(limit, (await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Resolver_Twice_IsAnError()
    {
        var services = new ServiceCollection().AddOAuth2ClientResolver(static (_, _, _) => new((OAuth2ClientOptions?)null));

        Assert.Throws<InvalidOperationException>(() => services.AddOAuth2ClientResolver(static (_, _, _) => new((OAuth2ClientOptions?)null)));
        Assert.Throws<ArgumentNullException>("resolve", () => new ServiceCollection().AddOAuth2ClientResolver(null!));
    }

    private Task<TestApp> StartAsync(Action<OAuth2ClientResolverOptions>? limits = null, Func<TestApp, string, CancellationToken, ValueTask<OAuth2ClientOptions?>>? resolve = null)
    {
        TestApp? app = null;
        return StartAsync();

        async Task<TestApp> StartAsync() => app = await TestApp.StartAsync(services: services =>
        {
            services.AddOAuth2ClientResolver(
                (_, name, cancellationToken) =>
                {
                    _asked.Enqueue(name);
                    return resolve is null ? new(Options(app!, name)) : resolve(app!, name, cancellationToken);
                },
                limits);
            services.AddHttpClient(Shared).AddOAuth2Handler();
        });
    }

    private static OAuth2ClientOptions Options(TestApp app, string name) => new()
    {
        TokenEndpoint = app.Server.TokenEndpoint,
        BaseAddress = app.Server.ApiBaseAddress,
        ClientId = OAuth2TestServer.DefaultClientId,
        ClientSecret = OAuth2TestServer.DefaultClientSecret,
        Scopes = { name },
    };

    private static HttpRequestMessage Request(TestApp app, string name)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, new Uri(app.Server.ApiBaseAddress, "orders"));
        request.SetOAuth2TokenRequest(new OAuth2TokenRequest { ClientName = name });
        return request;
    }

    private static async Task<HttpStatusCode> CallAsync(HttpClient http, TestApp app, string name)
    {
        using var request = Request(app, name);
        using var response = await http.SendAsync(request);
        return response.StatusCode;
    }

    private sealed class Scoped : IDisposable
    {
        public bool IsDisposed { get; private set; }

        public void Dispose() => IsDisposed = true;
    }
}
