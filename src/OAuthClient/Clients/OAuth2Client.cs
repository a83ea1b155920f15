namespace OAuthClient.Clients;

// One registered client: its present state, and the addresses that its HttpClients turned out to have.
internal sealed class OAuth2Client
{
    private const long SaidFor = 60_000;
    private const int MaxSaid = 100;
    private const int MaxFirst = 32;

    private readonly object _gate = new();
    private readonly Dictionary<string, long> _said = new(StringComparer.Ordinal);
    private HashSet<string>? _first;
    private readonly ConcurrentDictionary<string, bool> _told = new(StringComparer.Ordinal);
    private readonly List<Origin> _origins = [];
    private volatile ClientState _state;
    private volatile bool _wasUsed; // A field, since each call asks, and a look-up would lock.

    public OAuth2Client(ClientSettings settings, TokenEngine engine)
    {
        Engine = engine;
        Clock = engine.Clock;
        _state = new ClientState(settings, engine, []);
        Tell(settings);
    }

    public ClientState State => _state;
    public TokenEngine Engine { get; }
    public SteadyClock Clock { get; }

    public void AddAddress(Uri address)
    {
        lock (_gate)
        {
            // Kept even where the settings allow it already: they may change, and the HttpClient does not.
            if (Origin.GetHost(address) is null || _origins.Exists(known => known.Matches(address)))
                return;
            _origins.Add(new Origin(address));
            _state.Origins.Add(address);
        }

        TellOfBaseAddress(address);
    }

    // Takes over changed settings. A token that is asked for differently is dropped; where credentials alone differ it serves until replaced.
    public void Update(ClientSettings changed)
    {
        lock (_gate)
        {
            if (changed.SaysTheSameAs(_state.Settings))
                return;
            _state = new ClientState(changed, Engine, _origins.Select(origin => origin.Address), _state);
        }

        Tell(changed);
    }

    public void NoteCall(HttpRequestMessage request)
    {
        if (_wasUsed)
            return;
        _wasUsed = true;
        if (!_state.Settings.SendsNoToken && request.Headers.NonValidated.Contains(_state.Settings.HeaderName))
            Log.HeaderReplaced(Engine.Logger, _state.Settings.Name, _state.Settings.HeaderName);
    }

    // Forgets the tokens of one of its sources and has the server revoke them; why it did not take them all, else null.
    public async ValueTask<TokenFailure?> RevokeAsync(TokenSource source, CancellationToken cancellationToken)
    {
        var protocol = _state.Protocol;
        var settings = protocol.Settings;
        if (settings is { RevocationEndpoint: null, Issuer: null })
            throw settings.Lacks(nameof(Endpoints.Revocation));
        var accessToken = await source.InvalidateAsync().ConfigureAwait(false);
        var refreshToken = await source.TakeRefreshTokenAsync().ConfigureAwait(false);
        TokenFailure? failure = null;
        if (refreshToken is not null)
            failure = await Engine.Endpoint.RevokeAsync(protocol, refreshToken, "refresh_token", cancellationToken).ConfigureAwait(false);
        if (accessToken is not null)
            failure = await Engine.Endpoint.RevokeAsync(protocol, accessToken.Value, "access_token", cancellationToken).ConfigureAwait(false) ?? failure;
        if (failure is not null)
            Log.RevocationFailed(Engine.Logger, settings.Name, failure.Message);
        return failure;
    }

    public OAuth2TokenStatus GetStatus(OAuth2TokenRequest? request)
    {
        var state = _state;
        var now = Clock.Now;
        var name = state.Settings.Name;
        if (state.Settings.SendsNoToken || request is { NoToken: true })
            return new OAuth2TokenStatus { ClientName = name, State = OAuth2TokenState.NotNeeded };

        // Found where it is known, and not made: nothing makes room for a question.
        if ((request is null ? state.Default : state.FindSource(request, now)) is not { } source)
            return new OAuth2TokenStatus { ClientName = name };
        var (entry, failure) = source.GetStatus();
        return new OAuth2TokenStatus
        {
            ClientName = name,
            State = entry is null ? OAuth2TokenState.None : now < entry.RefreshAt ? OAuth2TokenState.Fresh : now < entry.ExpiresAt ? OAuth2TokenState.Stale : OAuth2TokenState.Expired,
            ExpiresAt = entry?.Token.ExpiresAt,
            Failure = failure?.Message,
            NextAttemptAt = Clock.TimeProvider.GetUtcNow() + failure?.RetryAfter,
        };
    }

    // False for what has been said within the last minute: an API that rejects every call must not fill the log.
    public bool IsNews(string cause)
    {
        lock (_said)
        {
            if (_said.TryGetValue(cause, out var at) && Clock.Now - at < SaidFor)
                return false;
            if (_said.Count == MaxSaid)
                _said.Clear();
            _said[cause] = Clock.Now;
            return true;
        }
    }

    // True the first time that an API's gateway says so. A gateway that says ever new things must not fill log and memory: no more than 32.
    public bool IsFirst(string saying)
    {
        lock (_said)
            return (_first ??= new(StringComparer.Ordinal)).Count < MaxFirst && _first.Add(saying);
    }

    private void Tell(ClientSettings settings)
    {
        if (settings.GrantType == GrantTypes.Password && _told.TryAdd(settings.GrantType, true))
            Log.PasswordGrantUsed(Engine.Logger, settings.Name);
        foreach (var note in settings.Notes.Where(note => _told.TryAdd(note, true)))
            Log.SettingsNoted(Engine.Logger, settings.Name, note);
        TellOfBaseAddress(settings.BaseAddress);
    }

    private void TellOfBaseAddress(Uri? address)
    {
        if (address is not null && !address.AbsolutePath.EndsWith('/') && _told.TryAdd(address.AbsolutePath, true))
            Log.BaseAddressWithoutSlash(Engine.Logger, _state.Settings.Name, SafeText.Show(address));
    }
}
