using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using OAuthClient.Testing;

namespace OAuthClient.OpenApi.Tests;

/// <summary>What a document fills in, and what it does not.</summary>
public sealed class SettingsTests
{
    private const string Elsewhere = "https://idp.acme.dev/oauth2/token";

    [Theory]
    [InlineData("bijira.json", "https://5f0c-prod.e1-us-east-azure.choreosts.dev", "X-Warehouse-Token", "https://5f0c-prod.e1-us-east-azure.bijiraapis.dev/warehouse/v1.0/", "https://5f0c-prod.e1-us-east-azure.choreosts.dev/oauth2/token", "warehouse-key")]
    [InlineData("apim.yaml", null, "Authorization", "https://gw.bakery.dev:8243/bakery/1.0.0/", Elsewhere, "ApiKey")]
    [InlineData("apim-2.0.json", "https://gw.bakery.dev:9443", "X-Bakery-Authorization", "https://gw.bakery.dev:8243/bakery/0.9.0/", "https://gw.bakery.dev:9443/oauth2/token", "apikey")]
    [InlineData("choreo.yaml", "https://sts.choreo.dev", "X-Readings-Authorization", "https://9a1d-prod.e1-us-east-azure.choreoapis.dev/acme/readings/v2.0/", "https://sts.choreo.dev/oauth2/token", "Readings-Subscription-Key")]
    [InlineData("devant.yaml", null, "Authorization", null, Elsewhere, "X-Key")]
    public async Task Document_OfEachPlatform_FillsInWhatIsNotSet(string document, string? tokenOrigin, string header, string? address, string tokenEndpoint, string keyHeader)
    {
        await using var app = new App(o =>
        {
            o.UseOpenApi(App.Find(document), tokenOrigin is null ? [] : [tokenOrigin]);
            o.TokenEndpoint = tokenOrigin is null ? new Uri(Elsewhere) : null;
            o.ApiKey = "key";
            o.ApiKeyHeaderName = keyHeader == "X-Key" ? keyHeader : null;
        });

        Assert.Equal((header, address, tokenEndpoint, keyHeader), (app.Options.HeaderName, app.Options.BaseAddress?.AbsoluteUri, app.Options.TokenEndpoint?.AbsoluteUri, app.Options.ApiKeyHeaderName));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Settings_OfTheUser_WinWhereverTheyAreSet(bool isBefore)
    {
        void Set(OAuth2ClientOptions o)
        {
            (o.HeaderName, o.BaseAddress, o.TokenEndpoint) = ("Authorization", new Uri("https://mine.acme.dev/"), new Uri(Elsewhere));
            (o.ApiKey, o.ApiKeyHeaderName) = ("key", "My-Key");
        }

        await using var app = new App(o =>
        {
            if (isBefore)
                Set(o);
            o.UseOpenApi(App.Find("bijira.json"), "https://5f0c-prod.e1-us-east-azure.choreosts.dev");
        }, services: services => services.ConfigureAll<OAuth2ClientOptions>(o =>
        {
            if (!isBefore)
                Set(o);
        }));

        Assert.Equal(("Authorization", "https://mine.acme.dev/", Elsewhere, "My-Key"), (app.Options.HeaderName, app.Options.BaseAddress?.AbsoluteUri, app.Options.TokenEndpoint?.AbsoluteUri, app.Options.ApiKeyHeaderName));
    }

    /// <summary>A file's place is that of the program's other files, a change of configuration has the document read again, and white space around a header's name changes nothing of whose it is.</summary>
    [Fact]
    public async Task Configuration_BesideADocument_WinsAndIsReadAgain()
    {
        var folder = Directory.CreateTempSubdirectory("openapi-");
        try
        {
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "api.yaml"), "openapi: 3.0.3\ninfo: {title: t, version: v}\npaths: {}\nx-wso2-auth-header: X-First\nservers: [{url: 'https://first.acme.dev'}]\n");
            var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { ContentRootPath = folder.FullName });
            builder.Configuration.AddInMemoryCollection([new("orders:TokenEndpoint", Elsewhere), new("orders:ClientId", "id"), new("orders:ClientSecret", "secret"), new("orders:BaseAddress", "https://mine.acme.dev/")]);
            builder.Services.AddOAuth2Client("orders", builder.Configuration.GetSection("orders"));
            builder.Services.AddOAuth2Client("orders", o => o.UseOpenApi("api.yaml"));
            using var host = builder.Build();
            var monitor = host.Services.GetRequiredService<IOptionsMonitor<OAuth2ClientOptions>>();

