using OAuthClient.Http;

namespace OAuthClient.Tokens;

/// <summary>One registered client: its present state, and the addresses that its HttpClients turned out to have.</summary>
internal sealed class OAuth2Client(ClientSettings settings, TokenRegistry registry)
{
    private readonly object _gate = new();
    private readonly List<Uri> _addresses = [];
    private volatile ClientState _state = new(settings, registry, []);

    public ClientState State => _state;

    public TokenRegistry Registry => registry;

    /// <summary>Lets the base address of a factory's HttpClient see the token.</summary>
    public void AddAddress(Uri address)
    {
        if (_state.Origins.Allows(address))
            return;
        lock (_gate)
        {
            _addresses.Add(address);
            _state.Origins.Add(address);
        }
    }

    /// <summary>Takes over changed settings; a token that is asked for differently under them is asked for anew.</summary>
    public void Update(ClientSettings changed)
    {
        lock (_gate)
            _state = new ClientState(changed, registry, _addresses);
    }
}
