using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using OAuthClient.Testing;

namespace OAuthClient.Tests.Simulation;

/// <summary>One token request of a fleet.</summary>
/// <param name="At">When it arrived, counted from the fleet's start.</param>
/// <param name="Instance">Whose it was.</param>
/// <param name="Status">What it was answered with.</param>
internal readonly record struct FleetRequest(TimeSpan At, int Instance, HttpStatusCode Status);

/// <summary>The authorization server and the API of a fleet, in memory and on the fleet's clock.</summary>
internal sealed class FleetServer(FleetPlan plan, ManualTimeProvider clock)
{
    public const string TokenPrefix = "token-";

    public static readonly Uri Api = new("https://api.example/orders");

    private static readonly TimeSpan _window = TimeSpan.FromMinutes(1);

    private readonly DateTimeOffset _start = clock.GetUtcNow();
    private readonly Dictionary<string, IssuedToken> _tokens = new(StringComparer.Ordinal);
    private IssuedToken? _last;
    private long _minute = -1;
    private int _taken;

    /// <summary>What it was asked, in order.</summary>
    public List<FleetRequest> Requests { get; } = [];

    public bool IsDown => plan.ServerOutage.Includes(Elapsed);

    public TimeSpan Elapsed => clock.GetUtcNow() - _start;

    public HttpMessageHandler CreateTokenEndpoint(FleetInstance instance) => new Handler(async (_, cancellationToken) =>
    {
        await instance.PassAsync("before the request").ConfigureAwait(false);
        await instance.DelayAsync(plan.TokenLatency / 2, cancellationToken).ConfigureAwait(false);
        var answer = Answer();
        Requests.Add(new FleetRequest(Elapsed, instance.Number, answer.StatusCode));
        await instance.PassAsync("after the request").ConfigureAwait(false);
        await instance.DelayAsync(plan.TokenLatency / 2, cancellationToken).ConfigureAwait(false);
        return answer;
    });

    public HttpMessageHandler CreateApi(FleetInstance instance) => new Handler((request, _) =>
    {
        var token = _tokens[request.Headers.Authorization!.Parameter!];
        var now = Elapsed;
        var isGood = now < token.ExpiresAt && now < token.RevokedAt;
        instance.NoteSending(token, isGood);
        return Task.FromResult(new HttpResponseMessage(isGood ? HttpStatusCode.OK : HttpStatusCode.Unauthorized));
    });

    private HttpResponseMessage Answer()
    {
        if (IsDown)
            return new HttpResponseMessage(HttpStatusCode.ServiceUnavailable);
        var minute = Elapsed.Ticks / _window.Ticks;
        (_minute, _taken) = (minute, minute == _minute ? _taken + 1 : 1);
        if (_taken > plan.RequestsPerMinute)
        {
            var left = TimeSpan.FromSeconds(Math.Ceiling(((_window * (minute + 1)) - Elapsed).TotalSeconds));
            return new HttpResponseMessage(HttpStatusCode.TooManyRequests) { Headers = { RetryAfter = new RetryConditionHeaderValue(left) } };
        }

        if (plan.RevokesPrevious && _last is not null)
            _last.RevokedAt = Elapsed;
        _last = new IssuedToken(string.Create(CultureInfo.InvariantCulture, $"{TokenPrefix}{_tokens.Count}"), Elapsed + TimeSpan.FromSeconds(plan.LifetimeSeconds));
        _tokens.Add(_last.Value, _last);
        return new HttpResponseMessage(HttpStatusCode.OK)
        {
            Content = new StringContent($$"""{"access_token":"{{_last.Value}}","token_type":"Bearer","expires_in":{{plan.LifetimeSeconds}}}""", Encoding.UTF8, "application/json"),
        };
    }

    /// <summary>A token and its end.</summary>
    internal sealed class IssuedToken(string value, TimeSpan expiresAt)
    {
        public string Value => value;

        public TimeSpan ExpiresAt => expiresAt;

        /// <summary>When it was revoked; never, as a rule.</summary>
        public TimeSpan RevokedAt { get; set; } = TimeSpan.MaxValue;
    }

    private sealed class Handler(Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>> send) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => send(request, cancellationToken);
    }
}
