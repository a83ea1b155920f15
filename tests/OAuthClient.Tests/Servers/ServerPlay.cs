using System.Text;
using System.Web;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OAuthClient.Testing;
using OAuthClient.Tests.Canaries;
using WireMock.Logging;
using WireMock.RequestBuilders;
using WireMock.ResponseBuilders;
using WireMock.Server;

namespace OAuthClient.Tests.Servers;

/// <summary>Plays one file of the gallery: an application with one client that calls an API again and again, and a server that answers as the file says.</summary>
internal sealed class ServerPlay : IAsyncDisposable
{
    public const string NoToken = "none";

    private const string ClientName = "orders";
    private const string Secret = "galleryClientSecret0815";

    private readonly WireMockServer _server;
    private readonly ManualTimeProvider _clock = new();
    private readonly TestLog _log = new();
    private readonly Sightings _sightings = new();
    private readonly ServiceProvider _services;
    private readonly HttpClient _http;
    private readonly string _tokenPath;

    private ServerPlay(ServerFile file, WireMockServer server)
    {
        _server = server;
        foreach (var secret in file.Secrets.Append(Secret))
            _sightings.Watch(secret, secret);
        var settings = new ConfigurationBuilder()
            .AddInMemoryCollection(new Dictionary<string, string?>
            {
                ["TokenEndpoint"] = $"{server.Url}/oauth2/token",
                ["BaseAddress"] = $"{server.Url}/",
                ["ClientId"] = "gallery",
                ["ClientSecret"] = Secret,
            })
            .AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes(file.Client?.GetRawText() ?? "{}")))
            .Build();
        _tokenPath = new Uri(settings["TokenEndpoint"]!).AbsolutePath;
        var services = new ServiceCollection();
        services.AddSingleton<TimeProvider>(_clock);
        services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(_log).AddProvider(new LogSightings(_sightings)));
        services.AddOAuth2Client(ClientName, settings);
        _services = services.BuildServiceProvider();
        _http = _services.GetRequiredService<IHttpClientFactory>().CreateClient(ClientName);
    }

    /// <summary>Plays the file; an API that it does not speak of takes every token. What does not come as it says fails the test.</summary>
    public static async Task PlayAsync(ServerFile file, WireMockServer server)
    {
        server.Reset();
        server.WithMapping(file.Mappings.GetRawText());
        var mappings = server.MappingModels;
        server.Given(Request.Create().WithPath("/orders")).AtPriority(int.MaxValue).RespondWith(Response.Create().WithBody("[]"));
        await using var play = new ServerPlay(file, server);
        foreach (var call in file.Calls)
            await play.MakeAsync(call);

        // A mapping that is never used, and a request that none is for, are slips of the pen.
        Assert.DoesNotContain(server.LogEntries, entry => entry.MappingGuid is null);
        Assert.Empty(mappings.Select(mapping => mapping.Guid).Except(server.LogEntries.Select(entry => entry.MappingGuid)));
        Assert.NotEqual(0, play._sightings.CountInspected(LogSightings.Place));
        Assert.Empty(play._sightings.Seen);
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _services.DisposeAsync();
    }

    private async Task MakeAsync(ServerCall call)
    {
        _clock.Advance(TimeSpan.FromSeconds(call.After));
        var warned = CountWarnings(call);
        if (call.Message is null)
        {
            await AnswerAsync(call);
        }
        else
        {
            var first = await FailAsync(call, call.TokenRequests);

            // Whatever it answered, a server that has just failed or refused is not asked by the next call.
            var second = await FailAsync(call, []);
            Assert.Equal(first.Message, second.Message);
        }

        if (call.Warning is not null)
            Assert.Equal(warned + 1, CountWarnings(call));
    }

    private int CountWarnings(ServerCall call) => call.Warning is null ? 0 : _log.Count(LogLevel.Warning, call.Warning);

    private async Task AnswerAsync(ServerCall call)
    {
        var before = _server.LogEntries.Count;
        using var response = await _http.GetAsync("orders").WaitAsync(Dose.Patience);
        var body = await response.Content.ReadAsStringAsync();
        CheckRequests(before, call.TokenRequests, call.ApiRequests);
        Assert.Equal(call.Status, (int)response.StatusCode);
        if (call.Body is not null)
            Assert.Contains(call.Body, body, StringComparison.Ordinal);
        var error = await response.ReadGatewayErrorAsync();
        _sightings.Inspect("gateway error", "what the caller reads", error);
        Assert.Equal(call.GatewayError is null, error is null);
        Assert.Contains(call.GatewayError ?? "", $"{error}", StringComparison.Ordinal);
        if (call is { Lifetime: null, Scope: null })
            return;
        var token = await _services.GetRequiredService<IOAuth2TokenProvider>().GetTokenAsync(ClientName);
        if (call.Lifetime is not null)
            Assert.Equal(call.Lifetime, (token.ExpiresAt - _clock.GetUtcNow()).TotalSeconds);
        if (call.Scope is not null)
            Assert.Equal(call.Scope, token.Scope);
    }

    private async Task<OAuth2TokenException> FailAsync(ServerCall call, IReadOnlyList<string> tokenRequests)
    {
        var before = _server.LogEntries.Count;
        var exception = await Assert.ThrowsAsync<OAuth2TokenException>(() => _http.GetAsync("orders").WaitAsync(Dose.Patience));
        _sightings.Inspect("exception", "what the caller gets", exception);
        CheckRequests(before, tokenRequests, []);
        Assert.Contains(call.Message!, exception.Message, StringComparison.Ordinal);
        Assert.Equal((call.Error, call.IsTransient), (exception.Error, exception.IsTransient));
        Assert.InRange(exception.RetryAfter?.TotalSeconds ?? -1, call.RetryAfter![0], call.RetryAfter[1]);
        return exception;
    }

    private void CheckRequests(int before, IReadOnlyList<string> tokenRequests, IReadOnlyList<string> apiRequests)
    {
        var all = _server.LogEntries.Skip(before).ToLookup(entry => entry.RequestMessage!.Path == _tokenPath);
        Assert.Equal(tokenRequests, all[true].Select(DescribeTokenRequest));
        Assert.Equal(apiRequests, all[false].Select(DescribeApiRequest));
    }

    private static string DescribeTokenRequest(ILogEntry entry)
    {
        var form = HttpUtility.ParseQueryString(entry.RequestMessage!.Body ?? "");
        return $"{form["grant_type"]} {form["refresh_token"]}".TrimEnd();
    }

    private static string DescribeApiRequest(ILogEntry entry)
    {
        var header = entry.RequestMessage!.Headers!.TryGetValue("Authorization", out var values) ? values.ToString() : NoToken;
        return header.StartsWith("Bearer ", StringComparison.Ordinal) ? header["Bearer ".Length..] : header;
    }
}
