namespace OAuthClient.Tokens;

// What all token sources of a process share. A simulation brings its own clock, scheduler and chance.
internal sealed class TokenEngine
{
    // Milliseconds, longer than any failure is remembered.
    private const long KeptFor = 300_000;

    private readonly Queue<(TokenSource Source, long Until)> _failed = new();

    public TokenEngine(AuthorizationServer endpoint, TimeProvider timeProvider, ILogger logger, WorkScheduler? scheduler = null, Random? random = null)
    {
        Endpoint = endpoint;
        Logger = new SteadyLogger(logger);
        Clock = new SteadyClock(timeProvider);
        Scheduler = scheduler ?? new WorkScheduler();
        Random = random ?? Random.Shared;
        Acquirer = new TokenAcquirer(endpoint, Clock, Random, Logger);
    }

    public AuthorizationServer Endpoint { get; }
    public ILogger Logger { get; }
    public SteadyClock Clock { get; }
    public WorkScheduler Scheduler { get; }
    public Random Random { get; }
    public TokenAcquirer Acquirer { get; }

    // Has what is remembered of a failure outlive the cache that the token may have left. Few fail: an endpoint is asked a hundred times a minute.
    public void Keep(TokenSource failed)
    {
        // No concurrent queue: one that is peeked at keeps what has left it.
        lock (_failed)
        {
            _failed.Enqueue((failed, Clock.Now + KeptFor));
            while (_failed.Peek().Until < Clock.Now)
                _failed.Dequeue();
        }
    }
}
