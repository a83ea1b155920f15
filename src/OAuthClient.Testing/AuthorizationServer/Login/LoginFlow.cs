namespace OAuthClient.Testing.AuthorizationServer.Login;

/// <summary>What a client asked for at the authorization endpoint, while somebody signs in.</summary>
internal sealed record LoginFlow(string Id, TestClient Client, string RedirectUri, IReadOnlyList<string> Scopes, string CodeChallenge, string? State, DateTimeOffset ExpiresAt);
