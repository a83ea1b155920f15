namespace OAuthClient.Testing;

/// <summary>
/// An agent that is known to an <see cref="OAuth2TestServer"/>: a program with an identity of its own, which signs in at
/// <see cref="OAuth2TestServer.AuthorizationEndpoint"/> as a user would, without a browser. Its JWTs have its id as <c>sub</c>, and <c>"aut":"AGENT"</c>.
/// </summary>
public sealed class TestAgent
{
    /// <summary>Registers an agent.</summary>
    /// <param name="agentId">The agent's identifier.</param>
    /// <param name="agentSecret">Its secret.</param>
    /// <exception cref="ArgumentException"><paramref name="agentId"/> is empty.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="agentSecret"/> is <see langword="null"/>.</exception>
    public TestAgent(string agentId, string agentSecret)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(agentId);
        ArgumentNullException.ThrowIfNull(agentSecret);
        AgentId = agentId;
        AgentSecret = agentSecret;
    }

    /// <summary>The agent's identifier.</summary>
    public string AgentId { get; }

    /// <summary>The secret that the agent signs in with; may be changed while the server runs.</summary>
    public string AgentSecret { get; set; }
}
