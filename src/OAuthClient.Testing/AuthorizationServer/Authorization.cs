using System.Text.Json.Nodes;

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

    /// <summary>What its next token is bound to.</summary>
    public Confirmation? Confirmation { get; set; }

    /// <summary>Whether its client has shown no more than its id; what its refresh tokens are bound to then is all that protects them.</summary>
    public bool OfPublicClient { get; set; }

    /// <summary>Whether all of it is void: no refresh token that came of it, used or not, is worth anything any more.</summary>
    public bool Revoked { get; private set; }

    /// <summary>Whom its tokens are for: the user, else the client, unless a grant names another.</summary>
    public string Subject { get; init; } = user?.Username ?? username ?? client.ClientId;

    /// <summary>What its tokens say beside or instead of the usual claims; tokens of other claims are never handed out in their place.</summary>
    public JsonObject Claims { get; init; } = [];

    /// <summary>Whether its tokens are JWTs even where the server's are opaque.</summary>
    public bool AsJwt { get; init; }

    /// <summary>The token binding that its tokens are of; empty for none.</summary>
    public string Binding { get; set; } = "";

    /// <summary>What tells its tokens from others of the same client, user and scopes; empty for the usual ones.</summary>
    public string Variant => Confirmation is null && Binding.Length is 0 && Claims.Count is 0 && !AsJwt && Subject == (Username ?? client.ClientId)
        ? ""
        : $"\n\n{Subject}\n{AsJwt}\n{Confirmation}\n{Binding}\n{Claims.ToJsonString()}";

    /// <summary>An authorization of another client that goes back to the one behind a token: for the same subject, in the same organization.</summary>
    public static Authorization OfSubject(TestIssuer issuer, TestClient client, Authorization subject, bool asJwt = false)
    {
        var authorization = new Authorization(issuer, client, subject.User, subject.Username) { Subject = subject.Subject, AsJwt = asJwt };
        foreach (var name in (string[])["aut", "org_id"])
        {
            if (subject.Claims[name] is { } value)
                authorization.Claims[name] = value.DeepClone();
        }

        return authorization;
    }

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
