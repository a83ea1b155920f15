using System.Net;
using System.Net.Http.Headers;
using BenchmarkDotNet.Attributes;
using OAuthClient.Testing;

namespace OAuthClient.Benchmarks;

/// <summary>What does a call cost while its token is fresh? The floor sets one preallocated header and does nothing else.</summary>
[MemoryDiagnoser]
public class WarmCall : IAsyncDisposable
{
    private static readonly Uri _address = new("https://api.example/orders/42");

    private readonly HttpMessageInvoker _bare = new(new Answer());
    private readonly HttpMessageInvoker _floor = new(new Floor { InnerHandler = new Answer() });
    private HttpMessageInvoker _ours = null!;
    private OAuth2TestServer _server = null!;

    [GlobalSetup]
    public async Task SetUpAsync()
    {
        _server = await OAuth2TestServer.StartAsync();
        _ours = new HttpMessageInvoker(OAuth2Handler.Create(
            new OAuth2ClientOptions
            {
                TokenEndpoint = _server.TokenEndpoint,
                ClientId = OAuth2TestServer.DefaultClientId,
                ClientSecret = OAuth2TestServer.DefaultClientSecret,
                BaseAddress = _address,
            },
            new Answer()));
        await Ours();
    }

    [GlobalCleanup]
    public async ValueTask DisposeAsync()
    {
        _ours.Dispose();
        await _server.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Benchmark]
    public Task<HttpResponseMessage> Bare() => SendAsync(_bare);

    [Benchmark(Baseline = true)]
    public Task<HttpResponseMessage> FloorHandler() => SendAsync(_floor);

    [Benchmark]
    public Task<HttpResponseMessage> Ours() => SendAsync(_ours);

    private static Task<HttpResponseMessage> SendAsync(HttpMessageInvoker invoker) =>
        invoker.SendAsync(new HttpRequestMessage(HttpMethod.Get, _address), CancellationToken.None);

    private sealed class Answer : HttpMessageHandler
    {
        private readonly Task<HttpResponseMessage> _response = Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK));

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => _response;
    }

    private sealed class Floor : DelegatingHandler
    {
        private readonly AuthenticationHeaderValue _header = new("Bearer", new string('x', 1000));

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            request.Headers.Authorization = _header;
            return base.SendAsync(request, cancellationToken);
        }
    }
}
