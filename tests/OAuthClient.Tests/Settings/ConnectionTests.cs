using OAuthClient.Testing;

namespace OAuthClient.Tests.Settings;

/// <summary>Connections as the platform injects them: in real environment variables, under names that no other test uses.</summary>
public sealed class ConnectionTests : IDisposable
{
    private readonly string _name = $"T{Guid.NewGuid():N}".ToUpperInvariant();
    private readonly List<string> _variables = [];

    public void Dispose() => _variables.ForEach(variable => Environment.SetEnvironmentVariable(variable, null));

    [Theory]
    [InlineData("CHOREO_{0}_SERVICEURL", "CHOREO_{0}_CONSUMERKEY", "CHOREO_{0}_CONSUMERSECRET", "CHOREO_{0}_TOKENURL", "CHOREO_{0}_CHOREOAPIKEY")]
    [InlineData("CHOREO_{0}_SERVICEURL", "CHOREO_{0}_CONSUMERKEY", "CHOREO_{0}_CONSUMERSECRET", "CHOREO_{0}_TOKENURL", "CHOREO_{0}CHOREOAPIKEY")]
    [InlineData("DEVANT_{0}_SERVICEURL", "DEVANT_{0}_CONSUMERKEY", "DEVANT_{0}_CONSUMERSECRET", "DEVANT_{0}_TOKENURL", "DEVANT_{0}_DEVANTAPIKEY")]
    [InlineData("Devant_{0}_ServiceURL", "Devant_{0}_ConsumerKey", "Devant_{0}_ConsumerSecret", "Devant_{0}_TokenURL", "Devant_{0}DevantAPIKEY")]
    [InlineData("devant_{0}_serviceurl", "devant_{0}_consumerkey", "devant_{0}_consumersecret", "devant_{0}_tokenurl", "devant_{0}_choreoapikey")]
    public void Connection_InEverySpelling_FillsInAllSettings(string serviceUrl, string key, string secret, string tokenUrl, string apiKey)
    {
        Set(serviceUrl, "https://orders.example/v1\n");
        Set(key, "app\n");
        Set(secret, "secret\n");
        Set(tokenUrl, "https://idp.example/oauth2/token\n");
        Set(apiKey, "chk_1\n");

        var (options, error) = Complete(new OAuth2ClientOptions { Connection = _name });

        Assert.Null(error);
        Assert.Equal(("https://orders.example/v1/", "https://idp.example/oauth2/token"), (options.BaseAddress?.AbsoluteUri, options.TokenEndpoint?.AbsoluteUri));
        Assert.Equal(("app", "secret", "chk_1", "Choreo-API-Key"), (options.ClientId, options.ClientSecret, options.ApiKey, options.ApiKeyHeaderName));
        Assert.Equal((ClientAuthenticationMethod.ClientSecretBasic, BasicCredentialEncoding.Raw), (options.ClientAuthenticationMethod, options.BasicCredentialEncoding));
        Assert.Equal("https://idp.example/oauth2/revoke", options.RevocationEndpoint?.AbsoluteUri);
        Assert.False(options.SendsNoToken);
    }

