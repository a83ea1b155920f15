namespace OAuthClient;

/// <summary>How old a client's token is.</summary>
public enum OAuth2TokenState
{
    /// <summary>There is none: nobody has asked for it yet, or it was invalidated, or no attempt to get one has succeeded.</summary>
    None,

    /// <summary>It is good, and nobody needs to replace it.</summary>
    Fresh,

    /// <summary>It is good, and the next call has it replaced without waiting for that.</summary>
    Stale,

    /// <summary>It has expired; the next call waits for another.</summary>
    Expired,

    /// <summary>The client sends none: its connection wants none (see <see cref="OAuth2ProviderExtensions"/>).</summary>
    NotNeeded,
}
