using OAuthClient.Testing;

namespace OAuthClient.Tests.Settings;

public sealed class SecretSourceTests : IDisposable
{
    private static readonly OAuth2TokenRequest _new = new() { ForceNewToken = true };

    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Fact]
    public async Task File_ChangedBetweenRequests_IsReadAgain()
    {
        await File.WriteAllTextAsync(_file, OAuth2TestServer.DefaultClientSecret);
        await using var app = await TestApp.StartAsync(client: UseFile);
        await app.Tokens.GetTokenAsync(TestApp.ClientName);

        app.Server.Options.Clients[0].ClientSecret = "rotated";
        await File.WriteAllTextAsync(_file, "rotated\n");
        await app.Tokens.GetTokenAsync(TestApp.ClientName, _new);

        Assert.Equal([200, 200], app.Server.RecordedTokenRequests.Select(request => request.StatusCode));
    }

    [Fact]
    public async Task File_Missing_IsASentence()
    {
        File.Delete(_file);
        await using var app = await TestApp.StartAsync(client: UseFile);

        var exception = await FailAsync(app);

        Assert.Equal($"OAuth2 client 'orders': the client secret cannot be read: Could not find file '{_file}'. Check ClientSecretFile or ClientSecretCallback.", exception.Message);
        Assert.IsType<FileNotFoundException>(exception.InnerException);
        Assert.Equal(0, app.Server.TokenRequests);
    }

    [Fact]
    public async Task File_MissingThatComesLater_IsReadThen()
    {
        File.Delete(_file);
        await using var app = await TestApp.StartAsync(client: UseFile);
        await FailAsync(app);

        await File.WriteAllTextAsync(_file, OAuth2TestServer.DefaultClientSecret);
        app.Clock.Advance(TimeSpan.FromSeconds(1));

        Assert.NotNull(await app.Tokens.GetTokenAsync(TestApp.ClientName));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\r\n")]
    public async Task File_Empty_IsASentence(string content)
    {
        await File.WriteAllTextAsync(_file, content);
        await using var app = await TestApp.StartAsync(client: UseFile);

        var exception = await FailAsync(app);

        Assert.Equal($"OAuth2 client 'orders': the client secret cannot be read: the ClientSecretFile '{_file}' is empty. Check ClientSecretFile or ClientSecretCallback.", exception.Message);
    }

    [Fact]
    public async Task Callback_IsAskedForEveryRequest()
    {
        var secrets = new Queue<string>([OAuth2TestServer.DefaultClientSecret + "\n", "rotated"]);
        await using var app = await TestApp.StartAsync(client: client => UseCallback(client, _ => new(secrets.Dequeue())));
        await app.Tokens.GetTokenAsync(TestApp.ClientName);

        app.Server.Options.Clients[0].ClientSecret = "rotated";
        await app.Tokens.GetTokenAsync(TestApp.ClientName, _new);

        Assert.Equal([200, 200], app.Server.RecordedTokenRequests.Select(request => request.StatusCode));
    }

    [Fact]
    public async Task Callback_ThatThrows_IsASentenceWithItsMessageAndTheCause()
    {
        var cause = new InvalidOperationException("The vault is sealed.");
        await using var app = await TestApp.StartAsync(client: client => UseCallback(client, _ => throw cause));

        var exception = await FailAsync(app);

        Assert.Equal("OAuth2 client 'orders': the client secret cannot be read: The vault is sealed. Check ClientSecretFile or ClientSecretCallback.", exception.Message);
        Assert.Same(cause, exception.InnerException);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public async Task Callback_WithoutSecret_IsASentence(string? secret)
    {
        await using var app = await TestApp.StartAsync(client: client => UseCallback(client, _ => new(secret!)));

        var exception = await FailAsync(app);

        Assert.Equal("OAuth2 client 'orders': the client secret cannot be read: the ClientSecretCallback returned no secret. Check ClientSecretFile or ClientSecretCallback.", exception.Message);
    }

    [Fact(Timeout = 60_000)]
    public async Task Callback_ThatNeverReturns_EndsWithTheTimeout()
    {
        var asked = new TaskCompletionSource();
        await using var app = await TestApp.StartAsync(client: client => UseCallback(client, async cancellationToken =>
        {
            asked.SetResult();
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return "";
        }));

        var failing = FailAsync(app);
        await asked.Task;
        app.Clock.Advance(TimeSpan.FromSeconds(30));
        var exception = await failing;

        Assert.Equal("OAuth2 client 'orders': the client secret could not be had within 00:00:30. Check ClientSecretFile or ClientSecretCallback, or raise TokenRequestTimeout.", exception.Message);
        Assert.True(exception.IsTransient);
    }

    [Theory(Timeout = 60_000)]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task Callback_ThatNeverEndsAndIgnoresItsToken_EndsWithTheTimeout(bool blocks, bool synchronous)
    {
        var never = new TaskCompletionSource<string>();
        await using var app = await TestApp.StartAsync(client: client =>
            UseCallback(client, async _ => blocks ? never.Task.GetAwaiter().GetResult() : await never.Task));

        var exception = await FailInTimeAsync(app, synchronous);

        Assert.Equal("OAuth2 client 'orders': the client secret could not be had within 00:00:30. Check ClientSecretFile or ClientSecretCallback, or raise TokenRequestTimeout.", exception.Message);
        Assert.True(exception.IsTransient);
        never.SetResult("");
    }

    [Theory(Timeout = 60_000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task File_ThatIsAPipe_EndsWithTheTimeout(bool synchronous)
    {
        if (OperatingSystem.IsWindows())
            return;
        File.Delete(_file);
        using (var mkfifo = System.Diagnostics.Process.Start("mkfifo", _file))
            await mkfifo.WaitForExitAsync();
        await using var app = await TestApp.StartAsync(client: UseFile);

        var exception = await FailInTimeAsync(app, synchronous);

        Assert.Equal("OAuth2 client 'orders': the client secret could not be had within 00:00:30. Check ClientSecretFile or ClientSecretCallback, or raise TokenRequestTimeout.", exception.Message);
        await File.WriteAllTextAsync(_file, "");
    }

    [Fact]
    public async Task File_LongerThanASecretCanBe_IsNotRead()
    {
        await File.WriteAllTextAsync(_file, new string('x', 64 * 1024 + 1));
        await using var app = await TestApp.StartAsync(client: UseFile);

        var exception = await FailAsync(app);

        Assert.Equal($"OAuth2 client 'orders': the client secret cannot be read: the ClientSecretFile '{_file}' holds more than 64 KiB, so it is no secret. Check ClientSecretFile or ClientSecretCallback.", exception.Message);
    }

    [Fact]
    public async Task File_WithAByteOrderMark_IsReadWithoutIt()
    {
        await File.WriteAllBytesAsync(_file, [0xef, 0xbb, 0xbf, .. System.Text.Encoding.UTF8.GetBytes(OAuth2TestServer.DefaultClientSecret)]);
        await using var app = await TestApp.StartAsync(client: UseFile);

        Assert.NotNull(await app.GetTokenAsync());
    }

    [Fact]
    public async Task Callback_WhoseExceptionHoldsThePassword_IsHiddenInItsTextToo()
    {
        await using var app = await TestApp.StartAsync(client: client =>
        {
            (client.GrantType, client.Username, client.Password) = ("password", "alice", "canary-4711");
            UseCallback(client, _ => throw new InvalidOperationException("No vault", new IOException("login as alice:canary-4711 failed")));
        });

        var exception = await FailAsync(app);

        Assert.DoesNotContain("canary-4711", exception.ToString(), StringComparison.Ordinal);
        Assert.Contains("InvalidOperationException", exception.ToString(), StringComparison.Ordinal);
    }

    /// <summary>The failure of a call, while time passes for as long as it needs.</summary>
    private static async Task<OAuth2TokenException> FailInTimeAsync(TestApp app, bool synchronous)
    {
        var http = app.CreateClient();
        var call = synchronous
            ? Task.Factory.StartNew(() => http.Send(new HttpRequestMessage(HttpMethod.Get, "orders")), TaskCreationOptions.LongRunning)
            : Task.Run(() => http.GetAsync("orders"));
        await TestApp.UntilAsync(() =>
        {
            if (app.Clock.ActiveTimers > 0)
                app.Clock.Advance(TimeSpan.FromSeconds(1));
            return call.IsCompleted;
        });
        return await Assert.ThrowsAsync<OAuth2TokenException>(() => call);
    }

    private void UseFile(OAuth2ClientOptions client) => (client.ClientSecret, client.ClientSecretFile) = (null, _file);

    private static void UseCallback(OAuth2ClientOptions client, Func<CancellationToken, ValueTask<string>> callback) =>
        (client.ClientSecret, client.ClientSecretCallback) = (null, callback);

    private static Task<OAuth2TokenException> FailAsync(TestApp app) =>
        Assert.ThrowsAsync<OAuth2TokenException>(async () => await app.Tokens.GetTokenAsync(TestApp.ClientName));
}
