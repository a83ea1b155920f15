using System.Net;
using OAuthClient.Testing;

namespace LocalServer.Tests;

public sealed class CommandTests
{
    [Fact]
    public async Task RunAsync_ATokenAndACall_AreWrittenWithoutTheSecretAndTheToken()
    {
        await using var running = await Running.StartAsync();
        var token = await running.TokenAsync();
        using var answer = await running.CallAsync(token);

        await running.UntilAsync(() => running.Output.Contains("/api/orders", StringComparison.Ordinal));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Matches(@"\d\d:\d\d:\d\d  token   200  POST /oauth2/token  test-client, client_credentials\r?\n", running.Output);
        Assert.Matches(@"\d\d:\d\d:\d\d  API     200  GET /api/orders  Authorization: Bearer \.\.\.\r?\n", running.Output);
        Assert.DoesNotContain(token, running.Output, StringComparison.Ordinal);
        Assert.Single(running.Output.Split(OAuth2TestServer.DefaultClientSecret).Skip(1)); // Where it tells what to use.
    }

    [Fact]
    public async Task RunAsync_SettingsOfAFile_AreTheServersAndTheCommandLineHasTheLastWord()
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, """
            {
              "TokenLifetime": "00:00:20",
              "HeaderName": "X-File",
              "Clients": [ { "ClientId": "orders", "ClientSecret": "orders-secret", "Scopes": [ "orders:read" ] }, { "ClientId": "stock", "ClientSecret": "stock-secret", "Subscribed": false } ],
              "Users": [ { "Username": "bob", "Password": "bobs-password" } ]
            }
            """);
        try
        {
            await using var running = await Running.StartAsync($"--Settings={file}", "--HeaderName=X-Line");
            using var answer = await running.Http.PostAsync("oauth2/token", new FormUrlEncodedContent(new Dictionary<string, string>
            {
                ["grant_type"] = "password",
                ["username"] = "bob",
                ["password"] = "bobs-password",
                ["client_id"] = "orders",
                ["client_secret"] = "orders-secret",
                ["scope"] = "orders:read more",
            }));
            var text = await answer.Content.ReadAsStringAsync();
            await running.UntilAsync(() => running.Output.Contains("  token ", StringComparison.Ordinal));

            Assert.Contains("\"expires_in\":20", text, StringComparison.Ordinal);
            Assert.Contains("Clients         orders, stock", running.Output, StringComparison.Ordinal);
            Assert.Contains("orders, password, bob, orders:read more", running.Output, StringComparison.Ordinal);
            Assert.DoesNotContain("-secret", running.Output, StringComparison.Ordinal);
            Assert.DoesNotContain("bobs-password", running.Output, StringComparison.Ordinal);
            using var call = await running.CallAsync("any");
            await running.UntilAsync(() => running.Output.Contains("no X-Line header", StringComparison.Ordinal));
            var state = await running.StateAsync();
            Assert.Equal(("orders", "bob", "orders:read"), ((string)state["tokens"]![0]!["clientId"]!, (string)state["tokens"]![0]!["username"]!, (string)state["tokens"]![0]!["scope"]!));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task RunAsync_TheReadmesSettings_AreTaken()
    {
        var page = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "..", "..", "..", "..", "..", "samples", "LocalServer", "README.md"));
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, page.Split("```jsonc\n")[1].Split("```")[0]);
        try
        {
            await using var running = await Running.StartAsync($"--Settings={file}");

            Assert.Contains("Clients         orders, stock", running.Output, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData("'Port' is no setting. Write --Name=value, such as --Port=9090; --help lists them.", "Port")]
    [InlineData("Tokenlifetimes", "--Tokenlifetimes=00:00:20")]
    [InlineData("No client", "--Settings=/nowhere/No client.json")]
    [InlineData("TokenLifetime", "--TokenLifetime=soon")]
    public async Task RunAsync_WhatIsWrongWithTheSettings_IsSaid(string words, string argument)
    {
        var errors = new StringWriter();

        Assert.Equal(2, await Command.RunAsync([argument], TextWriter.Null, errors, CancellationToken.None));

        Assert.Contains(words, errors.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_APortThatIsTaken_IsSaid()
    {
        await using var running = await Running.StartAsync();
        var errors = new StringWriter();

        Assert.Equal(1, await Command.RunAsync([$"--Port={running.Address.Port}"], TextWriter.Null, errors, CancellationToken.None));

        Assert.Contains($"{running.Address.Port}", errors.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_Help_IsWrittenAndNothingStarts()
    {
        var output = new StringWriter();

        Assert.Equal(0, await Command.RunAsync(["--help"], output, TextWriter.Null, CancellationToken.None));

        Assert.Contains("--Settings=<file>", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_ARequestThatIsCutOff_IsWrittenAsOneWithoutAnswer()
    {
        await using var running = await Running.StartAsync();
        using var _ = await running.PostAsync("faults/api-cut");

        await Assert.ThrowsAsync<HttpRequestException>(() => running.CallAsync("any"));

        await running.UntilAsync(() => running.Output.Contains("  API     ---  GET /api/orders", StringComparison.Ordinal));
    }
}
