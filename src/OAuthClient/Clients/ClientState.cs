using Microsoft.Extensions.Caching.Memory;

namespace OAuthClient.Clients;

// A source in a state's cache. Overrides that led to it point here, and only the cache keeps it.
internal sealed class FoundSource(object version, TokenSource source, long now)
{
    public object Version => version; // Tells which state made it, and does not keep that alive: states hand their cache on.
    public TokenSource Source => source;

    // For overrides to hold, which may live as long as the process: a token that has left the cache must not live with them.
    public WeakReference<FoundSource> Weak => field ??= new WeakReference<FoundSource>(this);
    public long At { get; set; } = now;
}

// What follows from one version of a client's settings: replaced as a whole when they change.
internal sealed class ClientState
{
    private const long RememberedFor = 10_000; // Milliseconds, few enough for the cache to know which of its tokens are in use when it makes room.

    private static readonly TimeSpan _idle = TimeSpan.FromHours(1);

    private readonly object _version = new();
    private readonly TokenEngine _engine;
    private readonly ClientProtocol? _before;
    private readonly Lazy<MemoryCache> _others;

    public ClientState(ClientSettings settings, TokenEngine engine, IEnumerable<Uri> knownAddresses, ClientState? previous = null)
    {
        Protocol = new ClientProtocol(settings, previous?.Protocol);
        Headers = new CallHeaders(Protocol, engine.Clock.TimeProvider);
        _engine = engine;
        Default = engine.GetSource(new TokenSpec(Protocol, overrides: null));
        _before = previous?.Protocol;
        if (previous is not null)
            PassOn(Default, previous.Default);
        _others = previous?._others ?? new Lazy<MemoryCache>(engine.CreateCache);
        Origins = new Origins(settings.AllowInsecureHttp);
        foreach (var address in settings.AllowedOrigins.Concat(knownAddresses).Append(settings.BaseAddress))
            Origins.Add(address);
    }

    public ClientProtocol Protocol { get; }
    public ClientSettings Settings => Protocol.Settings;
    public CallHeaders Headers { get; }
    public Origins Origins { get; }
    public TokenSource Default { get; }
    public IEnumerable<TokenSource> Sources => _others.Value.Keys.Select(_others.Value.Get<FoundSource>).OfType<FoundSource>().Select(found => found.Source).Append(Default);

    // The source of the token that a call wants, where it is known; null where GetSource has to make it.
    [MethodImpl(MethodImplOptions.NoInlining)]
    public TokenSource? FindSource(OAuth2TokenRequest overrides, long now) =>
        // Looked up now and then all the same, so that the cache sees which tokens are in use.
        overrides.Memo is WeakReference<FoundSource> memo && memo.TryGetTarget(out var found) && found.Version == _version && now - found.At < RememberedFor ? found.Source : LookUp(overrides, now);

    public TokenSource GetSource(OAuth2TokenRequest? overrides)
    {
        if (overrides is null)
            return Default;
        var now = _engine.Clock.Now;
        if (FindSource(overrides, now) is { } known)
            return known;

        var source = _engine.GetSource(new TokenSpec(Protocol, overrides));

        // Those of the settings before may have left the cache and live on, as one does whose fetch a machine slept through.
        if (_others.Value.TryGetValue(KeyOf(overrides), out FoundSource? before))
            PassOn(source, before!.Source);
        else if (_before is not null)
            PassOn(source, _engine.GetSource(new TokenSpec(_before, overrides)));
        TokenEngine.Keep(_others.Value, KeyOf(overrides), new FoundSource(_version, source, now), Settings.MaxTokens, _idle);
        return source;
    }

    // The origin of an address. Throws InvalidOperationException where that may not see the client's credentials.
    public Origin GetAllowed(Uri? address)
    {
        if (Origins.Find(address) is { } allowed)
            return allowed;
        var target = address is null ? "(no address)" : SafeText.Show(address);
        if (Origins.IsEmpty)
            throw new InvalidOperationException($"{Settings}: no origin may see its token yet, so {target} was not called. Set the client's BaseAddress or AllowedOrigins, or BaseAddress in AddHttpClient(...). One that a typed client's constructor sets, or whoever creates the HttpClient, is not known here.");
        if (address is { IsAbsoluteUri: true } && !Origin.IsSecure(address, Settings.AllowInsecureHttp))
            throw TravelsInClear(address);
        throw new InvalidOperationException($"{Settings}: {target} was not called, since only {Origins} may see its token. If that host may too, add its origin to AllowedOrigins, or set BaseAddress in AddHttpClient(...) and not in a typed client's constructor; if it needs no token, call it with another HttpClient.");
    }

    public InvalidOperationException TravelsInClear(Uri address) =>
        new($"{Settings}: {SafeText.Show(address)} was not called, since a token must not travel over plain {address.Scheme}. Use https, or wss for a WebSocket; for a host inside your network set AllowInsecureHttp.");

    [MethodImpl(MethodImplOptions.NoInlining)]
    private TokenSource? LookUp(OAuth2TokenRequest overrides, long now)
    {
        if (overrides.IsDefault)
            return Default;
        if (!_others.IsValueCreated || !_others.Value.TryGetValue(KeyOf(overrides), out FoundSource? found) || found!.Version != _version)
            return null;
        found.At = now;
        overrides.Memo = found.Weak;
        return found.Source;
    }

    // Equal for requests that say the same. A look-up for each call is no place for the hash that a token's own key is; requests that differ in
    // spelling alone, such as in the order of scopes, find their way to the same token later.
    internal static string KeyOf(OAuth2TokenRequest overrides) => overrides.Key ??= KeyText.Join(key =>
    {
        key.AddAll(overrides.Scopes);
        key.AddAll(overrides.Resources);
        key.Add(overrides.Audience, overrides.SubjectToken, overrides.ActorToken, overrides.Assertion);
        key.AddPairs(overrides.Parameters);
    });

    // Where only credentials have changed, the tokens that the old ones bought serve until the new ones have bought others.
    private static void PassOn(TokenSource source, TokenSource before)
    {
        if (source != before && source.Request.GetIdentity() == before.Request.GetIdentity())
            source.Adopt(before);
    }
}
