using Microsoft.Extensions.DependencyInjection;

namespace OAuthClient.OpenIddict.Tests;

/// <summary>An application as a user would write it: one OAuth2 client of the server, on the server's clock.</summary>
internal sealed class OrdersApp : IAsyncDisposable
{
    /// <summary>How long a test may be stuck before it fails.</summary>
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    private readonly ServiceProvider _services;

    public OrdersApp(OpenIddictServer server, Action<OAuth2ClientOptions>? configure = null) => _services = new ServiceCollection()
        .AddSingleton<TimeProvider>(server.Clock)
        .AddOAuth2Client("orders", options =>
        {
            options.TokenEndpoint = new Uri(server.Address, "token");
            options.RevocationEndpoint = new Uri(server.Address, "revoke");
            options.BaseAddress = server.Address;
            options.ClientId = OpenIddictServer.ClientId;
            options.ClientSecret = OpenIddictServer.ClientSecret;
            configure?.Invoke(options);
        })
        .Services.BuildServiceProvider();

    /// <summary>The token, for other scopes where some are given.</summary>
    public Task<OAuth2Token> GetTokenAsync(params string[] scopes) =>
        Tokens.GetTokenAsync("orders", scopes.Length == 0 ? null : new OAuth2TokenRequest { Scopes = scopes }).AsTask().WaitAsync(_patience);

    /// <summary>Why there is no token.</summary>
    public Task<OAuth2TokenException> RefusalAsync(params string[] scopes) => Assert.ThrowsAsync<OAuth2TokenException>(() => GetTokenAsync(scopes));

    public Task<OAuth2TokenIntrospection> IntrospectAsync() => Tokens.IntrospectAsync("orders").AsTask().WaitAsync(_patience);

    public Task RevokeAsync() => Tokens.RevokeAsync("orders").AsTask().WaitAsync(_patience);

    /// <summary>Calls the API, which tells whom the token speaks for and what it is good for.</summary>
    public async Task<string> CallAsync()
    {
        using var client = _services.GetRequiredService<IHttpClientFactory>().CreateClient("orders");
        client.Timeout = _patience;
        return await client.GetStringAsync("orders");
    }

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    private IOAuth2TokenProvider Tokens => _services.GetRequiredService<IOAuth2TokenProvider>();
}
