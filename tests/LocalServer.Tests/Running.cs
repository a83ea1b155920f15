using System.Net.Http.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using OAuthClient.Testing;

namespace LocalServer.Tests;

/// <summary>The command, running on a free port.</summary>
internal sealed partial class Running : IAsyncDisposable
{
    private readonly CancellationTokenSource _end = new();
    private readonly StringWriter _text = new();
    private readonly TextWriter _output;
    private Task<int> _run = null!;
    private bool _disposed;

    private Running() => _output = TextWriter.Synchronized(_text);

    public HttpClient Http { get; } = new();

    public string Output
    {
        get
        {
            lock (_output) // As each of its methods does.
                return _text.ToString();
        }
    }

    public Uri Address { get; private set; } = null!;

    public static async Task<Running> StartAsync(params string[] args)
    {
        var running = new Running();
        running._run = Command.RunAsync(["--Port=0", .. args], running._output, TextWriter.Null, running._end.Token);
        await running.UntilAsync(() => running.Output.Contains("Quit", StringComparison.Ordinal));
        running.Address = new Uri(PageAddress().Match(running.Output).Groups[1].Value);
        running.Http.BaseAddress = running.Address;
        return running;
    }

    /// <summary>Asks for a token as the default client does.</summary>
    public Task<HttpResponseMessage> AskAsync() => Http.PostAsync("oauth2/token", new FormUrlEncodedContent(new Dictionary<string, string>
    {
        ["grant_type"] = "client_credentials",
        ["client_id"] = OAuth2TestServer.DefaultClientId,
        ["client_secret"] = OAuth2TestServer.DefaultClientSecret,
    }));

    public async Task<HttpResponseMessage> CallAsync(string token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "api/orders") { Headers = { { "Authorization", $"Bearer {token}" } } };
        return await Http.SendAsync(request);
    }

    public async Task<string> TokenAsync()
    {
        using var answer = await AskAsync();
        return (string)(await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonObject>())!["access_token"]!;
    }

    public async Task<HttpResponseMessage> PostAsync(string path, bool asThePage = true)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path);
        if (asThePage)
            request.Headers.Add("X-LocalServer", "1");
        return await Http.SendAsync(request);
    }

    public async Task<JsonObject> StateAsync() => (await Http.GetFromJsonAsync<JsonObject>("state"))!;

    /// <summary>Waits for what the program does by itself; a minute is for the slowest machine.</summary>
    public async Task UntilAsync(Func<bool> condition)
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (!condition())
        {
            if (_run is { IsFaulted: true })
                await _run;
            await Task.Delay(20, timeout.Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_disposed)
            return;
        _disposed = true;
        await _end.CancelAsync();
        Assert.Equal(0, await _run);
        Http.Dispose();
        _end.Dispose();
    }

    [GeneratedRegex(@"^Page +(http\S+)", RegexOptions.Multiline)]
    private static partial Regex PageAddress();
}
