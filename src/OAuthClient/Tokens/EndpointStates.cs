using System.Collections.Concurrent;

namespace OAuthClient.Tokens;

/// <summary>The state of each token endpoint that clients of this process use.</summary>
internal sealed class EndpointStates(Random random)
{
    private readonly ConcurrentDictionary<Uri, EndpointState> _states = new();

    public EndpointState Get(ClientSettings client) => _states.GetOrAdd(client.TokenEndpoint ?? client.Issuer!, static (_, random) => new EndpointState(random), random);
}
