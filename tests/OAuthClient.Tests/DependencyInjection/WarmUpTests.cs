using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OAuthClient.DependencyInjection;
using OAuthClient.Testing;

namespace OAuthClient.Tests.DependencyInjection;

/// <summary>Which tokens a host has before it serves anybody, and how it starts without.</summary>
public sealed class WarmUpTests
{
    private const string Nowhere = "http://127.0.0.1:1/token"; // Nobody listens there.
    private const string AtStart = "has no token at start";

    private static readonly string[] _both = ["billing", "orders"];

    [Fact]
    public async Task Start_BeforeAnyService_HasTheTokensOfAllClients()
    {
        OAuth2TokenState[]? seen = null;
        await using var program = await WarmUpProgram.CreateAsync(services: services =>
            services.AddSingleton<IHostedService>(provider => new FirstService(() => seen = [.. provider.GetRequiredService<IOAuth2TokenProvider>().GetStatuses().Select(status => status.State)])));

        await program.StartAsync();

        Assert.Equal([OAuth2TokenState.Fresh, OAuth2TokenState.Fresh], seen!);
        Assert.Equal(_both, program.Server.RecordedTokenRequests.Select(request => request.Form["scope"]).Order(StringComparer.Ordinal));
        Assert.Equal(0, program.Log.Count(LogLevel.Warning, ""));
    }

    [Fact]
    public async Task Start_OfSeveralClients_AsksForTheirTokensSideBySide()
    {
        await using var program = await WarmUpProgram.CreateAsync();
        program.Server.TokenEndpointBehavior.Hang = true;

        var starting = program.StartAsync();
        await TestApp.UntilAsync(() => program.Server.TokenRequests == 2);
        Assert.False(starting.IsCompleted);
        program.Server.TokenEndpointBehavior.Hang = false;
        await starting;

        Assert.Equal([OAuth2TokenState.Fresh, OAuth2TokenState.Fresh], program.States);
    }

    [Fact]
    public async Task Start_WithoutTokens_WarnsOfEachClientAndItsCallsAskForThem()
    {
        await using var program = await WarmUpProgram.CreateAsync();
        program.Server.TokenEndpointBehavior.FailUntilCleared(503);

        await program.StartAsync();
        Assert.All(_both, client => Assert.Equal(1, program.Log.Count(LogLevel.Warning, $"OAuth2 client '{client}' {AtStart}; its calls ask for one. the token endpoint")));

        program.Server.TokenEndpointBehavior.Clear();
        program.Clock.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal("orders", (await program.Tokens.GetTokenAsync("orders")).Scope);
    }

    [Fact]
    public async Task Start_FailFastInAnOutage_FailsAndNamesEachClientAndWhy()
    {
        await using var program = await WarmUpProgram.CreateAsync(options => options.FailFast = true, orders => orders.TokenEndpoint = new Uri(Nowhere));
        program.Server.TokenEndpointBehavior.FailUntilCleared(503);

        var failure = await Assert.ThrowsAsync<OAuth2TokenException>(() => program.StartAsync());

        Assert.StartsWith("The host does not start, since FailFast of AddOAuth2WarmUp is set and no token could be had. OAuth2 client '", failure.Message, StringComparison.Ordinal);
        Assert.Contains($"OAuth2 client 'billing': the token endpoint {program.Server.TokenEndpoint} answered 503", failure.Message, StringComparison.Ordinal);
        Assert.Contains($"OAuth2 client 'orders': {Nowhere} cannot be reached.", failure.Message, StringComparison.Ordinal);
        Assert.True(failure.IsTransient);
        Assert.Equal(2, Assert.IsType<AggregateException>(failure.InnerException).InnerExceptions.Count);
        Assert.Equal(0, program.Log.Count(LogLevel.Warning, AtStart));
    }

