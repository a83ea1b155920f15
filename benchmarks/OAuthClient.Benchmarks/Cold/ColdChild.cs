using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Runtime;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OAuthClient.Testing;

namespace OAuthClient.Benchmarks.Cold;

/// <summary>
/// <c>cold-child variant token-endpoint api [--host]</c>: a process that gets a token, makes one call with it, and prints what that took. Each variant
/// has methods of its own, so that what the others need is not even loaded.
/// </summary>
internal static class ColdChild
{
    public const string Verb = "cold-child";
    private const string ClientName = "orders";

    public static async Task<int> RunAsync(string[] args)
    {
        var start = Stopwatch.GetTimestamp();
        var (tokenEndpoint, api) = (new Uri(args[2]), new Uri(args[3]));
        await ((args[1], args.Contains("--host")) switch
        {
            (ColdRun.Hand, false) => CallByHandAsync(tokenEndpoint, api),
            (ColdRun.Hand, true) => CallByHandInHostAsync(tokenEndpoint, api),
            (ColdRun.Factory, false) => CallByFactoryAsync(tokenEndpoint, api),
            (ColdRun.Factory, true) => CallByFactoryInHostAsync(tokenEndpoint, api),
            (_, false) => CallByOursAsync(tokenEndpoint, api),
            (_, true) => CallByOursInHostAsync(tokenEndpoint, api),
        });

        // First of all what the rest of this would change.
        var elapsed = Stopwatch.GetElapsedTime(start);
        var processor = Environment.CpuUsage.TotalTime;
        var (methods, compilation) = (JitInfo.GetCompiledMethodCount(), JitInfo.GetCompilationTime());
        var assemblies = AppDomain.CurrentDomain.GetAssemblies();
        var life = DateTime.Now - Process.GetCurrentProcess().StartTime;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{elapsed.TotalMilliseconds} {life.TotalMilliseconds} {processor.TotalMilliseconds} {methods} {compilation.TotalMilliseconds} {string.Join(',', assemblies.Select(assembly => assembly.GetName().Name))}"));
        return 0;
    }

    private static async Task CallByHandAsync(Uri tokenEndpoint, Uri api)
    {
        using var http = new HttpClient();
        using var message = new HttpRequestMessage(HttpMethod.Get, api);
        message.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await GetTokenAsync(http, tokenEndpoint));
        using var response = await http.SendAsync(message);
        response.EnsureSuccessStatusCode();
    }

    private static async Task CallByHandInHostAsync(Uri tokenEndpoint, Uri api)
    {
        using var host = Host.CreateApplicationBuilder().Build();
        await CallByHandAsync(tokenEndpoint, api);
    }

    private static async Task CallByFactoryAsync(Uri tokenEndpoint, Uri api)
    {
        var services = new ServiceCollection();
        AddFactory(services, tokenEndpoint);
        await using var provider = services.BuildServiceProvider();
        await CallAsync(provider, api);
    }

    private static async Task CallByFactoryInHostAsync(Uri tokenEndpoint, Uri api)
    {
        var builder = Host.CreateApplicationBuilder();
        AddFactory(builder.Services, tokenEndpoint);
        using var host = builder.Build();
        await CallAsync(host.Services, api);
    }

    private static async Task CallByOursAsync(Uri tokenEndpoint, Uri api)
    {
        var services = new ServiceCollection();
        AddOurs(services, tokenEndpoint, api);
        await using var provider = services.BuildServiceProvider();
        await CallAsync(provider, api);
    }

    private static async Task CallByOursInHostAsync(Uri tokenEndpoint, Uri api)
    {
        var builder = Host.CreateApplicationBuilder();
        AddOurs(builder.Services, tokenEndpoint, api);
        using var host = builder.Build();
        await CallAsync(host.Services, api);
    }

    private static void AddFactory(IServiceCollection services, Uri tokenEndpoint) =>
        services.AddHttpClient(ClientName).AddHttpMessageHandler(() => new Handler(tokenEndpoint));

    private static void AddOurs(IServiceCollection services, Uri tokenEndpoint, Uri api) => services.AddOAuth2Client(ClientName, options =>
    {
        options.TokenEndpoint = tokenEndpoint;
        options.BaseAddress = api;
        options.ClientId = OAuth2TestServer.DefaultClientId;
        options.ClientSecret = OAuth2TestServer.DefaultClientSecret;
    });

    private static async Task CallAsync(IServiceProvider provider, Uri api)
    {
        using var client = provider.GetRequiredService<IHttpClientFactory>().CreateClient(ClientName);
        using var response = await client.GetAsync(api);
        response.EnsureSuccessStatusCode();
    }

    private static async Task<string> GetTokenAsync(HttpClient http, Uri tokenEndpoint)
    {
        using var message = new HttpRequestMessage(HttpMethod.Post, tokenEndpoint);
        var credentials = $"{Uri.EscapeDataString(OAuth2TestServer.DefaultClientId)}:{Uri.EscapeDataString(OAuth2TestServer.DefaultClientSecret)}";
        message.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(credentials)));
        message.Content = new FormUrlEncodedContent([KeyValuePair.Create("grant_type", "client_credentials")]);
        using var response = await http.SendAsync(message);
        response.EnsureSuccessStatusCode();
        using var answer = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync());
        return answer.RootElement.GetProperty("access_token").GetString()!;
    }

    /// <summary>What people write for the factory.</summary>
    private sealed class Handler(Uri tokenEndpoint) : DelegatingHandler
    {
        private static readonly HttpClient _http = new();
        private string? _token;

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _token ??= await GetTokenAsync(_http, tokenEndpoint));
            return await base.SendAsync(request, cancellationToken);
        }
    }
}
