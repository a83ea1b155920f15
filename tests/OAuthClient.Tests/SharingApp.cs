using Microsoft.Extensions.DependencyInjection;
using OAuthClient.Testing;

namespace OAuthClient.Tests;

/// <summary>An instance of a program whose instances share their tokens.</summary>
internal sealed class SharingApp : IAsyncDisposable
{
    private readonly Action<OAuth2ClientOptions>? _client;
    private readonly bool _isFirst;

    private SharingApp(TestApp app, MemoryTokenStore store, Action<OAuth2ClientOptions>? client, bool isFirst)
    {
        (App, Store, _client) = (app, store, client);
        _isFirst = isFirst;
    }

    public TestApp App { get; }

    public MemoryTokenStore Store { get; }

    public int Requests => App.Server.TokenRequests;

    /// <summary>The refresh tokens that the server has issued.</summary>
    public IReadOnlyList<string> RefreshTokens { get; private init; } = [];

    public static async Task<SharingApp> StartAsync(Action<OAuth2TestServerOptions>? server = null, Action<OAuth2ClientOptions>? client = null, bool tells = true, Action<OAuth2TestServer>? started = null)
    {
        MemoryTokenStore? store = null;
        List<string> refreshTokens = [];
        var app = await TestApp.StartAsync(
            options =>
            {
                options.ConfigureTokenResponse = response =>
                {
                    if (response["refresh_token"] is { } refreshToken)
                        refreshTokens.Add(refreshToken.GetValue<string>());
                };
                server?.Invoke(options);
            },
            client,
            services => (store = new MemoryTokenStore(ClockOf(services)) { Tells = tells }).Use()(services),
            started);
        return new SharingApp(app, store!, client, isFirst: true) { RefreshTokens = refreshTokens };
    }

    /// <summary>Another instance, with the same settings unless it has others.</summary>
    public SharingApp Another(Action<OAuth2ClientOptions>? client = null) => new(App.StartAnother(client ?? _client, Store.Use()), Store, client ?? _client, isFirst: false);

    public Task<OAuth2Token> GetTokenAsync(params string[] scopes) => App.GetTokenAsync(scopes);

    public Task IdleAsync() => App.IdleAsync();

    public async ValueTask DisposeAsync()
    {
        await App.Services.DisposeAsync();
        if (_isFirst)
            await App.Server.DisposeAsync();
    }

    private static TimeProvider ClockOf(IServiceCollection services) =>
        (TimeProvider)services.First(service => service.ServiceType == typeof(TimeProvider)).ImplementationInstance!;
}
