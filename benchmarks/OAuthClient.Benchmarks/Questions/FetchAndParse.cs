using System.Text.Json;
using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.DependencyInjection;
using OAuthClient.Benchmarks.Handlers;

namespace OAuthClient.Benchmarks.Questions;

/// <summary>What does a token request cost, from the form to the cached token? The floor posts the same form with an HttpClient and parses the answer.</summary>
[MemoryDiagnoser]
public class FetchAndParse : IDisposable
{
    private static readonly OAuth2TokenRequest _newToken = new() { ForceNewToken = true };

    private readonly SkippingClock _clock = new();
    private readonly HttpClient _floor = new(new StubTokenEndpoint());
    private readonly ServiceProvider _services;
    private readonly IOAuth2TokenProvider _tokens;

    public FetchAndParse()
    {
        _services = new ServiceCollection().AddSingleton<TimeProvider>(_clock).AddStubbedClient().AddStubbedEndpoint(new StubTokenEndpoint()).BuildServiceProvider();
        _tokens = _services.GetRequiredService<IOAuth2TokenProvider>();
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _services.Dispose();
        _floor.Dispose();
        GC.SuppressFinalize(this);
    }

    [Benchmark(Baseline = true)]
    public async Task<string?> Floor()
    {
        using var form = new FormUrlEncodedContent([new("grant_type", "client_credentials"), new("client_id", StubbedServices.ClientName), new("client_secret", "secret")]);
        using var response = await _floor.PostAsync(new Uri("https://sts.example/token"), form);
        using var answer = await JsonDocument.ParseAsync(await response.Content.ReadAsStreamAsync());
        return answer.RootElement.GetProperty("access_token").GetString();
    }

    [Benchmark]
    public async Task<string> Ours()
    {
        // One a second is what a token may be asked for.
        _clock.Skip(TimeSpan.FromSeconds(1));
        return (await _tokens.GetTokenAsync(StubbedServices.ClientName, _newToken)).Value;
    }
}
