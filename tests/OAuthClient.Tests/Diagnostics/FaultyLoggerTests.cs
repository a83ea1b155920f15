using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OAuthClient.Testing;

namespace OAuthClient.Tests.Diagnostics;

/// <summary>A logger that fails, as on a full disk, costs lines of the log and nothing else.</summary>
public sealed class FaultyLoggerTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task TokenRequest_WhereTheLoggerFails_BringsTokenAndRefreshToken(bool whenAsked)
    {
        using var log = new FaultyLog(whenAsked);
        await using var app = await TestApp.StartAsync(
            server => server.RotateRefreshTokens = true,
            client => (client.GrantType, client.Username, client.Password) = (GrantTypes.Password, OAuth2TestServer.DefaultUsername, OAuth2TestServer.DefaultPassword),
            services => services.AddLogging(logging => logging.ClearProviders().AddProvider(log)));

        for (var i = 0; i < 3; i++)
        {
            await app.GetTokenAsync();
            app.Clock.Advance(TimeSpan.FromHours(1));
        }

        Assert.Equal(["password", "refresh_token", "refresh_token"], app.Server.RecordedTokenRequests.Select(request => request.Form["grant_type"]));
        Assert.True(log.Faults > 0);
    }

    [Fact]
    public async Task FailedTokenRequest_WhereTheLoggerFails_TellsItsCause()
    {
        using var log = new FaultyLog(whenAsked: false);
        await using var app = await TestApp.StartAsync(client: client => client.ClientSecret = "wrong", services: services => services.AddLogging(logging => logging.ClearProviders().AddProvider(log)));

        var exception = await Assert.ThrowsAsync<OAuth2TokenException>(() => app.GetTokenAsync());

        Assert.Equal("invalid_client", exception.Error);
        Assert.True(log.Faults > 0);
    }

    /// <summary>Fails in what the library logs, and when it is asked whether it logs that.</summary>
    private sealed class FaultyLog(bool whenAsked) : ILoggerProvider
    {
        private int _faults;

        public int Faults => _faults;

        public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName == "OAuthClient", whenAsked);

        public void Dispose()
        {
        }

        private void Fail()
        {
            Interlocked.Increment(ref _faults);
            throw new IOException("There is no space left.");
        }

        private sealed class Logger(FaultyLog log, bool isFaulty, bool whenAsked) : ILogger
        {
            public IDisposable? BeginScope<TState>(TState state)
                where TState : notnull => null;

            public bool IsEnabled(LogLevel logLevel)
            {
                if (isFaulty && whenAsked)
                    log.Fail();
                return true;
            }

            public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
            {
                if (isFaulty)
                    log.Fail();
            }
        }
    }
}
