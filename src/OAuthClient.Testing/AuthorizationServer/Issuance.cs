namespace OAuthClient.Testing.AuthorizationServer;

/// <summary>A token as it is handed out once; <c>expires_in</c> counts from that moment.</summary>
internal sealed record Issuance(IssuedToken Token, DateTimeOffset At)
{
    public long ExpiresIn => TokenMinter.SecondsLeft(Token.ExpiresAt, At);
}
