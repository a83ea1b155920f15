namespace OAuthClient.Tests.Servers;

/// <summary>
/// One call of the API in a file of the gallery, and what must come of it: either an answer (Status) or an OAuth2TokenException (Message).
/// Everything that is not said must not be: no other error, no wait, no request.
/// </summary>
internal sealed record ServerCall
{
    /// <summary>How many seconds pass before the call.</summary>
    public double After { get; init; }

    /// <summary>The status of the answer that the caller sees.</summary>
    public int? Status { get; init; }

    /// <summary>A piece of that answer's body.</summary>
    public string? Body { get; init; }

    /// <summary>A piece of what the answer is read as where it is an error of a gateway, such as its code.</summary>
    public string? GatewayError { get; init; }

    /// <summary>A piece of the exception's message.</summary>
    public string? Message { get; init; }

    /// <summary>The exception's error code.</summary>
    public string? Error { get; init; }

    /// <summary>Whether the exception says that the same request may succeed later.</summary>
    public bool IsTransient { get; init; }

    /// <summary>The least and the most seconds that the exception may name as RetryAfter.</summary>
    public IReadOnlyList<double>? RetryAfter { get; init; }

    /// <summary>The grant type of each token request that the call causes; for a refresh the refresh token as well.</summary>
    public IReadOnlyList<string> TokenRequests { get; init; } = [];

    /// <summary>The token on each request that the API gets, "none" for one without.</summary>
    public IReadOnlyList<string> ApiRequests { get; init; } = [];

    /// <summary>How many seconds the token lives from now on.</summary>
    public double? Lifetime { get; init; }

    /// <summary>The scopes that the token was granted.</summary>
    public string? Scope { get; init; }

    /// <summary>A piece of a warning that the call causes.</summary>
    public string? Warning { get; init; }

    /// <summary>What this expectation lacks, or says twice; null where it is whole.</summary>
    public string? FindGap() => this switch
    {
        { Status: null, Message: null } => "neither Status nor Message",
        { Status: not null, Message: not null } => "both Status and Message",
        { Status: not null, ApiRequests.Count: 0 } => "an answer, but no request that was answered",
        { Status: not null, Error: not null } or { Status: not null, RetryAfter: not null } or { Status: not null, IsTransient: true } => "an answer, and what exceptions have",
        { Message: not null, RetryAfter: not { Count: 2 } } => "a failure without the least and the most of RetryAfter",
        { Message: not null, ApiRequests.Count: > 0 } => "a failure, but a request to the API",
        { Message: not null, Body: not null } or { Message: not null, Lifetime: not null } or { Message: not null, Scope: not null } or { Message: not null, GatewayError: not null } => "a failure, and what answers have",
        _ => null,
    };
}
