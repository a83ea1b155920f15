namespace OAuthClient.Testing.AuthorizationServer.Login;

/// <summary>A code that a login has ended with; guarded by the lock of <see cref="Logins"/>.</summary>
internal sealed class AuthorizationCode(string value, LoginFlow login, string agentId, DateTimeOffset expiresAt)
{
    public string Value => value;

    public LoginFlow Login => login;

    public string AgentId => agentId;

    public DateTimeOffset ExpiresAt => expiresAt;

    /// <summary>What the code was traded for, once it was.</summary>
    public Authorization? Authorization { get; set; }
}
