using System.Reflection;
using System.Text;
using Microsoft.Extensions.Configuration;

namespace OAuthClient.Tests.Settings;

public sealed class OAuth2ClientOptionsBinderTests
{
    /// <summary>Every public option but the callbacks, which configuration cannot hold.</summary>
    public static TheoryData<string> Settings =>
        [.. typeof(OAuth2ClientOptions).GetProperties().Where(property => !typeof(Delegate).IsAssignableFrom(property.PropertyType)).Select(property => property.Name)];

    [Theory]
    [MemberData(nameof(Settings))]
    public void Bind_EverySetting_BindsUnderItsOwnName(string setting)
    {
        var property = typeof(OAuth2ClientOptions).GetProperty(setting)!;
        var (key, text, expected) = Sample(property);
        Assert.NotEqual(expected, property.GetValue(new OAuth2ClientOptions()));

        var options = Bind((key, text));

        Assert.Empty(options.BindingErrors);
        Assert.Equal(expected, property.GetValue(options));
    }

    [Fact]
    public void Bind_StatusesThatAreNone_AreTold() =>
        Assert.Equal("OAuth2:TokenRejectedStatusCodes must hold whole numbers, but holds 'forbidden'.", Assert.Single(Bind(("TokenRejectedStatusCodes", "401 forbidden")).BindingErrors));

    [Fact]
    public void Bind_KeyInOtherCase_Binds() => Assert.Equal("app", Bind(("clientid", "app")).ClientId);

    [Fact]
    public void Bind_ScopesInAppSettings_BindAsArrayOrAsOneString()
    {
        var array = BindJson("""{ "OAuth2": { "Scopes": ["orders:read", "urn:acme:orders:write"] } }""");
        var text = BindJson("""{ "OAuth2": { "Scopes": "orders:read  urn:acme:orders:write" } }""");

        Assert.Equal(["orders:read", "urn:acme:orders:write"], array.Scopes);
        Assert.Equal(["orders:read", "urn:acme:orders:write"], text.Scopes);
    }

    [Fact]
    public void Bind_ScopesThatTheOptionsHoldAlready_AreNotRepeated()
    {
        var options = new OAuth2ClientOptions { Scopes = { "a" } };

        OAuth2ClientOptionsBinder.Bind(Configuration(("Scopes", "a b")).GetSection("OAuth2"), options);

        Assert.Equal(["a", "b"], options.Scopes);
    }

