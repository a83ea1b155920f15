namespace OAuthClient.Tests.Canaries;

/// <summary>Secrets that do not stand in the options: in files, from callbacks, in the environment of a connection.</summary>
internal static class SecretSourceScenarios
{
    public static Task File(Stage stage) => WithFileAsync(async path =>
    {
        var app = stage.StartAnother(options => (options.ClientSecret, options.ClientSecretFile) = (null, path));
        await System.IO.File.WriteAllTextAsync(path, stage.Secret + "\n");
        Assert.Equal(200, await stage.CallAsync(app));
    });

    public static Task File_SecretIsRotated_ServerEchoesIt(Stage stage) => WithFileAsync(async path =>
    {
        var stale = stage.Watch(Stage.SecretName, Canary.NextAwkward());
        await System.IO.File.WriteAllTextAsync(path, stale);
        stage.Server.TokenEndpointBehavior.FailNext(1, 401, $$"""{"error":"invalid_client","error_description":"{{stale.Replace("\"", "\\\"", StringComparison.Ordinal)}}"}""");
        var app = stage.StartAnother(options => (options.ClientSecret, options.ClientSecretFile) = (null, path));
        await stage.FailAsync("invalid_client \"(not shown, since it repeats what was sent)\"", app);

        await System.IO.File.WriteAllTextAsync(path, stage.Secret);
        app.Clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(200, await stage.CallAsync(app));
    });

    public static Task File_IsEmptyThenMissingThenADirectory(Stage stage) => WithFileAsync(async path =>
    {
        var app = stage.StartAnother(options => (options.ClientSecret, options.ClientSecretFile) = (null, path));
        await System.IO.File.WriteAllTextAsync(path, "\n");
        await stage.FailAsync("is empty", app);
        System.IO.File.Delete(path);
        app.Clock.Advance(TimeSpan.FromHours(1));
        await stage.FailAsync("the client secret cannot be read", app);
        Directory.CreateDirectory(path);
        app.Clock.Advance(TimeSpan.FromHours(1));
        await stage.FailAsync("the client secret cannot be read", app);
        Directory.Delete(path);
        Assert.Equal(0, stage.Server.TokenRequests);
    });

    public static async Task Callback(Stage stage)
    {
        var app = stage.StartAnother(options => (options.ClientSecret, options.ClientSecretCallback) = (null, _ => ValueTask.FromResult(stage.Secret)));
        Assert.Equal(200, await stage.CallAsync(app));
    }

    public static async Task Callback_SecretThatIsRefusedIsEchoed(Stage stage)
    {
        var wrong = stage.Watch(Stage.SecretName, Canary.Next());
        var app = stage.StartAnother(options => (options.ClientSecret, options.ClientSecretCallback) = (null, _ => ValueTask.FromResult(wrong)));
        stage.Server.TokenEndpointBehavior.FailUntilCleared(401, $$"""{"error":"invalid_client","error_description":"{{wrong}}"}""");
        await stage.FailAsync("invalid_client \"(not shown, since it repeats what was sent)\"", app);
    }

    public static async Task Callback_ThrowsOrReturnsNothing(Stage stage)
    {
        var app = stage.StartAnother(options => (options.ClientSecret, options.ClientSecretCallback) = (null, _ => throw new InvalidTimeZoneException("The vault is closed.")));
        Assert.IsType<InvalidTimeZoneException>((await stage.FailAsync("The vault is closed", app)).InnerException);
        app = stage.StartAnother(options => (options.ClientSecret, options.ClientSecretCallback) = (null, _ => ValueTask.FromResult("")));
        await stage.FailAsync("returned no secret", app);
        Assert.Equal(0, stage.Server.TokenRequests);
    }

    public static async Task Connection(Stage stage)
    {
        using var environment = new ConnectionEnvironment(stage, stage.Server.TokenEndpoint.AbsoluteUri);
        Assert.Equal(200, await stage.CallAsync(environment.StartApp(stage)));
        Assert.Equal(stage.ApiKey, stage.Server.RecordedApiCalls[^1].Headers[Stage.ApiKeyHeader]);
    }

    public static async Task Connection_VariablesAreMixedUp(Stage stage)
    {
        using var environment = new ConnectionEnvironment(stage, stage.Secret);
        var exception = await stage.FailAsync<Microsoft.Extensions.Options.OptionsValidationException>(() => environment.StartApp(stage).GetTokenAsync());
        Assert.Contains("must hold an absolute URI", exception.Message, StringComparison.Ordinal);
    }

    private static async Task WithFileAsync(Func<string, Task> act)
    {
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            await act(path);
        }
        finally
        {
            System.IO.File.Delete(path);
        }
    }

    /// <summary>A connection's variables, under a name that no other test uses.</summary>
    private sealed class ConnectionEnvironment : IDisposable
    {
        private readonly string _name = "C" + Guid.NewGuid().ToString("N").ToUpperInvariant();
        private readonly string[] _variables;

        public ConnectionEnvironment(Stage stage, string tokenUrl)
        {
            (string Key, string Value)[] variables =
            [
                ("SERVICEURL", stage.Server.ApiBaseAddress.AbsoluteUri), ("CONSUMERKEY", "test-client"), ("CONSUMERSECRET", stage.Secret), ("TOKENURL", tokenUrl), ("CHOREOAPIKEY", stage.ApiKey),
            ];
            _variables = Array.ConvertAll(variables, variable => $"CHOREO_{_name}_{variable.Key}");
            foreach (var (name, (_, value)) in _variables.Zip(variables))
                Environment.SetEnvironmentVariable(name, value);
        }

        public TestApp StartApp(Stage stage) => stage.StartAnother(options =>
        {
            (options.TokenEndpoint, options.RevocationEndpoint, options.BaseAddress, options.ClientId, options.ClientSecret, options.ApiKey) = (null, null, null, null, null, null);
            options.BasicCredentialEncoding = BasicCredentialEncoding.FormUrlEncoded;
            options.UseConnection(_name);
        });

        public void Dispose() => Array.ForEach(_variables, name => Environment.SetEnvironmentVariable(name, null));
    }
}
