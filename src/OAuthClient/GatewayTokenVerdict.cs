namespace OAuthClient;

/// <summary>What an error of a gateway means for the token that the call carried.</summary>
public enum GatewayTokenVerdict
{
    /// <summary>The token is not at fault: with another one the same call fails in the same way, until what <see cref="GatewayError.Remedy"/> says is done.</summary>
    KeepToken = 0,

    /// <summary>
    /// The token is not accepted, and another may be. A call through the library's handler has had one already where it could be sent again; to
    /// have one for the next call all the same, use <see cref="IOAuth2TokenProvider.InvalidateAsync"/> or <see cref="OAuth2TokenRequest.ForceNewToken"/>.
    /// </summary>
    NewToken = 1,

    /// <summary>The token is good, and so may be the same call a while later: a limit is used up, or something is out of order.</summary>
    Wait = 2,
}
