namespace OAuthClient.Testing;

/// <summary>What the token endpoint does when a client asks again for the same user and scopes while an earlier token is still good.</summary>
public enum ReissueBehavior
{
    /// <summary>A new token is issued and the earlier one stays good. The default.</summary>
    NewToken,

    /// <summary>The same token is returned and <c>expires_in</c> is what remains of its life ("sticky"), as WSO2's servers do with opaque tokens.</summary>
    SameToken,

    /// <summary>A new token is issued and the earlier one is revoked, with its refresh token, as WSO2's servers do with JWTs.</summary>
    RevokePrevious,
}
