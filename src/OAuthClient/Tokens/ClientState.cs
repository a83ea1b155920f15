using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Caching.Memory;
using OAuthClient.Http;

namespace OAuthClient.Tokens;

/// <summary>What follows from one version of a client's settings: replaced as a whole when they change.</summary>
internal sealed class ClientState
{
    private static readonly TimeSpan _idle = TimeSpan.FromHours(1);

    private readonly TokenRegistry _registry;
    private readonly Credentials _credentials;
    private readonly TokenSource _default;
    private readonly Lazy<MemoryCache> _others;

    public ClientState(ClientSettings settings, TokenRegistry registry, IEnumerable<Uri> knownAddresses)
    {
        Settings = settings;
        _registry = registry;
        _credentials = new Credentials(settings);
        _default = registry.GetOrAdd(new AccessTokenRequest(settings, overrides: null));
        _others = new Lazy<MemoryCache>(() => registry.CreateCache(settings.MaxTokens));
        Origins = new Origins(settings.AllowInsecureHttp);
        foreach (var address in settings.AllowedOrigins.Concat(knownAddresses))
            Origins.Add(address);
        Origins.Add(settings.BaseAddress);
    }

    public ClientSettings Settings { get; }

    public Origins Origins { get; }

    public TokenSource Default => _default;

    /// <summary>The usual case at the least cost: a fresh token for an allowed origin, attached.</summary>
    public bool TryAttach(HttpRequestMessage request, [NotNullWhen(true)] out TokenEntry? entry)
    {
        if (!_default.TryGetFresh(out entry) || !Origins.Allows(request.RequestUri))
            return false;
        _credentials.Apply(request, entry);
        return true;
    }

    public void Attach(HttpRequestMessage request, TokenEntry? entry)
    {
        if (entry is null)
            _credentials.ApplyApiKey(request);
        else
            _credentials.Apply(request, entry);
    }

    /// <summary>The source of the token that a call wants.</summary>
    public TokenSource GetSource(OAuth2TokenRequest? overrides)
    {
        if (overrides is null or { Scopes: null, Resources: null, Audience: null, Parameters: null })
            return _default;
        var wanted = new AccessTokenRequest(Settings, overrides);
        if (wanted.Key == _default.Request.Key)
            return _default;
        var others = _others.Value;
        if (others.TryGetValue(wanted.Key, out TokenSource? source) && source is not null)
            return source;

        // A full cache would drop the new entry; the least recently used ones make room instead.
        if (others.Count >= Settings.MaxTokens)
            others.Compact(0.1);
        source = _registry.GetOrAdd(wanted);
        return others.Set(wanted.Key, source, new MemoryCacheEntryOptions { Size = 1, SlidingExpiration = _idle });
    }

    /// <summary>Throws unless the address may see the client's credentials.</summary>
    public void EnsureAllowed(Uri? address)
    {
        if (Origins.Allows(address))
            return;
        var target = address is null ? "(no address)" : SafeText.Show(address);
        if (Origins.IsEmpty)
            throw new InvalidOperationException($"{Settings}: no origin may see its token yet, so {target} was not called. Set BaseAddress or AllowedOrigins, or the BaseAddress of the HttpClient.");
        if (address is not null && !Origins.IsSecure(address, Settings.AllowInsecureHttp))
            throw new InvalidOperationException($"{Settings}: {target} was not called, since a token must not travel over plain http. Use https; for a host inside your network set AllowInsecureHttp.");
        throw new InvalidOperationException($"{Settings}: {target} was not called, since only {Origins} may see its token. If that host may too, add its origin to AllowedOrigins; if it needs no token, call it with another HttpClient.");
    }

    public override string ToString() => Settings.ToString();
}
