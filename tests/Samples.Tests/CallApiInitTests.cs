using Spectre.Console;
using Spectre.Console.Testing;

namespace Samples.Tests;

/// <summary>Profiles that init writes.</summary>
public class CallApiInitTests
{
    private const UnixFileMode OwnersFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    [Fact]
    public async Task Init_AskedAtATerminal_WritesProfileAndSecret()
    {
        await using var callApi = await CallApiProcess.StartAsync();
        using var console = new TestConsole();
        callApi.Console = console.Interactive();
        console.Input.PushTextWithEnter("acme");
        Choose(console, 6);
        console.Input.PushTextWithEnter("nonsense");
        console.Input.PushTextWithEnter($"{callApi.Server.TokenEndpoint}");
        console.Input.PushTextWithEnter(CallApiProcess.ClientId);
        Choose(console, 0);
        console.Input.PushTextWithEnter(CallApiProcess.ClientSecret);
        console.Input.PushTextWithEnter("orders:read orders:write");
        console.Input.PushTextWithEnter($"{callApi.Server.ApiBaseAddress}");

        var output = await callApi.RunHereAsync("init");

        Assert.True(output.ExitCode == 0, output.ToString() + console.Output);
        Assert.DoesNotContain(CallApiProcess.ClientSecret, console.Output, StringComparison.Ordinal);
        Assert.Contains("It must be an address that begins with https://", console.Output, StringComparison.Ordinal);
        Assert.Contains("callapi doctor -p acme", output.StandardOutput, StringComparison.Ordinal);
        var secret = Path.Combine(callApi.UserFolder, "acme.secret");
        var profile = Path.Combine(callApi.UserFolder, "appsettings.acme.json");
        Assert.Equal(CallApiProcess.ClientSecret + Environment.NewLine, await File.ReadAllTextAsync(secret));
        Assert.DoesNotContain(CallApiProcess.ClientSecret, await File.ReadAllTextAsync(profile), StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows())
            Assert.Equal((OwnersFile, OwnersFile, OwnersFile | UnixFileMode.UserExecute), (File.GetUnixFileMode(secret), File.GetUnixFileMode(profile), File.GetUnixFileMode(callApi.UserFolder)));

        // And it is one that calls.
        callApi.Variables.Clear();
        var call = await callApi.RunHereAsync("-p", "Acme", "--OAuth2:ClientAuthenticationMethod=client_secret_post", "/orders");
        call.AssertSuccess();
        Assert.Equal("orders:read orders:write", (string?)call.Body["scope"]);
    }

