using System.Globalization;
using System.Net;
using System.Text;
using System.Web;
using OAuthClient.Testing;

namespace OAuthClient.Tests.Simulation;

/// <summary>How a token request ended.</summary>
internal enum Outcome
{
    /// <summary>It has not, or no connection could be made.</summary>
    None,

    /// <summary>With a token.</summary>
    Issued,

    /// <summary>Its answer was lost.</summary>
    Lost,

    /// <summary>With 503.</summary>
    Outage,

    /// <summary>With an answer that names no error.</summary>
    Page,

    /// <summary>With <c>invalid_grant</c>: what was sent is refused.</summary>
    InvalidGrant,

    /// <summary>With <c>invalid_client</c>: the secret is refused.</summary>
    InvalidClient,

    /// <summary>With <c>invalid_scope</c>: nothing but this request is refused.</summary>
    InvalidScope,
}

/// <summary>One token request that one process made for one caller.</summary>
/// <param name="Process">The process.</param>
/// <param name="Caller">The caller whose token it is.</param>
/// <param name="Secret">The client's secret.</param>
/// <param name="Value">The password, assertion or refresh token; null where there is none.</param>
/// <param name="IsRefresh">True for a refresh token.</param>
/// <param name="SentAt">When it was sent.</param>
internal sealed record TokenRequestRecord(int Process, int Caller, string Secret, string? Value, bool IsRefresh, DateTimeOffset SentAt)
{
    /// <summary>When the first request of the same attempt was sent: the own grant may follow a refresh that failed, or a request a broken connection.</summary>
    public required DateTimeOffset BeganAt { get; init; }

    public DateTimeOffset? AnsweredAt { get; set; }

    public Outcome Outcome { get; set; }

    /// <summary>True for an attempt to connect.</summary>
    public bool IsUnconnected { get; init; }

    public string? Token { get; set; }

    public string? RefreshToken { get; set; }

    /// <summary>When the token ends, at the earliest, for who counts from when he asked.</summary>
    public DateTimeOffset EndsAt { get; set; }

    public bool IsOf(CallRecord call) => (Process, Caller) == (call.Process, call.Caller);
}

/// <summary>An authorization server and its APIs in memory, on the simulation's clock.</summary>
internal sealed class SimulatedServer(Story story, TimeProvider clock)
{
    private readonly Dictionary<string, (DateTimeOffset ExpiresAt, bool IsRevoked)> _tokens = new(StringComparer.Ordinal);
    private readonly Dictionary<(ActKind Kind, int Target), DateTimeOffset> _troubleUntil = [];
    private readonly Dictionary<int, string> _last = [];
    private readonly HashSet<string> _spentRefreshTokens = new(StringComparer.Ordinal);
    private int _refreshTokens;
    private int _refreshTokensBeforeRevocation;

    public List<TokenRequestRecord> Requests { get; } = [];

    public DateTimeOffset Now => clock.GetUtcNow();

    /// <summary>The assertion of a caller's user; the second and the third caller are one user.</summary>
    public static string AssertionOf(int caller) => $"assertion-{Math.Min(caller, 1)}";

    /// <summary>The scope that tells a caller's token from another's.</summary>
    public static string ScopeOf(int caller) => $"scope-{caller}";

    /// <summary>The refresh token that a caller brings along who has nothing else.</summary>
    public static string RefreshTokenOf(int process, int caller) => $"refresh-{caller}-of-{process}";

    /// <summary>Begins a trouble, with one user, secret or API where it is with one alone.</summary>
    public void Trouble(ActKind kind, int target, int milliseconds) => _troubleUntil[(kind, target)] = Now.AddMilliseconds(milliseconds);

    /// <summary>How many tokens had been issued when all were last revoked.</summary>
    public int IssuedBeforeRevocation { get; private set; }

    public bool WasIssuedBeforeRevocation(string token) => int.Parse(token["token-".Length..], CultureInfo.InvariantCulture) < IssuedBeforeRevocation;

    public void RevokeAll()
    {
        IssuedBeforeRevocation = _tokens.Count;
        _refreshTokensBeforeRevocation = _refreshTokens;
        foreach (var token in _tokens.Keys.ToArray())
            _tokens[token] = _tokens[token] with { IsRevoked = true };
    }

