using System.Collections.Concurrent;
using System.Net;
using OAuthClient.Testing;

namespace QuickStart;

/// <summary>Plays one scene: runs its acts, shows what the server received in each, and notes where it went other than told.</summary>
internal sealed class Stage(Scene scene, Screen screen)
{
    private static readonly TimeSpan _longest = TimeSpan.FromSeconds(30);

    private readonly ConcurrentQueue<string> _failures = new();
    private readonly HashSet<RecordedRequest> _shown = [];
    private readonly RequestFormatter _formatter = new();
    private OAuth2TestServer? _server;

    public Scene Scene => scene;

    public int TokenRequests => _server?.TokenRequests ?? 0;

    public int ApiCalls => _server?.ApiCalls ?? 0;

    public IReadOnlyCollection<string> Failures => _failures;

    public bool WentAsTold => _failures.IsEmpty;

    public async Task PlayAsync()
    {
        try
        {
            await scene.PlayAsync(this).WaitAsync(_longest);
        }
        catch (Exception exception)
        {
            _failures.Enqueue($"the way through the scene: expected its end, found {exception.GetType().Name}: {exception.Message}");
        }
    }

    /// <summary>Starts the server whose requests the scene shows.</summary>
    public async Task<OAuth2TestServer> StartServerAsync(Action<OAuth2TestServerOptions> configure) =>
        _server = await OAuth2TestServer.StartAsync(configure);

    /// <summary>Does something, then shows what the server received and answered meanwhile.</summary>
    public async Task ActAsync(string caption, Func<Task> act)
    {
        screen.WriteCaption(caption);
        try
        {
            await act();
        }
        finally
        {
            ShowRequests();
        }
    }

    /// <summary>Calls an API, one call after the other. Each caller expects 200.</summary>
    public async Task CallAsync(HttpClient client, string path, int times = 1)
    {
        for (var i = 0; i < times; i++)
            ExpectOk(path, await GetStatusAsync(client, path));
    }

    /// <summary>Calls an API with many callers at once. Each expects 200.</summary>
    public async Task CallAtOnceAsync(HttpClient client, string path, int callers) =>
        ExpectOk(path, await Task.WhenAll(Enumerable.Range(0, callers).Select(_ => GetStatusAsync(client, path))));

    public void Say(string remark) => screen.WriteRemark(remark);

    /// <summary>Notes a failure unless both are equal. Says what was counted or compared, never a secret.</summary>
    public void Expect<T>(string what, T expected, T found)
    {
        if (!EqualityComparer<T>.Default.Equals(expected, found))
            _failures.Enqueue($"{what}: expected {expected}, found {found}");
    }

    /// <summary>Compares what the server counted with what the scene tells.</summary>
    public void ExpectTraffic(int tokenRequests, int apiCalls)
    {
        Expect("token requests", tokenRequests, TokenRequests);
        Expect("API calls", apiCalls, ApiCalls);
    }

    /// <summary>Each of the requests carried this header, and its value began like that.</summary>
    public void ExpectHeader(IReadOnlyList<RecordedRequest> requests, string name, string start) =>
        Expect(
            $"requests with a header '{name}: {start}...'",
            requests.Count,
            requests.Count(request => request.Headers.TryGetValue(name, out var value) && value.StartsWith(start, StringComparison.Ordinal)));

    private void ExpectOk(string path, params HttpStatusCode[] seen) =>
        Expect($"callers of {path} who see 200", seen.Length, seen.Count(status => status == HttpStatusCode.OK));

    private static async Task<HttpStatusCode> GetStatusAsync(HttpClient client, string path)
    {
        using var response = await client.GetAsync(path);
        return response.StatusCode;
    }

    /// <summary>A request that is still waiting for its answer is left for the act in which it gets it.</summary>
    private void ShowRequests()
    {
        if (_server is null)
            return;
        // The sort is stable: where a clock stands still, the token request comes before the call that waited for it.
        var answered = _server.RecordedTokenRequests.Concat(_server.RecordedApiCalls)
            .Where(request => request.StatusCode is not null && !_shown.Contains(request))
            .OrderBy(request => request.ReceivedAt);
        var rows = new List<RequestRow>();
        foreach (var request in answered)
        {
            _shown.Add(request);
            var row = _formatter.Format(request, number: _shown.Count);
            if (rows.LastOrDefault() is { } last && last.IsLike(row))
                rows[^1] = last with { Times = last.Times + 1 };
            else
                rows.Add(row);
        }

        screen.WriteRequests(rows);
    }
}
