using System.Reflection;
using System.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using OAuthClient.Testing;

namespace OAuthClient.Tests.Settings;

public sealed class OAuth2ClientOptionsDefaultsTests
{
    private static readonly string _basic = $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes($"{OAuth2TestServer.DefaultClientId}:{OAuth2TestServer.DefaultClientSecret}"))}";

    [Fact]
    public void PostConfigure_WhiteSpaceAroundValues_Goes()
    {
        var options = new OAuth2ClientOptions
        {
            Provider = " Asgardeo ",
            Organization = " acme\n",
            Region = "EU\r\n",
            ClientId = " app\n",
            ClientSecretFile = "/run/secrets/orders\n",
            GrantType = " password\n",
            Username = " alice\n",
            Audience = " orders\n",
            HeaderName = " X-Token\n",
            HeaderScheme = " Bearer\n",
            ApiKey = " key\r\n",
            ApiKeyHeaderName = " api-key\n",
        };

        PostConfigure(options);

        Assert.Equal(("Asgardeo", "acme", "EU", "app"), (options.Provider, options.Organization, options.Region, options.ClientId));
        Assert.Equal(("/run/secrets/orders", "password", "alice", "orders"), (options.ClientSecretFile, options.GrantType, options.Username, options.Audience));
        Assert.Equal(("X-Token", "Bearer", "key", "api-key"), (options.HeaderName, options.HeaderScheme, options.ApiKey, options.ApiKeyHeaderName));
    }

    public static TheoryData<string> Texts =>
        [.. typeof(OAuth2ClientOptions).GetProperties().Where(property => property.PropertyType == typeof(string)).Select(property => property.Name)];

    [Theory]
    [MemberData(nameof(Texts))]
    public void PostConfigure_AnyText_LosesItsLineEndAndWhereItIsNoSecretItsSpaces(string setting)
    {
        var property = typeof(OAuth2ClientOptions).GetProperty(setting)!;
        var options = new OAuth2ClientOptions();
        property.SetValue(options, " Choreo \r\n");

        PostConfigure(options);

        Assert.Equal(IsSecret(setting) ? " Choreo " : "Choreo", property.GetValue(options));
    }

    [Theory]
    [MemberData(nameof(Texts))]
    public void PostConfigure_AnyTextThatIsBlank_IsNotSet(string setting)
    {
        var property = typeof(OAuth2ClientOptions).GetProperty(setting)!;
        var options = new OAuth2ClientOptions();
        property.SetValue(options, IsSecret(setting) ? "\n" : " \n");

        PostConfigure(options);

        // These are never null; the validator, or the bare token, makes the best of it. Any other has its default.
        Assert.Equal(setting is nameof(options.GrantType) or nameof(options.HeaderName) or nameof(options.HeaderScheme) ? "" : property.GetValue(new OAuth2ClientOptions()), property.GetValue(options));
    }

    /// <summary>Spaces may belong to it.</summary>
    private static bool IsSecret(string setting) => setting.EndsWith("Secret", StringComparison.Ordinal) || setting.EndsWith("Password", StringComparison.Ordinal);

    /// <summary>A service's working directory is not where its files are.</summary>
    [Fact]
    public void PostConfigure_RelativeFiles_AreThoseOfTheContentRoot()
    {
        var root = Path.GetTempPath();
        var whole = Path.Combine(root, "elsewhere", "cert.pem");
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection([new("contentRoot", root)]).Build());
        services.AddOAuth2Client("orders", options => (options.TokenEndpoint, options.ClientId, options.ClientSecretFile, options.SecondaryClientSecretFile) = (new Uri("https://idp.example/token"), "id", "secrets/orders\n", whole));
        using var provider = services.BuildServiceProvider();

        var options = provider.GetRequiredService<IOptionsMonitor<OAuth2ClientOptions>>().Get("orders");

        Assert.Equal((Path.Combine(root, "secrets/orders"), whole), (options.ClientSecretFile, options.SecondaryClientSecretFile));
    }

    [Fact]
    public void PostConfigure_Secrets_LoseTheirLineEndAndKeepTheirSpaces()
    {
        var options = new OAuth2ClientOptions { ClientSecret = " secret \r\n", Password = " password \n", Parameters = { ["assertion"] = " token \n" } };

        PostConfigure(options);

        Assert.Equal((" secret ", " password ", " token "), (options.ClientSecret, options.Password, options.Parameters["assertion"]));
    }

    [Fact]
    public void PostConfigure_Twice_ChangesNothing()
    {
        var options = new OAuth2ClientOptions { Organization = "acme", ClientId = " app\n", ClientSecret = "secret\n" }.UseAsgardeo("acme").UseConnection("NOT_THERE");

        PostConfigure(options);
        var once = Describe(options);
        PostConfigure(options);

        Assert.Equal(once, Describe(options));
        Assert.Single(options.BindingErrors);
    }

    [Fact]
    public void PostConfigure_NoProvider_FillsInTheStandard()
    {
        var options = new OAuth2ClientOptions();

        PostConfigure(options);

        Assert.Equal((ClientAuthenticationMethod.ClientSecretBasic, BasicCredentialEncoding.FormUrlEncoded), (options.ClientAuthenticationMethod, options.BasicCredentialEncoding));
    }

    [Fact]
    public async Task LineEnds_InConfiguration_DoNotReachTheWire()
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["ClientId"] = OAuth2TestServer.DefaultClientId + "\n",
            ["ClientSecret"] = OAuth2TestServer.DefaultClientSecret + "\r\n",
            ["ApiKey"] = "chk_1\n",
            ["ApiKeyHeaderName"] = "Choreo-API-Key\n",
        }).Build();
        await using var app = await TestApp.StartAsync(
            server => (server.ApiKey, server.ApiKeyHeaderName) = ("chk_1", "Choreo-API-Key"),
            services: services => services.AddOAuth2Client(TestApp.ClientName, configuration));

        (await app.CreateClient().GetAsync("orders")).EnsureSuccessStatusCode().Dispose();

        Assert.Equal(_basic, Assert.Single(app.Server.RecordedTokenRequests).Headers["Authorization"]);
        Assert.Equal("chk_1", Assert.Single(app.Server.RecordedApiCalls).Headers["Choreo-API-Key"]);
    }

    [Fact]
    public async Task LineEnds_InClientSecretFile_DoNotReachTheWire()
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, OAuth2TestServer.DefaultClientSecret + "\r\n");
        await using var app = await TestApp.StartAsync(client: client => (client.ClientSecret, client.ClientSecretFile) = (null, file));

        await app.Tokens.GetTokenAsync(TestApp.ClientName);

        Assert.Equal(_basic, Assert.Single(app.Server.RecordedTokenRequests).Headers["Authorization"]);
        File.Delete(file);
    }

    private static void PostConfigure(OAuth2ClientOptions options) => new OAuth2ClientOptionsDefaults().PostConfigure("orders", options);

    private static string[] Describe(OAuth2ClientOptions options) =>
    [
        .. typeof(OAuth2ClientOptions).GetProperties(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic).Select(property =>
            $"{property.Name}: {(property.GetValue(options) is System.Collections.IEnumerable and not string and var list ? string.Join('|', list.Cast<object>()) : property.GetValue(options))}"),
    ];
}