            Assert.Equal(("X-First", "https://mine.acme.dev/"), (monitor.Get("orders").HeaderName, monitor.Get("orders").BaseAddress?.AbsoluteUri));

            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "api.yaml"), "openapi: 3.0.3\ninfo: {title: t, version: v}\npaths: {}\nx-wso2-auth-header: X-Second\n");
            builder.Configuration["orders:BaseAddress"] = "https://moved.acme.dev/";
            ((IConfigurationRoot)builder.Configuration).Reload();
            Assert.Equal(("X-Second", "https://moved.acme.dev/"), (monitor.Get("orders").HeaderName, monitor.Get("orders").BaseAddress?.AbsoluteUri));

            builder.Configuration["orders:HeaderName"] = " Authorization ";
            ((IConfigurationRoot)builder.Configuration).Reload();
            Assert.Equal("Authorization", monitor.Get("orders").HeaderName);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData("Bijira", null, "https://sts.choreo.dev/oauth2/token", "https://sts.choreo.dev/oauth2/token")] // The provider's own.
    [InlineData("Bijira", null, "https://sts.choreo.dev/t/acme/oauth2/token", "https://sts.choreo.dev/t/acme/oauth2/token")]
    [InlineData("Asgardeo", null, "https://api.asgardeo.io/t/mallory/oauth2/token", "https://api.asgardeo.io/t/acme/oauth2/token")] // The organization is the user's.
    [InlineData("Asgardeo", null, "https://sts.choreo.dev/oauth2/token", "https://api.asgardeo.io/t/acme/oauth2/token")] // An external key manager: the document knows the gateway's.
    [InlineData("Devant", "https://sts.acme.dev:443", "https://sts.acme.dev/oauth2/token", "https://sts.acme.dev/oauth2/token")]
    [InlineData("Bijira", "https://sts.acme.dev", "https://sts.acme.dev/oauth2/token", "https://sts.acme.dev/oauth2/token")]
    [InlineData("Bijira", null, "https://example.com/token", "https://sts.choreo.dev/oauth2/token")] // Placeholders.
    [InlineData("Bijira", null, "https://{env}.choreosts.dev/token", "https://sts.choreo.dev/oauth2/token")]
    [InlineData("Bijira", null, "https://sts.choreo.dev/{tenant}/token", "https://sts.choreo.dev/oauth2/token")]
    [InlineData("Bijira", null, "/oauth2/token", "https://sts.choreo.dev/oauth2/token")]
    [InlineData("Bijira", null, "https://test.com", "https://sts.choreo.dev/oauth2/token")]
    public async Task TokenUrl_OfAnOriginThatTheUserHasNamed_IsTaken(string provider, string? tokenOrigin, string url, string expected)
    {
        await using var app = new App(o =>
        {
            (o.Provider, o.Organization) = (provider, "acme");
            o.UseOpenApi(App.Open("bijira.json", ("https://5f0c-prod.e1-us-east-azure.choreosts.dev/oauth2/token", url)), tokenOrigin is null ? [] : [tokenOrigin]);
        });

        Assert.Equal(expected, app.Options.TokenEndpoint?.AbsoluteUri);
    }

    [Theory]
    [InlineData(null, "https://mallory.dev/oauth2/token", "https://mallory.dev")]
    [InlineData("Bijira", "https://mallory.dev/oauth2/token", "https://mallory.dev")]
    [InlineData("Bijira", "https://sts.choreo.dev.mallory.dev/oauth2/token", "https://sts.choreo.dev.mallory.dev")]
    [InlineData("Bijira", "https://sts.choreo.dev:8443/oauth2/token", "https://sts.choreo.dev:8443")]
    [InlineData("Bijira", "http://sts.choreo.dev/oauth2/token", "http://sts.choreo.dev")]
    public async Task TokenUrl_OfAnotherOrigin_IsAnErrorThatSaysWhatToSet(string? provider, string url, string origin)
    {
        await using var app = new App(o =>
        {
            o.Provider = provider;
            o.UseOpenApi(App.Open("bijira.json", ("https://5f0c-prod.e1-us-east-azure.choreosts.dev/oauth2/token", url)), "https://sts.acme.dev");
        });

        Assert.Contains($"OAuth2 client 'orders': OpenAPI document '(a stream)' names the token URL {url}, and none of your settings says that the client's secret may go to {origin}", app.Fault, StringComparison.Ordinal);
        Assert.Contains($"set TokenEndpoint to that URL, or name the origin in UseOpenApi(document, \"{origin}\")", app.Fault, StringComparison.Ordinal);
        Assert.DoesNotContain("TokenEndpoint is not set", app.Fault, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TokenUrl_WithUserInformation_IsNotTaken()
    {
        await using var app = new App(o => o.UseOpenApi(App.Open("bijira.json", ("https://5f0c-prod.e1-us-east-azure.choreosts.dev/oauth2/token", "https://sts.acme.dev@sts.acme.dev/oauth2/token")), "https://sts.acme.dev"));

        Assert.Contains("TokenEndpoint is not set.", app.Fault, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TokenUrl_BesideAnIssuer_LeavesTheEndpointToItsMetadata()
    {
        await using var app = new App(o =>
        {
            o.UseOpenApi(App.Find("bijira.json"));
            o.Issuer = new Uri("https://idp.acme.dev");
        });

        Assert.Null(app.Options.TokenEndpoint);
    }

    [Theory]
    [InlineData("sts.acme.dev")]
    [InlineData("https://sts.acme.dev/oauth2/token")]
    [InlineData("https://user:pass@sts.acme.dev")]
    public async Task TokenOrigin_ThatIsNone_IsAnError(string origin)
    {
        await using var app = new App(o => o.UseOpenApi(App.Find("choreo.yaml"), origin));

        Assert.Contains($"OpenAPI document '{App.Find("choreo.yaml")}' is used with the token origin '", app.Fault, StringComparison.Ordinal);
        Assert.DoesNotContain("pass", app.Fault, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://api.example.com/v1", null)]
    [InlineData("https://acme.example/v1", null)]
    [InlineData("https://{region}.acme.dev/v1", null)]
    [InlineData("https://api.acme.dev/{version}", null)]
    [InlineData("/v1", null)]
    [InlineData("https://user:pass@api.acme.dev/v1", null)]
    [InlineData("http://api.acme.dev/v1", null)]
    [InlineData("http://localhost:9090/v1", "http://localhost:9090/v1/")]
    [InlineData("https://testing.com/v1/", "https://testing.com/v1/")]
    public async Task Server_ThatIsAPlaceholderOrInsecure_IsNoBaseAddress(string url, string? expected)
    {
        await using var app = new App(o =>
        {
            o.TokenEndpoint = new Uri(Elsewhere);
            o.UseOpenApi(App.ToStream($"openapi: 3.0.3\ninfo: {{title: t, version: v}}\npaths: {{}}\nservers: [{{url: '{url}'}}]\n"));
        });

        Assert.Equal(expected, app.Options.BaseAddress?.AbsoluteUri);
    }

    [Fact]
    public async Task Server_OverPlainHttp_IsTakenWhereTheUserAllowsIt()
    {
        await using var app = new App(o =>
        {
            (o.TokenEndpoint, o.AllowInsecureHttp) = (new Uri(Elsewhere), true);
            o.UseOpenApi(App.Open("apim.yaml"));
        });

        Assert.Equal("http://gw.bakery.dev:8280/bakery/1.0.0/", app.Options.BaseAddress?.AbsoluteUri);
    }

    /// <summary>A 2.0 document without schemes is for those of the address that it came from.</summary>
    [Theory]
    [InlineData("api.acme.dev", "https://api.acme.dev/v1/")]
    [InlineData("{env}.acme.dev", null)]
    [InlineData("", null)]
    public async Task Host_WithoutSchemes_IsHttps(string host, string? expected)
    {
        await using var app = new App(o =>
        {
            o.TokenEndpoint = new Uri(Elsewhere);
            o.UseOpenApi(App.ToStream($$"""{ "swagger": "2.0", "info": { "title": "t", "version": "v" }, "host": "{{host}}", "basePath": "/v1", "paths": {} }"""));
        });

        Assert.Equal(expected, app.Options.BaseAddress?.AbsoluteUri);
    }

    [Fact]
    public async Task Key_ThatEveryCallNeeds_IsAnErrorWithoutAValue()
    {
        await using var app = new App(o => o.UseOpenApi(App.Find("choreo.yaml"), "https://sts.choreo.dev"));

        Assert.Contains("choreo.yaml' has every call carry the header 'Readings-Subscription-Key' (security scheme 'SubscriptionSecurity'), and there is no value for it. Set it in CredentialHeaders", app.Fault, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Readings-Subscription-Key")]
    [InlineData("SubscriptionSecurity")]
    public async Task Key_UnderItsSchemesName_GoesUnderItsHeader(string name)
    {
        await using var app = new App(o =>
        {
            o.UseOpenApi(App.Find("choreo.yaml"), "https://sts.choreo.dev");
            o.CredentialHeaders[name] = "value";
        });

        Assert.Equal([new("Readings-Subscription-Key", "value")], app.Options.CredentialHeaders);
    }

    [Fact]
    public async Task Keys_OfSeveralSchemes_AreToldApartByTheUser()
    {
        const string Two = "openapi: 3.0.3\ninfo: {title: t, version: v}\npaths: {}\ncomponents: {securitySchemes: {Key: {type: apiKey, in: header, name: apikey}, Plan: {type: apiKey, in: header, name: Subscription-Key}, Query: {type: apiKey, in: query, name: key}}}\n";
        await using var undecided = new App(o =>
        {
            (o.TokenEndpoint, o.ApiKey) = (new Uri(Elsewhere), "key");
            o.UseOpenApi(App.ToStream(Two));
        });
        await using var decided = new App(o =>
        {
            (o.TokenEndpoint, o.ApiKey) = (new Uri(Elsewhere), "key");
            o.CredentialHeaders["Plan"] = "plan";
            o.UseOpenApi(App.ToStream(Two));
        });

        Assert.Contains("knows several headers for keys: 'apikey', 'Subscription-Key'. Set ApiKeyHeaderName to the one for ApiKey", undecided.Fault, StringComparison.Ordinal);
        Assert.Equal(("apikey", "plan"), (decided.Options.ApiKeyHeaderName, decided.Options.CredentialHeaders["Subscription-Key"]));
    }

    [Fact]
    public async Task Log_OfWhatWasTaken_HasALineForEach()
    {
        await using var server = await OAuth2TestServer.StartAsync();
        await using var app = new App(o =>
        {
            o.TokenEndpoint = server.TokenEndpoint;
            o.UseOpenApi(App.Find("bijira.json"));
        });
        var tokens = app.Services.GetRequiredService<IOAuth2TokenProvider>();
        await tokens.GetTokenAsync("orders");
        await tokens.GetTokenAsync("orders");

        var document = $"OAuth2 client 'orders': OpenAPI document '{App.Find("bijira.json")}'";
        Assert.Equal(
            [
                $"{document} knows the header 'warehouse-key' (security scheme 'ApiKeyAuth'), for which there is no value. Set it in CredentialHeaders, as 'warehouse-key' or 'ApiKeyAuth', or set ApiKey, if the API asks for it.",
                $"{document} gives HeaderName 'X-Warehouse-Token', BaseAddress 'https://5f0c-prod.e1-us-east-azure.bijiraapis.dev/warehouse/v1.0/'.",
            ],
            app.Log);
    }

    [Fact]
    public async Task Log_OfAServerThatIsNotSecure_SaysWhatToDo()
    {
        await using var server = await OAuth2TestServer.StartAsync();
        await using var app = new App(o =>
        {
            o.TokenEndpoint = server.TokenEndpoint;
            o.UseOpenApi(App.ToStream("openapi: 3.0.3\ninfo: {title: t, version: v}\npaths: {}\nservers: [{url: 'http://api.acme.dev'}]\n"));
        });
        await app.Services.GetRequiredService<IOAuth2TokenProvider>().GetTokenAsync("orders");

        Assert.Contains("names the server http://api.acme.dev/, which is no BaseAddress since a token must not travel over plain http. Set BaseAddress", Assert.Single(app.Log), StringComparison.Ordinal);
    }
}
