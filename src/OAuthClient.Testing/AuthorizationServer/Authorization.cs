namespace OAuthClient.Testing.AuthorizationServer;

/// <summary>What a client was authorized to once, by its own credentials or by a user: all tokens that come of it by refreshing belong to it.</summary>
internal sealed class Authorization(TestIssuer issuer, TestClient client, TestUser? user, string? username)
{
    private readonly List<IssuedToken> _accessTokens = [];

    public TestIssuer Issuer => issuer;

    public TestClient Client => client;

    /// <summary>The user behind it, where the user is one that the server knows.</summary>
    public TestUser? User => user;

    public string? Username => user?.Username ?? username;

    /// <summary>Whether all of it is void: no refresh token that came of it, used or not, is worth anything any more.</summary>
    public bool Revoked { get; private set; }

    public string Subject => Username ?? client.ClientId;

    public void Add(IssuedToken token, DateTimeOffset now)
    {
        _accessTokens.RemoveAll(t => !t.IsLive(now));
        _accessTokens.Add(token);
    }

    public void Revoke()
    {
        Revoked = true;
        RevokeAccessTokens();
    }

    public void RevokeAccessTokens()
    {
        foreach (var token in _accessTokens)
            token.Revoke();
    }
}