    [Fact]
    public async Task Start_FailFastWithASecretThatCannotBeRead_Fails()
    {
        await using var program = await WarmUpProgram.CreateAsync(
            options => options.FailFast = true, orders => (orders.ClientSecret, orders.ClientSecretCallback) = (null, _ => throw new FileNotFoundException("no such secret")));

        var failure = await Assert.ThrowsAsync<OAuth2TokenException>(() => program.StartAsync());

        Assert.Contains("OAuth2 client 'orders': the client secret cannot be read: no such secret.", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("billing", failure.Message, StringComparison.Ordinal);
        Assert.False(failure.IsTransient);
    }

    /// <summary>A host that is started again and again would lock the account.</summary>
    [Theory]
    [InlineData(400, """{"error":"invalid_grant"}""")]
    [InlineData(401, """{"error":"invalid_client"}""")]
    [InlineData(401, """{"error":"server_error","error_description":"access_denied"}""")]
    [InlineData(403, "no")]
    [InlineData(500, """{"error":"invalid_grant"}""")]
    public async Task Start_FailFastWithWhatTheServerRefuses_GoesOnAndSaysSo(int status, string body)
    {
        await using var program = await WarmUpProgram.CreateAsync(options => (options.FailFast, _) = (true, Add(options.Clients, "orders")), WarmUpProgram.UsePassword);
        program.Server.TokenEndpointBehavior.FailUntilCleared(status, body, "application/json");

        await program.StartAsync();

        Assert.Equal(1, program.Log.Count(LogLevel.Error, $"OAuth2 client 'orders' {AtStart}. The host starts all the same, although FailFast is set"));
        Assert.NotNull(program.Tokens.GetStatus("orders").Failure);
    }

    /// <summary>Who exchanges a token is refused with the client that it is of; that one was asked, and is not asked again.</summary>
    [Fact]
    public async Task Start_FailFastWithTheTokenOfAClientThatIsRefused_GoesOn()
    {
        await using var program = await WarmUpProgram.CreateAsync(
            options => (options.FailFast, _) = (true, Add(options.Clients, "exchanger")),
            WarmUpProgram.UsePassword,
            services => WarmUpProgram.AddClient(services, "exchanger", client => (client.GrantType, client.SubjectTokenClient) = (GrantTypes.TokenExchange, "orders")));
        program.Server.TokenEndpointBehavior.FailUntilCleared(403, "no", "text/plain");

        await program.StartAsync();

        Assert.Equal(1, program.Log.Count(LogLevel.Error, $"OAuth2 client 'exchanger' {AtStart}"));
        Assert.Equal(1, program.Server.TokenRequests);
    }

    /// <summary>Starting again for the other client's sake would send the password again.</summary>
    [Fact]
    public async Task Start_FailFastWithOneClientInAnOutageAndOneRefused_GoesOn()
    {
        await using var program = await WarmUpProgram.CreateAsync(
            options => options.FailFast = true, WarmUpProgram.UsePassword, services => services.Configure<OAuth2ClientOptions>("billing", billing => billing.TokenEndpoint = new Uri(Nowhere)));

        await program.StartAsync();

        Assert.Equal([1, 1], _both.Select(client => program.Log.Count(LogLevel.Error, $"OAuth2 client '{client}' {AtStart}. The host starts all the same")));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Start_TakingLongerThanTheTimeout_EndsThenAndTheRequestGoesOn(bool failFast)
    {
        await using var program = await WarmUpProgram.CreateAsync(options => (options.FailFast, options.Timeout, _) = (failFast, TimeSpan.FromSeconds(5), Add(options.Clients, "orders")));
        program.Server.TokenEndpointBehavior.Hang = true;
        const string Late = "its token did not come within the warm-up's Timeout of 00:00:05.";

        var starting = program.StartAsync();
        await TestApp.UntilAsync(() => program.Server.TokenRequests == 1);
        program.Clock.Advance(TimeSpan.FromSeconds(4));
        Assert.False(starting.IsCompleted);
        program.Clock.Advance(TimeSpan.FromSeconds(1));
        if (failFast)
            Assert.Contains(Late, (await Assert.ThrowsAsync<OAuth2TokenException>(() => starting)).Message, StringComparison.Ordinal);
        else
            await starting;

        Assert.Equal(failFast ? 0 : 1, program.Log.Count(LogLevel.Warning, $"OAuth2 client 'orders' {AtStart}; its calls ask for one. {Late}"));
        program.Server.TokenEndpointBehavior.Hang = false;
        await TestApp.UntilAsync(() => program.Tokens.GetStatus("orders").IsUsable);
        Assert.Equal(1, program.Server.TokenRequests);
    }

    [Fact]
    public async Task Start_ThatIsGivenUp_EndsAndBlamesNobody()
    {
        await using var program = await WarmUpProgram.CreateAsync();
        program.Server.TokenEndpointBehavior.Hang = true;
        using var over = new CancellationTokenSource();

        var starting = program.StartAsync(over.Token);
        await TestApp.UntilAsync(() => program.Server.TokenRequests == 2);
        await over.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => starting);
        Assert.Equal(0, program.Log.Count(LogLevel.Warning, ""));
    }

    [Fact]
    public async Task Start_OfClientsThatNothingCanBeFetchedForYet_LeavesThemOut()
    {
        await using var program = await WarmUpProgram.CreateAsync(options => options.FailFast = true, services: services =>
        {
            WarmUpProgram.AddClient(services, "device", client => (client.GrantType, client.DeviceAuthorizationEndpoint, client.DeviceCodeCallback) = (GrantTypes.DeviceCode, new Uri(client.TokenEndpoint!, "device_authorize"), (_, _) => throw new InvalidOperationException("shown")));
            WarmUpProgram.AddClient(services, "of-the-device", client => (client.GrantType, client.SubjectTokenClient) = (GrantTypes.TokenExchange, "device"));
            WarmUpProgram.AddClient(services, "of-the-call", client => client.GrantType = GrantTypes.TokenExchange);
            WarmUpProgram.AddClient(services, "switched-by-call", client => (client.GrantType, client.SwitchingOrganization) = (GrantTypes.OrganizationSwitch, "b"));
            WarmUpProgram.AddClient(services, "asserted-by-call", client => client.GrantType = GrantTypes.JwtBearer);
            WarmUpProgram.AddClient(services, "bare", client => client.SendsNoToken = true);
        });

        await program.StartAsync();

        Assert.Equal(_both, program.Server.RecordedTokenRequests.Select(request => request.Form["scope"]).Order(StringComparer.Ordinal));
        Assert.Equal(1, program.Log.Count(LogLevel.Debug, "OAuth2 client 'of-the-device' is not warmed up: it exchanges the token of client 'device': a user signs in for its token."));
        Assert.Equal(3, program.Log.Count(LogLevel.Debug, "is not warmed up: its calls bring what is exchanged for a token."));
        Assert.Equal(1, program.Log.Count(LogLevel.Debug, "OAuth2 client 'bare' is not warmed up: it sends no token."));
    }

    [Fact]
    public async Task Start_OfAnExchange_WhoseSubjectStandsInTheSettings_IsWarmedUp()
    {
        await using var program = await WarmUpProgram.CreateAsync(options => options.Clients.Add("exchanger"), services: services =>
            WarmUpProgram.AddClient(services, "exchanger", client => (client.GrantType, client.SubjectTokenClient) = (GrantTypes.TokenExchange, "orders")));

        await program.StartAsync();

        Assert.Equal([GrantTypes.ClientCredentials, GrantTypes.TokenExchange], program.Server.RecordedTokenRequests.Select(request => request.Form["grant_type"]));
    }

    [Fact]
    public async Task Add_Twice_AddsToTheOptionsAndWarmsUpOnce()
    {
        await using var program = await WarmUpProgram.CreateAsync(options => options.Clients.Add("later"), services: services =>
        {
            services.AddOAuth2WarmUp(options => options.Clients.Add("later")).AddOAuth2WarmUp();
            WarmUpProgram.AddClient(services, "later");
        });

        await program.StartAsync();

        Assert.Equal("later", Assert.Single(program.Server.RecordedTokenRequests).Form["scope"]);
        Assert.Single(program.Services.GetServices<IHostedService>().OfType<WarmUp>());
        Assert.Throws<ArgumentNullException>("services", () => ((IServiceCollection)null!).AddOAuth2WarmUp());
    }

    [Fact]
    public async Task Start_WithOptionsThatMakeNoSense_FailsWithAll()
    {
        await using var program = await WarmUpProgram.CreateAsync(options => (options.Timeout, _, _) = (TimeSpan.FromDays(30), Add(options.Clients, "nobody"), Add(options.Clients, " ")));

        var exception = await Assert.ThrowsAsync<OptionsValidationException>(() => program.StartAsync());

        Assert.Equal(
            [
                "OAuth2 warm-up: Timeout must be from 00:00:01 to 00:10:00, but is 30.00:00:00.",
                "OAuth2 warm-up: Clients holds 'nobody'. No client has this name; registered are 'orders', 'billing'. Register it with AddOAuth2Client(\"nobody\", ...).",
                "OAuth2 warm-up: Clients holds an empty name. Leave Clients empty for all clients.",
            ],
            exception.Failures);
        Assert.Equal(0, program.Server.TokenRequests);
    }

    /// <summary>A test of a program may have put its own there.</summary>
    [Fact]
    public async Task Start_WithATokenProviderOfTheProgramsOwn_AsksThat()
    {
        await using var program = await WarmUpProgram.CreateAsync(options => options.FailFast = true, services: services => services.AddSingleton<IOAuth2TokenProvider, Refusing>());

        await program.StartAsync();

        Assert.Equal(0, program.Server.TokenRequests);
        Assert.Equal([1, 1], _both.Select(client => program.Log.Count(LogLevel.Error, $"OAuth2 client '{client}' {AtStart}")));
    }

    private static bool Add(IList<string> clients, string name)
    {
        clients.Add(name);
        return true;
    }

    private sealed class FirstService(Action act) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
            act();
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    private sealed class Refusing : IOAuth2TokenProvider
    {
        public ValueTask<OAuth2Token> GetTokenAsync(string clientName, OAuth2TokenRequest? request = null, CancellationToken cancellationToken = default) => throw new OAuth2TokenException(clientName, "no") { Error = "unauthorized_client" };
        public ValueTask InvalidateAsync(string clientName, OAuth2TokenRequest? request = null, CancellationToken cancellationToken = default) => throw new NotSupportedException();
        public ValueTask RevokeAsync(string clientName, OAuth2TokenRequest? request = null, CancellationToken cancellationToken = default) => throw new NotSupportedException();
        public ValueTask<OAuth2TokenIntrospection> IntrospectAsync(string clientName, OAuth2TokenRequest? request = null, CancellationToken cancellationToken = default) => throw new NotSupportedException();
        public OAuth2TokenStatus GetStatus(string clientName, OAuth2TokenRequest? request = null) => throw new NotSupportedException();
        public IReadOnlyList<OAuth2TokenStatus> GetStatuses() => throw new NotSupportedException();
    }
}
