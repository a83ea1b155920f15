namespace OAuthClient;

/// <summary>How it stands with a client's token, as far as this process knows: asking costs no request.</summary>
public sealed class OAuth2TokenStatus
{
    /// <summary>The client's name, as given to <c>AddOAuth2Client</c>.</summary>
    public required string ClientName { get; init; }

    /// <summary>How old the token is, or that there is none.</summary>
    public OAuth2TokenState State { get; init; }

    /// <summary>When the token expires; null where there is none.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>
    /// Why the last attempt to get a token failed, in a sentence; null where it did not fail. While the token lives calls go on with it all the same.
    /// </summary>
    public string? Failure { get; init; }

    /// <summary>Before when no other attempt is made after a <see cref="Failure"/>; null where the next call that needs a token makes one.</summary>
    public DateTimeOffset? NextAttemptAt { get; init; }

    /// <summary>True where calls have a token to go on with, or need none.</summary>
    public bool IsUsable => State is OAuth2TokenState.Fresh or OAuth2TokenState.Stale or OAuth2TokenState.NotNeeded;

    /// <summary>State and failure, in a sentence.</summary>
    public override string ToString() => $"OAuth2 client '{ClientName}': {Describe()}{(Failure is null ? "." : $"; the last attempt to get one failed: {Failure}")}";

    private string Describe() => State switch
    {
        OAuth2TokenState.NotNeeded => "it needs no token",
        OAuth2TokenState.Fresh => "it has a token",
        OAuth2TokenState.Stale => "it has a token that is due to be replaced",
        OAuth2TokenState.Expired => "its token has expired",
        _ => "it has no token yet",
    };
}
