namespace OAuthClient.Testing;

/// <summary>Which environment a client's keys belong to. A gateway refuses the tokens of the other one with 403 and code 900912.</summary>
public enum KeyType
{
    /// <summary>Keys for the production environment. The default.</summary>
    Production,

    /// <summary>Keys for the sandbox environment.</summary>
    Sandbox,
}
