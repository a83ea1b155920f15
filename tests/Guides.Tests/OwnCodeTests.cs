using Guides.Tests.Calls;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using OAuthClient.Testing;

namespace Guides.Tests;

public sealed class OwnCodeTests
{
    /// <summary>The page compares them, so both do the same while nothing goes wrong, and one asks more often than the other.</summary>
    [Fact]
    public async Task Both_UnderCallsAtOnce_CallTheApi()
    {
        var (before, after) = (await CountAsync((services, settings) =>
        {
            services.AddSingleton<IConfiguration>(settings);
            services.AddTransient<TokenHandler>().AddHttpClient(Loopback.Client, http => http.BaseAddress = new Uri(settings["BaseAddress"]!)).AddHttpMessageHandler<TokenHandler>();
        }), await CountAsync(OwnCode.Replace));

        Assert.True(before > 1, "All calls of the hand-written code shared a request.");
        Assert.Equal(1, after);
    }

    [Fact]
    public async Task Tokens_FromElsewhere_AreUsedAndReplaced()
    {
        await using var server = await OAuth2TestServer.StartAsync();
        var builder = Loopback.CreateBuilder(server, ("OAuth2:TokenEndpoint", "https://made.up/token"));
        Registration.Register(builder);
        var asked = 0;
        OwnCode.BringTokensIn(builder.Services, _ =>
        {
            asked++;
            return Task.FromResult((server.IssueToken(username: "alice"), DateTimeOffset.UtcNow.AddHours(1)));
        });
        using var host = builder.Build();
        var http = host.Services.GetRequiredService<IHttpClientFactory>().CreateClient(Loopback.Client);

        await http.GetStringAsync("orders");
        await http.GetStringAsync("orders");
        server.RevokeAllTokens();
        Assert.Contains("alice", await http.GetStringAsync("orders"), StringComparison.Ordinal);

        Assert.Equal((2, 0), (asked, server.TokenRequests));
    }

    /// <summary>How many tokens are asked for by ten calls at once.</summary>
    private static async Task<int> CountAsync(Action<IServiceCollection, IConfiguration> register)
    {
        await using var server = await OAuth2TestServer.StartAsync();
        server.TokenEndpointBehavior.Hang = true;
        var settings = Loopback.CreateBuilder(server).Configuration.GetSection("OAuth2");
        var services = new ServiceCollection();
        register(services, settings);
        await using var provider = services.BuildServiceProvider();
        var http = provider.GetRequiredService<IHttpClientFactory>().CreateClient(Loopback.Client);

        Task<string>[] calls = [.. Enumerable.Range(0, 10).Select(_ => http.GetStringAsync("orders"))];
        await server.WaitForTokenRequestsAsync(1);
        server.TokenEndpointBehavior.Clear();
        await Task.WhenAll(calls).WaitAsync(Loopback.Patience);
        return server.TokenRequests;
    }
}
