using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using OAuthClient.Testing;

namespace OAuthClient.Tests.DependencyInjection;

/// <summary>Clients that a section of configuration declares: services.AddOAuth2Clients(section).</summary>
public sealed class DeclaredClientsTests
{
    private static readonly Uri _orders = new("orders", UriKind.Relative);

    [Fact]
    public async Task Children_AreClientsOfTheirNames_WithWhatDefaultsSets()
    {
        await using var server = await OAuth2TestServer.StartAsync();
        await using var provider = Provide(server, ("Clients:orders:Scopes", "orders:read"), ("Clients:stock:Scopes:0", "stock:read"));
        foreach (var name in new[] { "orders", "stock" })
        {
            using var http = provider.GetRequiredService<IHttpClientFactory>().CreateClient(name);
            using var response = await http.GetAsync(_orders);
            response.EnsureSuccessStatusCode();
        }

        Assert.Equal(["orders:read", "stock:read"], server.RecordedTokenRequests.Select(request => request.Form["scope"]));
        Assert.Equal(["orders", "stock"], provider.GetRequiredService<IOAuth2TokenProvider>().GetStatuses().Select(status => status.ClientName).Order());
        Assert.Throws<InvalidOperationException>(() => provider.GetRequiredService<IOAuth2TokenProvider>().GetStatus("Defaults"));
    }

    [Fact]
    public void Setting_OfAClient_TakesThePlaceOfTheSharedOneAsAWhole()
    {
        var options = Bind(
            ("Clients:defaults:Scopes:0", "one"), ("Clients:defaults:Scopes:1", "two"), ("Clients:defaults:Parameters:a", "1"), ("Clients:defaults:Audience", "shared"),
            ("Clients:orders:scopes", "own"), ("Clients:orders:Parameters:b", "2"));

        Assert.Equal(["own"], options.Scopes);
        Assert.Equal([new("b", "2")], options.Parameters);
        Assert.Equal("shared", options.Audience);
    }

    [Fact]
    public void Client_ThatSetsNothing_HasWhatDefaultsSets() => Assert.Equal("shared", Bind(("Clients:defaults:Audience", "shared"), ("Clients:orders", "")).Audience);

    [Fact]
    public async Task Change_OfASharedSetting_ReachesTheClient()
    {
        await using var server = await OAuth2TestServer.StartAsync();
        await using var provider = Provide(server, ("Clients:Defaults:Scopes", "first"), ("Clients:orders:Audience", ""));
        var tokens = provider.GetRequiredService<IOAuth2TokenProvider>();
        Assert.Equal("first", (await tokens.GetTokenAsync("orders")).Scope);

        var configuration = provider.GetRequiredService<IConfigurationRoot>();
        configuration["Clients:Defaults:Scopes"] = "second";
        configuration.Reload();
        Assert.Equal("second", (await tokens.GetTokenAsync("orders")).Scope);
    }

    [Theory]
    [InlineData("Clients:Defaults:Scops", "Clients:Defaults:Scops is no setting")]
    [InlineData("Clients:orders:Scops", "Clients:orders:Scops is no setting")]
    public async Task Setting_ThatIsNone_FailsAtStart(string key, string says)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Configuration.AddInMemoryCollection([new(key, "orders:read"), new("Clients:orders:ClientId", "id")]);
        builder.Services.AddOAuth2Clients(builder.Configuration.GetSection("Clients"));
        using var host = builder.Build();

        Assert.Contains(says, (await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync())).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Client:orders:ClientId")]
    [InlineData("Clients:Defaults:ClientId")]
    public void Section_WithoutAClient_IsAnError(string key)
    {
        var section = new ConfigurationBuilder().AddInMemoryCollection([new(key, "id")]).Build().GetSection("Clients");

        Assert.Contains("section 'Clients' holds no OAuth2 client", Assert.Throws<InvalidOperationException>(() => new ServiceCollection().AddOAuth2Clients(section)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Configure_GetsEachClientsNameAndBuilder()
    {
        var seen = new List<(string, string)>();
        var section = new ConfigurationBuilder().AddInMemoryCollection([new("Clients:orders:ClientId", "id"), new("Clients:stock:ClientId", "id"), new("Clients:dEfaults:ClientId", "id")]).Build().GetSection("Clients");
        new ServiceCollection().AddOAuth2Clients(section, (name, builder) => seen.Add((name, builder.Name)));

        Assert.Equal([("orders", "orders"), ("stock", "stock")], seen);
    }

    private static OAuth2ClientOptions Bind(params (string Key, string Value)[] settings)
    {
        var services = new ServiceCollection();
        services.AddOAuth2Clients(Configure(settings).GetSection("Clients"));
        var options = new OAuth2ClientOptions();
        using var provider = services.BuildServiceProvider();
        foreach (var setting in provider.GetServices<IConfigureOptions<OAuth2ClientOptions>>().OfType<IConfigureNamedOptions<OAuth2ClientOptions>>())
            setting.Configure("orders", options);
        Assert.Empty(options.BindingErrors);
        return options;
    }

    private static ServiceProvider Provide(OAuth2TestServer server, params (string Key, string Value)[] settings)
    {
        var configuration = Configure([
            .. settings,
            ("Clients:Defaults:TokenEndpoint", server.TokenEndpoint.AbsoluteUri), ("Clients:Defaults:BaseAddress", server.ApiBaseAddress.AbsoluteUri),
            ("Clients:Defaults:ClientId", OAuth2TestServer.DefaultClientId), ("Clients:Defaults:ClientSecret", OAuth2TestServer.DefaultClientSecret)]);
        return new ServiceCollection().AddSingleton(configuration).AddOAuth2Clients(configuration.GetSection("Clients")).BuildServiceProvider();
    }

    private static IConfigurationRoot Configure((string Key, string Value)[] settings) =>
        new ConfigurationBuilder().AddInMemoryCollection(settings.Select(setting => new KeyValuePair<string, string?>(setting.Key, setting.Value))).Build();
}
