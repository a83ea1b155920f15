using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace OAuthClient.Tests.Clients;

/// <summary>What the log says of things that a client's user may not expect: once, and of nothing that is as it should be.</summary>
public sealed class FirstCallLogTests
{
    private const string Replaced = "came with its first call was replaced";
    private const string NoSlash = "has no slash at its end";

    [Theory]
    [InlineData("Authorization")]
    [InlineData("X-Token")]
    public async Task Call_WithAHeaderOfItsOwn_IsToldOnceThatItIsReplaced(string headerName)
    {
        await using var app = await TestApp.StartAsync(server => server.HeaderName = headerName, client => client.HeaderName = headerName);
        var http = app.CreateClient();
        http.DefaultRequestHeaders.TryAddWithoutValidation(headerName, "Bearer mine-1234");

        for (var i = 0; i < 3; i++)
            (await Task.Run(() => http.Send(new HttpRequestMessage(HttpMethod.Get, "orders")))).EnsureSuccessStatusCode().Dispose();

        Assert.Equal(1, app.Log.Count(LogLevel.Warning, $"OAuth2 client 'orders': the header {headerName} that {Replaced}"));
        Assert.DoesNotContain(app.Log.Entries, entry => entry.Category == "OAuthClient" && entry.Message.Contains("mine-1234", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Call_WithNothingToReplace_IsToldNothing(bool noToken)
    {
        await using var app = await TestApp.StartAsync();
        var http = app.CreateClient();
        if (noToken)
            http.DefaultRequestHeaders.Add("Authorization", "Bearer mine");
        using var request = new HttpRequestMessage(HttpMethod.Get, "orders").SetOAuth2TokenRequest(new OAuth2TokenRequest { NoToken = noToken });

        (await http.SendAsync(request)).Dispose();

        Assert.Equal(0, app.Log.Count(LogLevel.Warning, Replaced));
    }

    [Fact]
    public async Task BaseAddress_WithoutASlash_IsToldOnceAPath()
    {
        await using var app = await TestApp.StartAsync(
            client: client => client.BaseAddress = new Uri("https://orders.example/v1"),
            services: services =>
            {
                services.AddHttpClient("same", http => http.BaseAddress = new Uri("https://eu.orders.example/v1")).AddOAuth2Handler(TestApp.ClientName);
                services.AddHttpClient("other", http => http.BaseAddress = new Uri("https://orders.example:8443/v2?x=1")).AddOAuth2Handler(TestApp.ClientName);
            });

        for (var i = 0; i < 3; i++)
        {
            Array.ForEach([TestApp.ClientName, "same", "other"], name => app.CreateClient(name));
            app.ReloadOptions();
        }

        Assert.Equal(2, app.Log.Count(LogLevel.Warning, NoSlash));
        Assert.Equal(1, app.Log.Count(LogLevel.Warning, $"its base address https://orders.example/v1 {NoSlash}"));
        Assert.Equal(1, app.Log.Count(LogLevel.Warning, $"its base address https://orders.example:8443/v2 {NoSlash}"));
    }

    [Theory]
    [InlineData("https://orders.example")]
    [InlineData("https://orders.example/")]
    [InlineData("https://orders.example/v1/")]
    [InlineData(null)]
    public async Task BaseAddress_AsItShouldBe_IsToldNothing(string? address)
    {
        await using var app = await TestApp.StartAsync(client: client => client.BaseAddress = address is null ? null : new Uri(address));

        app.CreateClient();

        Assert.Equal(0, app.Log.Count(LogLevel.Warning, NoSlash));
    }
}
