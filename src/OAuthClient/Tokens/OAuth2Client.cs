using OAuthClient.Http;

namespace OAuthClient.Tokens;

/// <summary>One registered client: its present state, and the addresses that its HttpClients turned out to have.</summary>
internal sealed class OAuth2Client(ClientSettings settings, TokenRegistry registry)
{
    private readonly object _gate = new();
    private readonly List<Uri> _addresses = [];
    private volatile ClientState _state = new(settings, registry, []);

    public ClientState State => _state;

    public TokenEngine Engine => registry.Engine;

    /// <summary>Lets the base address of a factory's HttpClient see the token.</summary>
    public void AddAddress(Uri address)
    {
        lock (_gate)
        {
            // Kept even where the settings allow it already: they may change, and the HttpClient does not.
            if (_addresses.Contains(address))
                return;
            _addresses.Add(address);
            _state.Origins.Add(address);
        }
    }

    /// <summary>
    /// Takes over changed settings. A token that is asked for differently under them is dropped; one that differs by credentials alone
    /// serves until it is replaced.
    /// </summary>
    public void Update(ClientSettings changed)
    {
        lock (_gate)
            _state = new ClientState(changed, registry, _addresses, _state);
    }
}
