using System.Net;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging.Abstractions;
using OAuthClient.Testing;

namespace OAuthClient.Tests.Simulation;

/// <summary>One process of a story: an engine, one client whose callers have tokens of their own, and what its APIs told it.</summary>
internal sealed class Process
{
    private static readonly HttpRequestOptionsKey<CallRecord> _record = new("record");

    private readonly int _number;
    private readonly Story _story;
    private readonly SimulatedServer _server;
    private readonly OAuth2Client _client;
    private readonly OAuth2TokenRequest?[] _overrides;
    private readonly Dictionary<(int Caller, int Api), Verdicts> _verdicts = [];

    // When the garbage collector comes is not for it to decide how a story goes on.
    private readonly HashSet<TokenSource> _sources = [];
    private DateTimeOffset? _reloadedAt;
    private int _secret;
    private int _password;
    private int _timeout = 30;

    public Process(int number, Story story, SimulatedServer server, ManualTimeProvider clock)
    {
        (_number, _story, _server) = (number, story, server);
        _overrides = [.. Enumerable.Range(0, story.Callers).Select(caller => caller == 0 ? null : CreateOverrides(caller, forced: false))];
        var http = new HttpClient(server.CreateTokenEndpoint(number, NoteRequest)) { Timeout = Timeout.InfiniteTimeSpan };
        var engine = new TokenEngine(new AuthorizationServer(() => http, clock), clock, NullLogger.Instance, new WorkScheduler(inPlace: true), new Random(story.Seed + number));
        _client = new OAuth2Client(CreateSettings(), engine);
        Invoker = new HttpMessageInvoker(new AccessTokenHandler(_client) { InnerHandler = server.CreateApi(NoteSending, NoteAnswer) });
    }

    public HttpMessageInvoker Invoker { get; }

    public string Secret => $"secret-{_secret}";

    /// <summary>What a caller's own grant proves him by, or null.</summary>
    public string? GetValue(int caller) => _story.GrantType switch
    {
        GrantTypes.Password => $"password-{_password}",
        GrantTypes.JwtBearer => SimulatedServer.AssertionOf(caller),
        _ => null,
    };

    public TokenSource GetSource(int caller)
    {
        var source = _client.State.GetSource(_overrides[caller]);
        _sources.Add(source);
        return source;
    }

    /// <summary>The token that a caller would get now, or null.</summary>
    public string? PeekToken(int caller) => Current(GetSource(caller)) is { } entry && _client.Clock.Now < entry.ReplaceAt ? entry.Token.Value : null;

