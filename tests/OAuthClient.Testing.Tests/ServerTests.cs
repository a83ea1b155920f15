namespace OAuthClient.Testing.Tests;

/// <summary>Tests with a server of their own each, on a clock that stands still, and somebody who speaks to it.</summary>
public abstract class ServerTests : IAsyncLifetime
{
    protected ManualTimeProvider Time { get; init; } = new();

    protected OAuth2TestServer Server { get; private set; } = null!;

    private protected Caller Caller { get; private set; } = null!;

    public virtual async Task InitializeAsync()
    {
        Server = await OAuth2TestServer.StartAsync(o =>
        {
            o.TimeProvider = Time;
            Configure(o);
        });
        Caller = new Caller(Server);
    }

    public async Task DisposeAsync()
    {
        Caller.Dispose();
        await Server.DisposeAsync();
    }

    protected virtual void Configure(OAuth2TestServerOptions options)
    {
    }
}