    [Theory]
    [InlineData("Scopes")]
    [InlineData("Resources")]
    [InlineData("AllowedOrigins")]
    public void Bind_ListFromTwoSources_IsReportedWithBoth(string list)
    {
        var options = Bind(($"{list}:0", "https://a"), ($"{list}:1", "https://b"), (list, "https://p https://q"));

        var error = Assert.Single(options.BindingErrors);
        Assert.Contains($"OAuth2:{list} is a single value, and OAuth2:{list}:0 holds an entry of a list", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a,b")]
    [InlineData("a, b")]
    [InlineData("a;b")]
    public void Bind_ListInOneStringWithCommas_IsReported(string text) =>
        Assert.Contains("OAuth2:Scopes is a single value, whose entries are separated by spaces", Assert.Single(Bind(("Scopes", text)).BindingErrors), StringComparison.Ordinal);

    // As some servers want them.
    [Fact]
    public void Bind_EntryWithAComma_Binds()
    {
        var options = Bind(("Scopes:0", "read,write"));

        Assert.Empty(options.BindingErrors);
        Assert.Equal(["read,write"], options.Scopes);
    }

    [Fact]
    public void Bind_ListEntryWithKeysOfItsOwn_IsReported()
    {
        var options = BindJson("""{ "OAuth2": { "Scopes": [{ "Name": "orders:read" }] } }""");

        Assert.Contains("OAuth2:Scopes:0 must be a single value", Assert.Single(options.BindingErrors), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("client_secret_basic", ClientAuthenticationMethod.ClientSecretBasic)]
    [InlineData("client_secret_post", ClientAuthenticationMethod.ClientSecretPost)]
    [InlineData("none", ClientAuthenticationMethod.None)]
    [InlineData("ClientSecretPost", ClientAuthenticationMethod.ClientSecretPost)]
    [InlineData(" clientsecretpost\n", ClientAuthenticationMethod.ClientSecretPost)]
    public void Bind_ClientAuthenticationMethod_TakesWireValueAndName(string text, ClientAuthenticationMethod expected)
    {
        var options = Bind(("ClientAuthenticationMethod", text));

        Assert.Empty(options.BindingErrors);
        Assert.Equal(expected, options.ClientAuthenticationMethod);
    }

    [Theory]
    [InlineData("1")]
    [InlineData("+1")]
    [InlineData("-1")]
    [InlineData("client_secret_digest")]
    [InlineData("ClientSecretBasic, ClientSecretPost")]
    public void Bind_ClientAuthenticationMethodThatIsNone_IsRefusedWithTheOnesThereAre(string text)
    {
        var options = Bind(("ClientAuthenticationMethod", text));

        Assert.Null(options.ClientAuthenticationMethod);
        Assert.Equal(
            $"OAuth2:ClientAuthenticationMethod must be one of ClientSecretBasic, ClientSecretPost, None, PrivateKeyJwt, ClientSecretJwt, TlsClientAuth, SelfSignedTlsClientAuth, but is '{text}'.",
            Assert.Single(options.BindingErrors));
    }

    [Theory]
    [InlineData("ClientSecert", "OAuth2:ClientSecert is no setting of an OAuth2 client; did you mean ClientSecret?")]
    [InlineData("TokenEndPiont", "OAuth2:TokenEndPiont is no setting of an OAuth2 client; did you mean TokenEndpoint?")]
    [InlineData("Scope", "OAuth2:Scope is no setting of an OAuth2 client; did you mean Scopes?")]
    [InlineData("TokenUrl", "OAuth2:TokenUrl is no setting of an OAuth2 client.")]
    public void Bind_KeyThatIsNoSetting_IsReportedWithTheNearestOne(string key, string expected) =>
        Assert.Equal(expected, Assert.Single(Bind((key, "x")).BindingErrors));

    [Theory]
    [InlineData("30", "for 30 seconds write '00:00:30'")]
    [InlineData("90", "for 90 seconds write '00:01:30'")]
    [InlineData("30s", "such as '00:00:30'")]
    [InlineData("1.5", "such as '00:00:30'")]
    public void Bind_DurationWithoutColons_IsRefusedWithTheFormMeant(string text, string remedy)
    {
        var options = Bind(("TokenRequestTimeout", text));

        var error = Assert.Single(options.BindingErrors);
        Assert.StartsWith("OAuth2:TokenRequestTimeout must be hours, minutes and seconds", error, StringComparison.Ordinal);
        Assert.Contains(remedy, error, StringComparison.Ordinal);
        Assert.Equal(TimeSpan.FromSeconds(30), options.TokenRequestTimeout);
    }

    [Theory]
    [InlineData("AllowInsecureHttp", "yes", "OAuth2:AllowInsecureHttp must be true or false, but is 'yes'.")]
    [InlineData("MaxTokens", "many", "OAuth2:MaxTokens must be a whole number, but is 'many'.")]
    [InlineData("MaxTokens", "10,000", "OAuth2:MaxTokens must be a whole number, but is '10,000'.")]
    [InlineData("TokenEndpoint", "idp.example/token", "OAuth2:TokenEndpoint must be an absolute URI such as 'https://server.example/path', but is 'idp.example/token'.")]
    [InlineData("BasicCredentialEncoding", "base64", "OAuth2:BasicCredentialEncoding must be one of FormUrlEncoded, Raw, but is 'base64'.")]
    public void Bind_MistypedValue_IsReportedWithPathAndForm(string key, string text, string expected) =>
        Assert.Equal(expected, Assert.Single(Bind((key, text)).BindingErrors));

    [Fact]
    public void Bind_NegativeNumber_IsLeftToTheValidator() => Assert.Equal(-1, Bind(("MaxTokens", "-1")).MaxTokens);

    [Fact]
    public void Bind_AddressWithPasswordThatIsNoUri_IsReportedWithoutThePassword()
    {
        var error = Assert.Single(Bind(("TokenEndpoint", "https://user:canary@idp.example:port/token?client_secret=canary")).BindingErrors);

        Assert.Contains("OAuth2:TokenEndpoint", error, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Bind_SettingWithKeysOfItsOwn_IsReported() =>
        Assert.Equal("OAuth2:ClientId must be a single value, but holds keys of its own.", Assert.Single(Bind(("ClientId:Value", "app")).BindingErrors));

    [Fact]
    public void Bind_ParametersWithColonsInTheirNames_KeepTheNames()
    {
        var options = BindJson(
            """
            {
              "OAuth2": {
                "Parameters": {
                  "orgHandle": "acme",
                  "urn:acme:tenant": "blue",
                  "urn:acme:region": "eu",
                  "deep": { "er": "x" }
                }
              }
            }
            """);

        Assert.Empty(options.BindingErrors);
        Assert.Equal(
            [("deep:er", "x"), ("orgHandle", "acme"), ("urn:acme:region", "eu"), ("urn:acme:tenant", "blue")],
            options.Parameters.Select(parameter => (parameter.Key, parameter.Value)).Order());
    }

    [Fact]
    public void Bind_ParameterThatIsBothFieldAndPrefixOfAnother_KeepsBoth()
    {
        var options = Bind(("Parameters:urn:acme", "1"), ("Parameters:urn:acme:tenant", "2"));

        Assert.Equal([("urn:acme", "1"), ("urn:acme:tenant", "2")], options.Parameters.Select(parameter => (parameter.Key, parameter.Value)).Order());
    }

    [Fact]
    public void Bind_ParameterNestedAsDeepAsCanBe_NeedsNoStackForIt()
    {
        var name = string.Join(':', Enumerable.Repeat("a", 2_000));
        OAuth2ClientOptions? options = null;
        var thread = new Thread(() => options = Bind(($"Parameters:{name}", "1")), maxStackSize: 128 * 1024);
        thread.Start();
        thread.Join();

        Assert.Equal([(name, "1")], options!.Parameters.Select(parameter => (parameter.Key, parameter.Value)));
    }

    [Fact]
    public void Bind_ParametersAsOneValue_IsReported() =>
        Assert.Equal("OAuth2:Parameters must hold one key for each form field, but is a single value.", Assert.Single(Bind(("Parameters", "a=b")).BindingErrors));

    [Fact]
    public void Bind_MissingSection_IsReportedWithItsPath()
    {
        var options = new OAuth2ClientOptions();

        OAuth2ClientOptionsBinder.Bind(Configuration().GetSection("Clients:Orders"), options);

        Assert.Equal("The configuration section 'Clients:Orders' is missing or empty.", Assert.Single(options.BindingErrors));
    }

    [Fact]
    public void Bind_BlankValues_LeaveTheDefaults()
    {
        var options = Bind(("ClientId", ""), ("TokenEndpoint", " "), ("GrantType", ""), ("HeaderName", ""), ("MaxTokens", ""));

        Assert.Empty(options.BindingErrors);
        Assert.Null(options.ClientId);
        Assert.Null(options.TokenEndpoint);
        Assert.Equal(("client_credentials", "Authorization", 10_000), (options.GrantType, options.HeaderName, options.MaxTokens));
    }

    [Fact]
    public void Bind_EmptyHeaderScheme_MeansTheBareToken() => Assert.Equal("", Bind(("HeaderScheme", "")).HeaderScheme);

    private static OAuth2ClientOptions Bind(params (string Key, string Value)[] settings) => Bind(Configuration(settings));

    private static OAuth2ClientOptions BindJson(string json) =>
        Bind(new ConfigurationBuilder().AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes(json))).Build());

    private static OAuth2ClientOptions Bind(IConfiguration configuration)
    {
        var options = new OAuth2ClientOptions();
        OAuth2ClientOptionsBinder.Bind(configuration.GetSection("OAuth2"), options);
        return options;
    }

    private static IConfiguration Configuration(params (string Key, string Value)[] settings) => new ConfigurationBuilder()
        .AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create($"OAuth2:{setting.Key}", (string?)setting.Value)))
        .Build();

    /// <summary>A key and a text that differ from the option's default, and the value that they stand for.</summary>
    private static (string Key, string Text, object Expected) Sample(PropertyInfo property)
    {
        var name = property.Name;
        return (Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType) switch
        {
            var type when type == typeof(string) => (name, $"some {name}", $"some {name}"),
            var type when type == typeof(Uri) => (name, $"https://{name}.example/", new Uri($"https://{name}.example/")),
            var type when type == typeof(bool) => (name, "true", true),
            var type when type == typeof(int) => (name, "4711", 4711),
            var type when type == typeof(TimeSpan) => (name, "00:00:47", TimeSpan.FromSeconds(47)),
            var type when type == typeof(IList<int>) => ($"{name}:0", "403", new List<int> { 403 }),
            var type when type == typeof(IList<string>) => ($"{name}:0", "entry", new List<string> { "entry" }),
            var type when type == typeof(IDictionary<string, string>) => ($"{name}:field", "value", new Dictionary<string, string> { ["field"] = "value" }),
            { IsEnum: true } type => (name, Enum.GetNames(type)[^1], Enum.GetValues(type).GetValue(Enum.GetValues(type).Length - 1)!),
            var type => throw new NotSupportedException($"Teach this test what a {type} looks like in configuration."),
        };
    }
}