    [Theory]
    [InlineData("Bijira", "", """{"OAuth2":{"Provider":"Bijira","ClientId":"abc"}}""")]
    [InlineData("choreo", "--region EU --scopes read --base-address https://api.example/orders", """{"OAuth2":{"Provider":"Choreo","Region":"EU","ClientId":"abc","Scopes":["read"],"BaseAddress":"https://api.example/orders/"}}""")]
    [InlineData("Asgardeo", "--organization acme", """{"OAuth2":{"Provider":"Asgardeo","Organization":"acme","ClientId":"abc"}}""")]
    [InlineData("IdentityServer", "--token-endpoint https://is.example:9443/oauth2/token", """{"OAuth2":{"Provider":"IdentityServer","TokenEndpoint":"https://is.example:9443/oauth2/token","ClientId":"abc"}}""")]
    [InlineData("other", "--issuer https://idp.example", """{"OAuth2":{"Issuer":"https://idp.example","ClientId":"abc"}}""")]
    public async Task Init_ByArguments_WritesWhatTheyTell(string platform, string arguments, string expected)
    {
        await using var callApi = await CallApiProcess.StartAsync();

        var output = await callApi.RunHereAsync(["init", "mine", "--platform", platform, "--client-id", "abc", "--secret", "env", .. arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);

        output.AssertSuccess();
        var text = await File.ReadAllTextAsync(Path.Combine(callApi.UserFolder, "appsettings.mine.json"));
        Assert.Equal(expected, System.Text.RegularExpressions.Regex.Replace(text, @"\s+", ""));
        Assert.Contains("export OAuth2__ClientSecret=...", output.StandardOutput, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Init_SecretOnStdin_GoesIntoTheFile()
    {
        await using var callApi = await CallApiProcess.StartAsync();
        callApi.Input = CallApiProcess.WrongSecret + "\n";

        var output = await callApi.RunHereAsync("init", "mine", "--platform", "Bijira", "--client-id", "abc", "--secret", "file");

        output.AssertSuccess();
        var path = Path.Combine(callApi.UserFolder, "mine.secret");
        Assert.Equal(CallApiProcess.WrongSecret, (await File.ReadAllTextAsync(path)).TrimEnd());
        Assert.Contains($"\"{path}\"", await File.ReadAllTextAsync(Path.Combine(callApi.UserFolder, "appsettings.mine.json")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Init_FileThatIsThere_IsNamed()
    {
        await using var callApi = await CallApiProcess.StartAsync();
        callApi.Write("theirs", CallApiProcess.WrongSecret);
        var path = Path.Combine(callApi.WorkingDirectory, "theirs");

        var output = await callApi.RunHereAsync("init", "mine", "--platform", "Bijira", "--client-id", "abc", "--secret-file", path);

        output.AssertSuccess();
        Assert.Contains($"\"ClientSecretFile\": \"{path}\"", await File.ReadAllTextAsync(Path.Combine(callApi.UserFolder, "appsettings.mine.json")), StringComparison.Ordinal);
        Assert.False(Path.Exists(Path.Combine(callApi.UserFolder, "mine.secret")));
    }

    [Theory]
    [InlineData("", "this is no terminal", "<name>, --platform, --token-endpoint, --client-id, --secret")]
    [InlineData("mine --platform Asgardeo --client-id a --secret file", "Give --organization, the secret on stdin")]
    [InlineData("mine --platform Choero --client-id a --secret env", "--platform must be one of Asgardeo, Bijira")]
    [InlineData("mine --platform Bijira --client-id a --secret there", "--secret must be env or file")]
    [InlineData("mine --platform Bijira --client-id a --secret env --base-address http://api.example", "BaseAddress must be an absolute https URI")]
    [InlineData("mine --platform Bijira --clientid a", "--clientid is not known; did you mean --client-id?")]
    [InlineData("mine theirs", "Argument 2 is one too many")]
    [InlineData("../mine", "A profile's name is made of letters")]
    [InlineData("there --platform Bijira --client-id a --secret env", "There is a profile 'there' already", "--force")]
    public async Task Init_SomethingMissingOrWrong_Exits2AndWritesNothing(string arguments, params string[] says)
    {
        await using var callApi = await CallApiProcess.StartAsync();
        Directory.CreateDirectory(callApi.UserFolder);
        callApi.Write(".callapi/appsettings.There.json", "{}");

        var output = await callApi.RunHereAsync(["init", .. arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);

        output.AssertFailure(2, says);
        Assert.Equal(["appsettings.There.json"], Directory.EnumerateFiles(callApi.UserFolder).Select(Path.GetFileName));
    }

    [Fact]
    public async Task Init_Forced_WritesOver()
    {
        await using var callApi = await CallApiProcess.StartAsync();

        await callApi.RunHereAsync("init", "mine", "--platform", "Bijira", "--client-id", "first", "--secret", "env");
        var output = await callApi.RunHereAsync("init", "mine", "--platform", "Bijira", "--client-id", "second", "--secret", "env", "--force");

        output.AssertSuccess();
        Assert.Contains("second", await File.ReadAllTextAsync(Path.Combine(callApi.UserFolder, "appsettings.mine.json")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("docter", "'docter' is no command; did you mean doctor?")]
    [InlineData("inti", "did you mean init?")]
    public async Task Command_Misspelt_Exits2AndSuggests(string command, string says)
    {
        await using var callApi = await CallApiProcess.StartAsync();

        var output = await callApi.RunHereAsync(command);

        output.AssertFailure(2, says);
    }

    [Theory]
    [InlineData("doctor", "callapi doctor [options of a call]")]
    [InlineData("init", "callapi init [name]")]
    [InlineData("call", "callapi [options] <address>")]
    public async Task Help_OfACommand_IsItsOwn(string command, string says)
    {
        await using var callApi = await CallApiProcess.StartAsync();

        var output = await callApi.RunHereAsync(command, "--help");

        Assert.Equal(0, output.ExitCode);
        Assert.Contains(says, output.StandardOutput, StringComparison.Ordinal);
    }

    private static void Choose(TestConsole console, int choice)
    {
        for (var i = 0; i < choice; i++)
            console.Input.PushKey(ConsoleKey.DownArrow);
        console.Input.PushKey(ConsoleKey.Enter);
    }
}