    public HttpRequestMessage CreateRequest(CallRecord call)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, World.Apis[call.Api]);
        request.Options.Set(_record, call);
        if (call.Kind == ActKind.ForcedCalls)
            request.SetOAuth2TokenRequest(CreateOverrides(call.Caller, forced: true));
        else if (_overrides[call.Caller] is { } overrides)
            request.SetOAuth2TokenRequest(overrides);
        return request;
    }

    /// <summary>Reads changed options.</summary>
    public void Reload(int amount)
    {
        _reloadedAt = _server.Now;
        if (amount % 3 == 0)
            _timeout = 50 - _timeout;
        else if (amount % 3 == 1)
            _secret = amount / 3 % Act.Versions;
        else
            _password = amount / 3 % Act.Versions;
        _client.Update(CreateSettings());
        _sources.Add(_client.State.Default);
    }

    /// <summary>True where an API may not take a token, for all that the process knows.</summary>
    public bool IsInDoubt(int caller, int api, string token) =>
        _verdicts.TryGetValue((caller, api), out var verdicts)
        && (verdicts.IsRejecting || verdicts.Rejected.ContainsKey(token) || (_reloadedAt is not null && verdicts.HasRejected(token)));

    private ClientSettings CreateSettings()
    {
        var options = new OAuth2ClientOptions
        {
            TokenEndpoint = new Uri("https://sts.example/token"),
            ClientId = "id",
            ClientSecret = Secret,
            GrantType = _story.GrantType,
            Username = _story.GrantType == GrantTypes.Password ? "user" : null,
            Password = _story.GrantType == GrantTypes.Password ? GetValue(0) : null,
            TokenRequestTimeout = TimeSpan.FromSeconds(_timeout),
            BaseAddress = World.Apis[0],
            AllowedOrigins = { World.Apis[1].AbsoluteUri },
            Scopes = { SimulatedServer.ScopeOf(0) },
        };
        foreach (var (name, value) in CreateParameters(0))
            options.Parameters[name] = value;
        new OAuth2ClientOptionsDefaults().PostConfigure("simulated", options);
        return new ClientSettings("simulated", options);
    }

    private OAuth2TokenRequest CreateOverrides(int caller, bool forced) => new()
    {
        Scopes = caller == 0 ? null : [SimulatedServer.ScopeOf(caller)],
        Parameters = caller == 0 ? null : CreateParameters(caller),
        ForceNewToken = forced,
    };

    private Dictionary<string, string> CreateParameters(int caller) => _story.GrantType switch
    {
        GrantTypes.JwtBearer => new() { ["assertion"] = SimulatedServer.AssertionOf(caller) },
        GrantTypes.RefreshToken => new() { ["refresh_token"] = SimulatedServer.RefreshTokenOf(_number, caller) },
        _ => [],
    };

    private void NoteRequest(TokenRequestRecord request)
    {
        foreach (var (of, verdicts) in _verdicts)
        {
            if (of.Caller == request.Caller && request.Outcome == Outcome.Issued)
                verdicts.NoteIssued(request.Token!);
        }
    }

    private void NoteSending(HttpRequestMessage request, string? token)
    {
        if (!request.Options.TryGetValue(_record, out var call))
            return;

        // Of calls that are handed a token at once, each has got it before the first is answered.
        var now = _server.Now;
        var wasRejected = token is not null && _verdicts.TryGetValue((call.Caller, call.Api), out var verdicts) && verdicts.Rejected.TryGetValue(token, out var at) && at < now;
        call.Sendings.Add(new Sending(now, token, token is not null && now >= _server.ExpiryOf(token), wasRejected));
    }

    private void NoteAnswer(HttpRequestMessage request, HttpStatusCode status)
    {
        if (!request.Options.TryGetValue(_record, out var call) || request.Headers.Authorization?.Parameter is not { } token)
            return;
        if (!_verdicts.TryGetValue((call.Caller, call.Api), out var verdicts))
            _verdicts[(call.Caller, call.Api)] = verdicts = new Verdicts();

        // What a call of before a reload is told, the tokens of before it do not hear; and of one that was given up, nobody may hear.
        verdicts.Note(token, status, _server.Now, isHeard: call.Kind != ActKind.CancelledCall && !(_reloadedAt >= call.StartedAt));
    }

    /// <summary>What one API has told of one caller's tokens.</summary>
    private sealed class Verdicts
    {
        private readonly HashSet<string> _accepted = new(StringComparer.Ordinal);
        private readonly HashSet<string> _everRejected = new(StringComparer.Ordinal);
        /// <summary>
        /// The tokens that it has taken back, and since when. One that an API rejects on its first use, as it did the one before, is not among them:
        /// it may not be the token that it objects to.
        /// </summary>
        public Dictionary<string, DateTimeOffset> Rejected { get; } = new(StringComparer.Ordinal);

        /// <summary>True while its last answer was a 401.</summary>
        public bool IsRejecting { get; private set; }

        /// <summary>True where it has ever rejected that token.</summary>
        public bool HasRejected(string token) => _everRejected.Contains(token);

        /// <summary>A token that was rejected and is issued again has to prove itself anew.</summary>
        public void NoteIssued(string token)
        {
            Rejected.Remove(token);
            if (HasRejected(token))
                _accepted.Remove(token);
        }

        public void Note(string token, HttpStatusCode status, DateTimeOffset now, bool isHeard)
        {
            var isRejected = status == HttpStatusCode.Unauthorized;
            if (!isRejected)
            {
                _accepted.Add(token);
                Rejected.Remove(token);
            }
            else if (isHeard && (_accepted.Contains(token) || !IsRejecting))
            {
                Rejected[token] = now;
            }

            if (isRejected)
                _everRejected.Add(token);
            IsRejecting = isRejected;
        }
    }

    private static TokenEntry? Current(TokenSource source) => Current(source.State);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_current")]
    private static extern ref TokenEntry? Current(TokenState state);
}