    public bool IsLive(string token) => _tokens.TryGetValue(token, out var state) && !state.IsRevoked && Now < state.ExpiresAt;

    public DateTimeOffset ExpiryOf(string token) => _tokens[token].ExpiresAt;

    /// <summary>The token endpoint as one process sees it; each request that has ended is told before its answer is seen.</summary>
    public HttpMessageHandler CreateTokenEndpoint(int process, Action<TokenRequestRecord> onAnswer) => new Handler(async (request, cancellationToken) =>
    {
        var record = await ReadAsync(process, request).ConfigureAwait(false);
        Requests.Add(record);
        try
        {
            return await AnswerAsync(record, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            record.AnsweredAt = Now;
            onAnswer(record);
        }
    });

    /// <summary>The APIs as one process sees them; each arrival is told before it is judged, and each answer before it is seen.</summary>
    public HttpMessageHandler CreateApi(Action<HttpRequestMessage, string?> onSend, Action<HttpRequestMessage, HttpStatusCode> onAnswer) => new Handler(async (request, cancellationToken) =>
    {
        var token = request.Headers.Authorization?.Parameter;
        onSend(request, token);
        await DelayAsync(TimeSpan.FromMilliseconds(story.ApiLatencyMs), cancellationToken).ConfigureAwait(false);
        var status = token is not null && IsLive(token) && !Is(ActKind.Reject, Array.IndexOf(World.Apis, request.RequestUri)) ? HttpStatusCode.OK : HttpStatusCode.Unauthorized;
        await DelayAsync(TimeSpan.FromMilliseconds(story.ApiLatencyMs), cancellationToken).ConfigureAwait(false);
        onAnswer(request, status);
        return new HttpResponseMessage(status);
    });

    private async Task<HttpResponseMessage> AnswerAsync(TokenRequestRecord record, CancellationToken cancellationToken)
    {
        if (record.IsUnconnected)
            throw new HttpRequestException(HttpRequestError.ConnectionError, "refused");
        var latency = TimeSpan.FromMilliseconds(story.TokenLatencyMs / 2.0);
        await DelayAsync(latency, cancellationToken).ConfigureAwait(false);
        var outcome = Judge(record);
        var answer = outcome is Outcome.Issued or Outcome.Lost ? Issue(record) : Refuse(outcome, Requests.IndexOf(record));
        record.Outcome = Outcome.Lost;
        if (Is(ActKind.Hang))
            await DelayAsync(Timeout.InfiniteTimeSpan, cancellationToken).ConfigureAwait(false);
        await DelayAsync(latency, cancellationToken).ConfigureAwait(false);
        if (outcome == Outcome.Lost)
            throw new HttpRequestException(HttpRequestError.ResponseEnded, "broke");
        record.Outcome = outcome;
        return answer;
    }

    private async Task<TokenRequestRecord> ReadAsync(int process, HttpRequestMessage request)
    {
        var form = HttpUtility.ParseQueryString(await request.Content!.ReadAsStringAsync(CancellationToken.None).ConfigureAwait(false));
        var secret = Encoding.UTF8.GetString(Convert.FromBase64String(request.Headers.Authorization!.Parameter!)).Split(':')[1];
        var refreshToken = form["refresh_token"];
        var caller = (refreshToken ?? form["scope"]!).Split('-')[1];
        var value = refreshToken ?? form["assertion"] ?? form["password"];
        var number = int.Parse(caller, CultureInfo.InvariantCulture);
        var before = Requests.FindLast(other => (other.Process, other.Caller) == (process, number));
        return new TokenRequestRecord(process, number, secret, value, refreshToken is not null, Now)
        {
            BeganAt = before is { Outcome: not Outcome.Issued } && before.AnsweredAt == Now ? before.BeganAt : Now,
            IsUnconnected = Is(ActKind.Abort),
        };
    }

    private Outcome Judge(TokenRequestRecord request)
    {
        if (Is(ActKind.Outage))
            return Outcome.Outage;
        if (Is(ActKind.Page))
            return Outcome.Page;
        if (Is(ActKind.RefuseClient, request.Secret[^1] - '0'))
            return Outcome.InvalidClient;
        if (Is(ActKind.Refuse, Math.Min(request.Caller, 1)))
            return request.Value is null ? Outcome.InvalidScope : Outcome.InvalidGrant;
        if (request.IsRefresh && !IsGood(request.Value!))
            return Outcome.InvalidGrant;
        return Is(ActKind.Lose) ? Outcome.Lost : Outcome.Issued;
    }

    // Who has nothing but a refresh token would be lost for the rest of the story.
    private bool IsGood(string refreshToken) =>
        !_spentRefreshTokens.Contains(refreshToken)
        && (story.HasOnlyRefreshToken || int.Parse(refreshToken.Split('-')[2], CultureInfo.InvariantCulture) >= _refreshTokensBeforeRevocation);

    private static HttpResponseMessage Refuse(Outcome outcome, int number)
    {
        var (status, error) = outcome switch
        {
            Outcome.Outage => (HttpStatusCode.ServiceUnavailable, null),
            Outcome.Page => (HttpStatusCode.Forbidden, null),
            Outcome.InvalidClient => (HttpStatusCode.Unauthorized, "invalid_client"),
            Outcome.InvalidScope => (HttpStatusCode.BadRequest, "invalid_scope"),
            _ => (HttpStatusCode.BadRequest, "invalid_grant"),
        };

        // Whoever is told of it can tell whose request was refused.
        return Answer(status, $$"""{"error":{{(error is null ? "null" : $"\"{error}\"")}},"error_description":"{{Description}}{{number}}"}""");
    }

    /// <summary>What a refusal's description begins with, before the number of the request.</summary>
    public const string Description = "no. ";

    // Task.Delay hands a cancellation to the pool; here everything happens in place.
    private async Task DelayAsync(TimeSpan time, CancellationToken cancellationToken)
    {
        if (time == TimeSpan.Zero)
            return;
        var passed = new TaskCompletionSource();
        await using var timer = clock.CreateTimer(_ => passed.TrySetResult(), null, time, Timeout.InfiniteTimeSpan).ConfigureAwait(false);
        await using var registration = cancellationToken.UnsafeRegister(_ => passed.TrySetCanceled(cancellationToken), null).ConfigureAwait(false);
        await passed.Task.ConfigureAwait(false);
    }

    private HttpResponseMessage Issue(TokenRequestRecord record)
    {
        var last = _last.GetValueOrDefault(record.Caller);
        if (story.Behavior == ReissueBehavior.SameToken && last is not null && IsLive(last) && ExpiryOf(last) >= Now.AddSeconds(1))
        {
            record.Token = last;
        }
        else
        {
            if (story.Behavior == ReissueBehavior.RevokePrevious && last is not null)
                _tokens[last] = _tokens[last] with { IsRevoked = true };
            record.Token = _last[record.Caller] = $"token-{_tokens.Count}";
            _tokens[record.Token] = (Now.AddSeconds(story.LifetimeSeconds), false);
        }

        var left = (int)Math.Round((ExpiryOf(record.Token) - Now).TotalSeconds, MidpointRounding.ToZero);
        record.EndsAt = record.BeganAt.AddSeconds(left);
        if (story.Refresh == RefreshBehavior.Rotating && record.IsRefresh)
            _spentRefreshTokens.Add(record.Value!);
        if (story.Refresh != RefreshBehavior.None && record.Value is not null && !(record.IsRefresh && story.Refresh == RefreshBehavior.Fixed))
            record.RefreshToken = $"refresh-{record.Caller}-{_refreshTokens++}";
        var refresh = record.RefreshToken is null ? "" : $""","refresh_token":"{record.RefreshToken}" """;
        return Answer(HttpStatusCode.OK, $$"""{"access_token":"{{record.Token}}","token_type":"Bearer","expires_in":{{left}}{{refresh}}}""");
    }

    private static HttpResponseMessage Answer(HttpStatusCode status, string json) => new(status) { Content = new StringContent(json, Encoding.UTF8, "application/json") };

    private bool Is(ActKind trouble, int target = 0) => _troubleUntil.TryGetValue((trouble, target), out var until) && Now < until;

    private sealed class Handler(Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>> send) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => send(request, cancellationToken);
    }
}
