using OAuthClient.TokenEndpoint;

namespace OAuthClient.Tokens;

/// <summary>
/// The memory of a failure: until it fades no request is sent, and who needs a token gets the same failure at once. Doubles from one
/// second to a minute with every failure in a row; a server that names a wait gets it. Not thread-safe.
/// </summary>
internal sealed class RetryBackOff
{
    private const double First = 1_000;
    private const double Longest = 60_000;

    private TokenFailure? _failure;
    private long _until;
    private int _failures;

    public TokenFailure? Remembered(long now) => now < _until ? _failure : null;

    public TimeSpan? RetryAfter(long now) => now < _until ? TimeSpan.FromMilliseconds(_until - now) : null;

    public void Remember(TokenFailure failure, long now)
    {
        _failure = failure;
        var wait = Math.Min(First * Math.Pow(2, _failures++), Longest) * (1 - (Random.Shared.NextDouble() / 4));
        _until = now + (long)Math.Max(wait, failure.RetryAfter?.TotalMilliseconds ?? 0);
    }

    public void Clear()
    {
        _failure = null;
        _until = 0;
        _failures = 0;
    }
}
