using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OAuthClient.Testing;

namespace OAuthClient.Tests.DependencyInjection;

/// <summary>A program that warms up, on a clock that the test moves, and not started yet.</summary>
internal sealed class WarmUpProgram(OAuth2TestServer server, ManualTimeProvider clock, IHost host, TestLog log) : IAsyncDisposable
{
    public OAuth2TestServer Server => server;

    public ManualTimeProvider Clock => clock;

    public IServiceProvider Services => host.Services;

    public TestLog Log => log;

    public IOAuth2TokenProvider Tokens => Services.GetRequiredService<IOAuth2TokenProvider>();

    public IEnumerable<OAuth2TokenState> States => Tokens.GetStatuses().OrderBy(status => status.ClientName, StringComparer.Ordinal).Select(status => status.State);

    /// <summary>A program with the clients "billing" and "orders", each of which wants scopes of its own.</summary>
    public static async Task<WarmUpProgram> CreateAsync(Action<OAuth2WarmUpOptions>? warmUp = null, Action<OAuth2ClientOptions>? orders = null, Action<IServiceCollection>? services = null)
    {
        var (clock, log) = (new ManualTimeProvider(), new TestLog());
        var running = await OAuth2TestServer.StartAsync(options => options.TimeProvider = clock);
        var builder = Host.CreateEmptyApplicationBuilder(settings: null);
        builder.Services.AddSingleton(running);
        builder.Services.AddKeyedSingleton<TimeProvider>(OAuth2Defaults.TimeProviderKey, clock);
        builder.Services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Debug).AddProvider(log));
        builder.Services.AddOAuth2WarmUp(warmUp);
        AddClient(builder.Services, "orders", options => orders?.Invoke(options));
        AddClient(builder.Services, "billing");
        services?.Invoke(builder.Services);
        return new WarmUpProgram(running, clock, builder.Build(), log);
    }

    public static void AddClient(IServiceCollection services, string name, Action<OAuth2ClientOptions>? configure = null) => services.AddOAuth2Client(name, (provider, client) =>
    {
        var server = provider.GetRequiredService<OAuth2TestServer>();
        (client.TokenEndpoint, client.BaseAddress) = (server.TokenEndpoint, server.ApiBaseAddress);
        (client.ClientId, client.ClientSecret) = (OAuth2TestServer.DefaultClientId, OAuth2TestServer.DefaultClientSecret);
        client.Scopes.Add(name);
        configure?.Invoke(client);
    });

    public static void UsePassword(OAuth2ClientOptions client) =>
        (client.GrantType, client.Username, client.Password) = (GrantTypes.Password, OAuth2TestServer.DefaultUsername, "wrong-password");

    public Task StartAsync(CancellationToken cancellationToken = default) => host.StartAsync(cancellationToken).WaitAsync(Dose.Patience, CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        host.Dispose();
        await server.DisposeAsync();
    }
}
