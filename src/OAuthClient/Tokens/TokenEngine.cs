using Microsoft.Extensions.Logging;
using OAuthClient.Diagnostics;
using OAuthClient.TokenEndpoint;

namespace OAuthClient.Tokens;

/// <summary>What all token sources of a process share. A simulation brings its own clock, scheduler and chance.</summary>
internal sealed class TokenEngine
{
    public TokenEngine(TokenEndpointClient endpoint, TimeProvider timeProvider, ILogger logger, WorkScheduler? scheduler = null, Random? random = null)
    {
        Endpoint = endpoint;
        Logger = new SteadyLogger(logger);
        Clock = new LifetimeClock(timeProvider);
        Scheduler = scheduler ?? new WorkScheduler();
        Random = random ?? Random.Shared;
        Acquirer = new TokenAcquirer(endpoint, Clock, Random, Logger);
    }

    public TokenEndpointClient Endpoint { get; }

    public ILogger Logger { get; }

    public LifetimeClock Clock { get; }

    public WorkScheduler Scheduler { get; }

    public Random Random { get; }

    public TokenAcquirer Acquirer { get; }

    public void LogContest(ClientSettings client) => Log.TokensContended(Logger, client.Name);
}
