using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace OAuthClient.Tests.Canaries;

/// <summary>Settings that are wrong and hold a secret, or are one: told when the host starts, and in a log when they change.</summary>
internal static class OptionsScenarios
{
    public static Task SecretAndFile(Stage stage) => InvalidAsync(stage, "both set", options => options.ClientSecretFile = "/run/secret");

    public static Task SecretThatIsTheFileNameToo(Stage stage) => InvalidAsync(stage, "both set", options => options.ClientSecretFile = stage.Secret);

    public static Task SecretWithoutAuthentication(Stage stage) => InvalidAsync(stage, "sends no secret", options => options.ClientAuthenticationMethod = ClientAuthenticationMethod.None);

    public static Task SecretThatARawHeaderCannotCarry(Stage stage) => InvalidAsync(stage, "holds a ':'", options =>
    {
        options.Provider = "Choreo";
        options.ClientAuthenticationMethod = ClientAuthenticationMethod.ClientSecretBasic;
        options.BasicCredentialEncoding = BasicCredentialEncoding.Raw;
        options.ClientSecret = stage.Watch(Stage.SecretName, $"{Canary.Next()}:{Canary.Next()}");
    });

    public static Task ApiKeyWithALineBreak(Stage stage) => InvalidAsync(stage, "ApiKey holds characters", options => options.ApiKey = stage.Watch("API key", $"{Canary.Next()}\r\n{Canary.Next()}"));

    public static Task ApiKeyWithoutHeader(Stage stage) => InvalidAsync(stage, "ApiKeyHeaderName is not", options => options.ApiKeyHeaderName = null);

    public static Task PasswordOfAnotherGrant(Stage stage) => InvalidAsync(stage, "sends none", options => options.GrantType = GrantTypes.ClientCredentials);

    public static Task RefreshTokenOfAnotherGrant(Stage stage) => InvalidAsync(stage, "Parameters holds 'refresh_token'", options => options.Parameters["refresh_token"] = stage.Watch("refresh token", Canary.Next()));

    public static Task ParametersThatRepeatASetting(Stage stage) => InvalidAsync(stage, "Parameters may not hold 'client_secret'", options =>
    {
        foreach (var name in new[] { "client_secret", "password", "scope", "audience" })
            options.Parameters[name] = stage.Watch("parameter", Canary.NextAwkward());
    });

    public static Task AddressesWithUserInformation(Stage stage) => InvalidAsync(stage, "user information", options =>
    {
        var secret = stage.Watch("user information", Canary.Next());
        options.BaseAddress = new Uri($"https://user:{secret}@api.example/?key={secret}");
        options.TokenEndpoint = new Uri($"https://{secret}@idp.example/token?key={secret}#{secret}");
        options.RevocationEndpoint = new Uri($"http://{secret}@idp.example/revoke?key={secret}");
        options.Issuer = new Uri($"/token?key={secret}", UriKind.Relative);
        options.AllowedOrigins.Add($"https://{secret}@api.example/?key={secret}");
        options.AllowedOrigins.Add($"{secret}@api.example?key={secret}");
    });

    public static async Task InvalidReload(Stage stage)
    {
        var file = (string?)null;
        var app = stage.StartAnother(options => options.ClientSecretFile = file);
        Assert.Equal(200, await stage.CallAsync(app));
        file = stage.Secret;
        app.ReloadOptions();
        Assert.Equal(1, app.Log.Count(LogLevel.Warning, "keeps its last good settings"));
        Assert.Equal(200, await stage.CallAsync(app));
    }

    public static async Task ReloadThatThrows(Stage stage)
    {
        var secret = stage.Secret;
        var app = stage.StartAnother(options => options.ClientSecret = secret.Length > 0 ? secret : throw new InvalidTimeZoneException(stage.Secret.Length.ToString()));
        Assert.Equal(200, await stage.CallAsync(app));
        secret = "";
        app.ReloadOptions();
        Assert.Equal(1, app.Log.Count(LogLevel.Warning, "failed with InvalidTimeZoneException"));
    }

    public static Task Configuration_MisspeltKey(Stage stage) => InvalidConfigurationAsync(stage, "did you mean ClientSecret?", ("ClientSecrett", stage.Secret));

    public static Task Configuration_SecretAsAList(Stage stage) => InvalidConfigurationAsync(stage, "must be a single value", ("ClientSecret:0", stage.Secret), ("Password:Value", stage.Password));

    public static Task Configuration_ParametersAsOneValue(Stage stage) => InvalidConfigurationAsync(stage, "must hold one key for each form field", ("Parameters", $"assertion={stage.Assertion}"));

    public static Task Configuration_AddressesWithSecrets(Stage stage) => InvalidConfigurationAsync(
        stage,
        "must be an absolute URI",
        ("TokenEndpoint", $"idp.example/token?key={stage.AddressKey}"), ("BaseAddress", $"//{stage.AddressKey}@api.example"), ("Issuer", $"http://user:{stage.AddressKey}@idp.example"));

    private static async Task InvalidAsync(Stage stage, string problem, Action<OAuth2ClientOptions> spoil)
    {
        var app = stage.StartAnother(spoil);
        var exception = await stage.FailAsync<OptionsValidationException>(() => app.GetTokenAsync());
        Assert.Contains(problem, exception.Message, StringComparison.Ordinal);
        await stage.FailAsync<OptionsValidationException>(() => stage.CallAsync(app));
        await stage.FailAsync<OptionsValidationException>(() => Task.FromResult(app.Services.GetRequiredService<IOptionsMonitor<OAuth2ClientOptions>>().Get(TestApp.ClientName)));
        Assert.Equal(0, stage.Server.TokenRequests);
    }

    private static async Task InvalidConfigurationAsync(Stage stage, string problem, params (string Key, string Value)[] settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(settings: null);
        builder.Configuration.AddInMemoryCollection(settings.ToDictionary(setting => $"OAuth2:{setting.Key}", setting => (string?)setting.Value));
        builder.Logging.SetMinimumLevel(LogLevel.Trace).AddProvider(new LogSightings(stage.Sightings));
        builder.Services.AddOAuth2Client(TestApp.ClientName, builder.Configuration.GetSection("OAuth2"));
        using var host = builder.Build();
        var exception = await stage.FailAsync<OptionsValidationException>(() => host.StartAsync());
        Assert.Contains(problem, exception.Message, StringComparison.Ordinal);
    }
}
