using System.Diagnostics;

namespace OAuthClient.Benchmarks.Soak;

/// <summary>One call of an API, as its caller sees it and as it leaves the OAuth2 handler.</summary>
internal sealed class Call
{
    private static readonly HttpRequestOptionsKey<Call> _key = new("Soak.Call");

    private readonly long _startedAt = Stopwatch.GetTimestamp();
    private long _heldSince;
    private long _held;

    private Call(HttpRequestMessage request)
    {
        _heldSince = _startedAt;
        request.Options.Set(_key, this);
    }

    /// <summary>The final answer, or null where there was none.</summary>
    public int? Status { get; private set; }

    public Exception? Error { get; private set; }

    public bool Succeeded => Status == 200;

    public double Milliseconds { get; private set; }

    /// <summary>Of these, the ones that the OAuth2 handler took before it sent the request, and before it sent it again.</summary>
    public double HeldMilliseconds => Stopwatch.GetElapsedTime(0, _held).TotalMilliseconds;

    public int Sends { get; private set; }

    public bool SentWithoutToken { get; private set; }

    /// <summary>How many answers said that the token had expired.</summary>
    public int ExpiredAnswers { get; private set; }

    /// <summary>The token that was sent last.</summary>
    public string? Token { get; private set; }

    public static async Task<Call> SendAsync(HttpClient client, HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var call = new Call(request);
        try
        {
            using var response = await client.SendAsync(request, cancellationToken);
            call.Status = (int)response.StatusCode;
        }
        catch (Exception exception)
        {
            call.Error = exception;
        }

        call.Milliseconds = Stopwatch.GetElapsedTime(call._startedAt).TotalMilliseconds;
        return call;
    }

    /// <summary>Sits inside the OAuth2 handler and sees each request as it leaves that.</summary>
    public sealed class Watch : DelegatingHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (!request.Options.TryGetValue(_key, out var call))
                return await base.SendAsync(request, cancellationToken);
            call._held += Stopwatch.GetTimestamp() - call._heldSince;
            call.Sends++;
            call.Token = request.Headers.Authorization?.Parameter;
            call.SentWithoutToken |= call.Token is null;
            var response = await base.SendAsync(request, cancellationToken);
            if (response.StatusCode == System.Net.HttpStatusCode.Unauthorized)
            {
                await response.Content.LoadIntoBufferAsync(cancellationToken);
                if ((await response.Content.ReadAsStringAsync(cancellationToken)).Contains("900903", StringComparison.Ordinal))
                    call.ExpiredAnswers++;
            }

            call._heldSince = Stopwatch.GetTimestamp();
            return response;
        }
    }
}
