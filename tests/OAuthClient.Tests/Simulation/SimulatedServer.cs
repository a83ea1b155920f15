using System.Globalization;
using System.Net;
using System.Text;
using OAuthClient.Testing;

namespace OAuthClient.Tests.Simulation;

/// <summary>One token request of one process.</summary>
internal sealed record TokenRequestRecord(int Process, DateTimeOffset SentAt)
{
    public DateTimeOffset? AnsweredAt { get; set; }

    public string? Token { get; set; }
}

/// <summary>An authorization server and an API in memory, on the simulation's clock.</summary>
internal sealed class SimulatedServer(Story story, TimeProvider clock)
{
    private readonly Dictionary<string, (DateTimeOffset ExpiresAt, bool IsRevoked)> _tokens = new(StringComparer.Ordinal);
    private readonly Dictionary<ActKind, DateTimeOffset> _troubleUntil = [];
    private string? _last;

    public List<TokenRequestRecord> Requests { get; } = [];

    public DateTimeOffset Now => clock.GetUtcNow();

    public void Trouble(ActKind kind, int milliseconds) => _troubleUntil[kind] = Now.AddMilliseconds(milliseconds);

    /// <summary>How many tokens had been issued when all were last revoked.</summary>
    public int IssuedBeforeRevocation { get; private set; }

    public bool WasIssuedBeforeRevocation(string token) => int.Parse(token["token-".Length..], CultureInfo.InvariantCulture) < IssuedBeforeRevocation;

    public void RevokeAll()
    {
        IssuedBeforeRevocation = _tokens.Count;
        foreach (var token in _tokens.Keys.ToArray())
            _tokens[token] = _tokens[token] with { IsRevoked = true };
    }

    public bool IsLive(string token) => _tokens.TryGetValue(token, out var state) && !state.IsRevoked && Now < state.ExpiresAt;

    public DateTimeOffset ExpiryOf(string token) => _tokens[token].ExpiresAt;

    public HttpMessageHandler CreateTokenEndpoint(int process) => new Handler((_, cancellationToken) => IssueAsync(process, cancellationToken));

    /// <summary>The API as one process sees it; each arrival is told before it is judged.</summary>
    public HttpMessageHandler CreateApi(Action<HttpRequestMessage, string?> onSend) => new Handler(async (request, cancellationToken) =>
    {
        var token = request.Headers.Authorization?.Parameter;
        onSend(request, token);
        await DelayAsync(TimeSpan.FromMilliseconds(story.ApiLatencyMs), cancellationToken).ConfigureAwait(false);
        var status = token is not null && IsLive(token) ? HttpStatusCode.OK : HttpStatusCode.Unauthorized;
        await DelayAsync(TimeSpan.FromMilliseconds(story.ApiLatencyMs), cancellationToken).ConfigureAwait(false);
        return new HttpResponseMessage(status);
    });

    private async Task<HttpResponseMessage> IssueAsync(int process, CancellationToken cancellationToken)
    {
        if (Is(ActKind.Abort))
            throw new HttpRequestException(HttpRequestError.ConnectionError, "refused");
        var record = new TokenRequestRecord(process, Now);
        Requests.Add(record);
        try
        {
            var latency = TimeSpan.FromMilliseconds(story.TokenLatencyMs / 2.0);
            await DelayAsync(latency, cancellationToken).ConfigureAwait(false);
            if (Is(ActKind.Hang))
                await DelayAsync(Timeout.InfiniteTimeSpan, cancellationToken).ConfigureAwait(false);
            var isOut = Is(ActKind.Outage);
            var answer = isOut ? "" : Issue(record);
            await DelayAsync(latency, cancellationToken).ConfigureAwait(false);
            return new HttpResponseMessage(isOut ? HttpStatusCode.ServiceUnavailable : HttpStatusCode.OK) { Content = new StringContent(answer, Encoding.UTF8, "application/json") };
        }
        finally
        {
            record.AnsweredAt = Now;
        }
    }

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

    private string Issue(TokenRequestRecord record)
    {
        if (story.Behavior == ReissueBehavior.SameToken && _last is not null && IsLive(_last) && ExpiryOf(_last) >= Now.AddSeconds(1))
        {
            record.Token = _last;
        }
        else
        {
            if (story.Behavior == ReissueBehavior.RevokePrevious && _last is not null)
                _tokens[_last] = _tokens[_last] with { IsRevoked = true };
            record.Token = _last = $"token-{_tokens.Count}";
            _tokens[_last] = (Now.AddSeconds(story.LifetimeSeconds), false);
        }

        var left = (int)Math.Round((ExpiryOf(record.Token) - Now).TotalSeconds, MidpointRounding.ToZero);
        return $$"""{"access_token":"{{record.Token}}","token_type":"Bearer","expires_in":{{left}}}""";
    }

    private bool Is(ActKind trouble) => _troubleUntil.TryGetValue(trouble, out var until) && Now < until;

    private sealed class Handler(Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>> send) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => send(request, cancellationToken);
    }
}
