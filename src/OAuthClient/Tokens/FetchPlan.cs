namespace OAuthClient.Tokens;

internal enum FetchReason
{
    Stale, // The current one is stale; nobody waits.
    Missing, // There is none, or it has expired.
    Rejected, // An API rejected it.
    Forced, // The caller wants a new one whatever there is.
}

// What a fetch ended with: a token, or why there is none, or both where an old one still serves. A class, as all is that tasks bring: the JIT makes
// the machinery of a task anew for each struct, and a program's first call waits for that.
internal sealed record FetchOutcome(TokenEntry? Entry, TokenFailure? Failure);

// A fetch as it was decided upon, and how the token's state was when it was sent.
// wait: Milliseconds from startedAt until it may be sent.
// isDue: True for the attempt that is made when a token has expired, whatever is remembered of failures.
internal abstract class FetchPlan(long startedAt, long wait, bool isDue)
{
    public long StartedAt => startedAt;
    public long Wait => wait;
    public bool IsDue => isDue;
    public long? DueSince => isDue ? Previous?.ExpiresAt : null; // Since when there has been no token, where that makes it due.
    public TokenEntry? Replaces { get; set; } // The token that was there when it was decided upon; another may have come from elsewhere before it is sent.
    public bool IsFound { get; set; } // True where another instance had a token.
    public FetchReason Reason { get; init; }
    public bool IsForced => Reason == FetchReason.Forced; // True where the caller wants a new one, whatever others have.
    public bool IsSent { get; set; } // True once it asks the server; until then it also serves those who came after the token was forgotten.
    public int Generation { get; set; } // How often the token had been forgotten when it was sent; what it brings is kept only if that is still so.
    public TokenEntry? Previous { get; set; }
}