    [Fact]
    public void Connection_WhoseUrlIsAFile_IsReported()
    {
        SetAll(_name);
        Set("CHOREO_{0}_SERVICEURL", "file:///");

        var (_, error) = Complete(new OAuth2ClientOptions { Connection = _name });

        Assert.Contains("BaseAddress must be an absolute https URI, but is 'file:///'.", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-v-1", "_V_1")]
    [InlineData("-V_1", "_V_1")]
    [InlineData(" v 1 ", "_V_1")]
    public void Connection_NameWithDashesAndSpaces_IsReadWithUnderscores(string suffix, string inVariables)
    {
        SetAll(_name + inVariables);

        var (options, error) = Complete(new OAuth2ClientOptions { Connection = _name.ToLowerInvariant() + suffix });

        Assert.Null(error);
        Assert.Equal("app", options.ClientId);
    }

    [Fact]
    public void Connection_WhoseNameBeginsThatOfAnotherPlatforms_IsFound()
    {
        SetAll(_name, platform: "DEVANT");
        Set("CHOREO_{0}_V2_SERVICEURL", "https://other.example/");

        var (options, error) = Complete(new OAuth2ClientOptions { Connection = _name });

        Assert.Null(error);
        Assert.Equal("app", options.ClientId);
    }

    [Fact]
    public void Connection_WithOwnNames_ReadsThese()
    {
        Set("{0}_URL", "https://orders.example/");
        Set("{0}_ID", "app");
        Set("{0}_SECRET", "secret");
        Set("{0}_TOKEN_URL", "https://idp.example/oauth2/token");
        Set("{0}_API_KEY", "chk_1");

        var (options, error) = Complete(UseOwnNames(new OAuth2ClientOptions()));

        Assert.Null(error);
        Assert.Equal(("https://orders.example/", "https://idp.example/oauth2/token"), (options.BaseAddress?.AbsoluteUri, options.TokenEndpoint?.AbsoluteUri));
        Assert.Equal(("app", "secret", "chk_1"), (options.ClientId, options.ClientSecret, options.ApiKey));
    }

    [Theory]
    [InlineData("URL")]
    [InlineData("ID")]
    [InlineData("SECRET")]
    [InlineData("TOKEN_URL")]
    [InlineData("API_KEY")]
    public void Connection_OwnNameThatIsNotThere_IsAnErrorThatNamesIt(string missing)
    {
        foreach (var ending in ((string[])["URL", "ID", "SECRET", "TOKEN_URL", "API_KEY"]).Where(ending => ending != missing))
            Set("{0}_" + ending, ending.EndsWith("URL", StringComparison.Ordinal) ? "https://orders.example/token" : "app");

        var (_, error) = Complete(UseOwnNames(new OAuth2ClientOptions()));

        Assert.Equal(
            $"OAuth2 client 'orders': Connection 'orders' is incomplete: the environment has no {_name}_{missing}. Add the connection to the component anew, or name its variables with UseConnection(name, map).",
            error);
    }

    [Fact]
    public void Connection_OwnNamesThatAreNotThereForSettingsThatAreSet_AreNotLookedFor()
    {
        var (options, error) = Complete(UseOwnNames(new OAuth2ClientOptions
        {
            BaseAddress = new Uri("https://local.example/"),
            TokenEndpoint = new Uri("https://local.example/token"),
            ClientId = "local",
            ClientSecret = "local-secret",
            ApiKey = "local-key",
        }));

        Assert.Null(error);
        Assert.Equal("local", options.ClientId);
    }

    [Theory]
    [InlineData("SERVICEURL")]
    [InlineData("CONSUMERKEY")]
    [InlineData("CONSUMERSECRET")]
    [InlineData("TOKENURL")]
    public void Connection_PartialSet_IsAnErrorThatNamesWhatIsMissing(string missing)
    {
        SetAll(_name, without: missing);

        var (_, error) = Complete(new OAuth2ClientOptions { Connection = _name });

        Assert.Equal(
            $"OAuth2 client 'orders': Connection '{_name}' is incomplete: the environment has no CHOREO_{_name}_{missing}. Add the connection to the component anew, or name its variables with UseConnection(name, map).",
            error);
    }

    [Fact]
    public void Connection_SeveralMissing_AreNamedTogether()
    {
        Set("Devant_{0}_ServiceURL", "https://orders.example/");
        Set("Devant_{0}_ConsumerKey", "app");

        var (_, error) = Complete(new OAuth2ClientOptions { Connection = _name });

        Assert.Contains($"the environment has no DEVANT_{_name}_TOKENURL and no DEVANT_{_name}_CONSUMERSECRET.", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Connection_ThatIsNotThere_IsAnErrorThatSaysSo()
    {
        var (_, error) = Complete(new OAuth2ClientOptions { Connection = _name });

        Assert.Equal(
            $"OAuth2 client 'orders': Connection '{_name}' is not there: no environment variable begins with CHOREO_{_name}_ or DEVANT_{_name}_. Add the connection to the component, or name its variables with UseConnection(name, map).",
            error);
    }

    [Fact]
    public void Connection_ThatIsNotThereForAKnownAddress_IsNotTakenForOneWithoutToken()
    {
        var (options, error) = Complete(new OAuth2ClientOptions { BaseAddress = new Uri("https://orders.example/") }.UseConnection(_name));

        Assert.Contains($"Connection '{_name}' is not there", error, StringComparison.Ordinal);
        Assert.False(options.SendsNoToken);
    }

    [Fact]
    public void Connection_WithOwnNamesForKeySecretAndTokenUrlThatAreNotThere_IsNotTakenForOneWithoutToken()
    {
        Set("{0}_URL", "https://orders.example/");
        Set("{0}_API_KEY", "chk_1");

        var (options, error) = Complete(UseOwnNames(new OAuth2ClientOptions()));

        Assert.Contains($"the environment has no {_name}_TOKEN_URL and no {_name}_ID and no {_name}_SECRET.", error, StringComparison.Ordinal);
        Assert.False(options.SendsNoToken);
    }

    [Theory]
    [InlineData("SERVICEURL")]
    [InlineData("TOKENURL")]
    public void Connection_UrlThatIsNone_IsAnErrorThatShowsNoValue(string variable)
    {
        SetAll(_name);
        Set($"CHOREO_{{0}}_{variable}", "canary");

        var (_, error) = Complete(new OAuth2ClientOptions { Connection = _name });

        Assert.Equal($"OAuth2 client 'orders': Connection '{_name}': CHOREO_{_name}_{variable} must hold an absolute URI, and does not.", error);
    }

    [Fact]
    public void Connection_SettingsThatAreSet_Win()
    {
        SetAll(_name);
        Set("CHOREO_{0}_CHOREOAPIKEY", "chk_1");

        var (options, error) = Complete(new OAuth2ClientOptions
        {
            BaseAddress = new Uri("https://own.example/"),
            TokenEndpoint = new Uri("https://own.example/token"),
            ClientId = "own",
            ClientSecret = "own-secret",
            ApiKey = "own-key",
            ApiKeyHeaderName = "own-header",
            Provider = "ApiManager",
        }.UseConnection(_name));

        Assert.Null(error);
        Assert.Equal(("https://own.example/", "https://own.example/token"), (options.BaseAddress?.AbsoluteUri, options.TokenEndpoint?.AbsoluteUri));
        Assert.Equal(("own", "own-secret", "own-key", "own-header"), (options.ClientId, options.ClientSecret, options.ApiKey, options.ApiKeyHeaderName));
        Assert.Equal("ApiManager", options.Provider);
    }

    [Fact]
    public void Connection_WithIssuerOfOnesOwn_LeavesTheEndpointToIt()
    {
        SetAll(_name, without: "TOKENURL");

        var (options, error) = Complete(new OAuth2ClientOptions { Issuer = new Uri("https://idp.example") }.UseConnection(_name));

        Assert.Null(error);
        Assert.Null(options.TokenEndpoint);
    }

    [Fact]
    public void Connection_WithSecretFileOfOnesOwn_TakesNoSecret()
    {
        SetAll(_name);

        var (options, error) = Complete(new OAuth2ClientOptions { ClientSecretFile = "/run/secrets/orders" }.UseConnection(_name));

        Assert.Null(error);
        Assert.Null(options.ClientSecret);
    }

    [Fact]
    public void Connection_OfAPublicClient_TakesNoSecret()
    {
        SetAll(_name);

        var (options, error) = Complete(new OAuth2ClientOptions { ClientAuthenticationMethod = ClientAuthenticationMethod.None }.UseConnection(_name));

        Assert.Null(error);
        Assert.Null(options.ClientSecret);
    }

    [Fact]
    public async Task Connection_WithNeitherKeySecretNorTokenUrl_SendsTheApiKeyAlone()
    {
        await using var api = await OAuth2TestServer.StartAsync();
        Set("CHOREO_{0}_SERVICEURL", api.ApiBaseAddress.AbsoluteUri);
        Set("CHOREO_{0}_CHOREOAPIKEY", "chk_1");
        using var http = new HttpClient(OAuth2Handler.Create(new OAuth2ClientOptions().UseConnection(_name)));

        using var response = await http.GetAsync(new Uri(api.ApiBaseAddress, "orders"));

        var call = Assert.Single(api.RecordedApiCalls);
        Assert.Equal("chk_1", call.Headers["Choreo-API-Key"]);
        Assert.False(call.Headers.ContainsKey("Authorization"));
        Assert.Equal(0, api.TokenRequests);
    }

    [Theory]
    [InlineData("Choreo")]
    [InlineData("devant")]
    public void Connection_WithNeitherKeySecretNorTokenUrlAndItsOwnProvider_WantsNoToken(string provider)
    {
        Set("CHOREO_{0}_SERVICEURL", "https://orders.example/");

        var (options, error) = Complete(new OAuth2ClientOptions { Provider = provider }.UseConnection(_name));

        Assert.Null(error);
        Assert.True(options.SendsNoToken);
    }

    [Fact]
    public void Connection_WithNeitherKeySecretNorTokenUrlAndAnotherProvider_IsAnError()
    {
        Set("CHOREO_{0}_SERVICEURL", "https://orders.example/");

        var (_, error) = Complete(new OAuth2ClientOptions().UseAsgardeo("acme").UseConnection(_name));

        Assert.Contains($"the environment has no CHOREO_{_name}_TOKENURL and no CHOREO_{_name}_CONSUMERKEY and no CHOREO_{_name}_CONSUMERSECRET.", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Connection_ThatWantsNoToken_MaySendTheApiKeyInTheTokensHeader()
    {
        Set("CHOREO_{0}_SERVICEURL", "https://orders.example/");
        Set("CHOREO_{0}_CHOREOAPIKEY", "chk_1");

        var (_, error) = Complete(new OAuth2ClientOptions { ApiKeyHeaderName = "Authorization" }.UseConnection(_name));

        Assert.Null(error);
    }

    [Fact]
    public async Task Connection_WithTokenAndApiKey_SendsBoth()
    {
        await using var server = await OAuth2TestServer.StartAsync(options => (options.ApiKey, options.ApiKeyHeaderName) = ("chk_1", "Choreo-API-Key"));
        Set("CHOREO_{0}_SERVICEURL", server.ApiBaseAddress.AbsoluteUri);
        Set("CHOREO_{0}_CONSUMERKEY", OAuth2TestServer.DefaultClientId + "\n");
        Set("CHOREO_{0}_CONSUMERSECRET", OAuth2TestServer.DefaultClientSecret + "\n");
        Set("CHOREO_{0}_TOKENURL", server.TokenEndpoint.AbsoluteUri + "\n");
        Set("CHOREO_{0}CHOREOAPIKEY", "chk_1\n");
        using var http = new HttpClient(OAuth2Handler.Create(new OAuth2ClientOptions().UseConnection(_name)));

        using var response = await http.GetAsync(new Uri(server.ApiBaseAddress, "orders"));

        Assert.True(response.IsSuccessStatusCode);
    }

    private static (OAuth2ClientOptions Options, string? Error) Complete(OAuth2ClientOptions options)
    {
        new OAuth2ClientOptionsDefaults().PostConfigure("orders", options);
        return (options, new OAuth2ClientOptionsValidator().Validate("orders", options).FailureMessage);
    }

    private OAuth2ClientOptions UseOwnNames(OAuth2ClientOptions options) => options.UseConnection("orders", names =>
    {
        names.ServiceUrl = _name + "_URL";
        names.ConsumerKey = _name + "_ID";
        names.ConsumerSecret = _name + "_SECRET";
        names.TokenUrl = _name + "_TOKEN_URL";
        names.ApiKey = _name + "_API_KEY";
    });

    private void SetAll(string name, string platform = "CHOREO", string? without = null)
    {
        foreach (var (key, value) in ((string, string)[])[("SERVICEURL", "https://orders.example/"), ("CONSUMERKEY", "app"), ("CONSUMERSECRET", "secret"), ("TOKENURL", "https://idp.example/oauth2/token")])
        {
            if (key != without)
                Set($"{platform}_{name}_{key}", value);
        }
    }

    private void Set(string variable, string value)
    {
        var name = string.Format(null, variable, _name);
        Environment.SetEnvironmentVariable(name, value);
        _variables.Add(name);
    }
}
