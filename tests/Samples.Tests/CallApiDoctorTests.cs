using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using OAuthClient.Testing;

namespace Samples.Tests;

/// <summary>What the doctor says of each fault, and of none.</summary>
public sealed class CallApiDoctorTests(CallApiDoctorTests.Tally tally) : IClassFixture<CallApiDoctorTests.Tally>
{
    public static TheoryData<string> Faults => [.. Fault.All.Select(fault => fault.Name)];

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task Fault_OfTheTable_IsNamed(string name)
    {
        var fault = Fault.All.Single(fault => fault.Name == name);
        await using var broken = await fault.InjectAsync();
        if (!broken.CanBeInjected)
            return;

        var output = await broken.RunAsync();

        var failed = Regex.Match(output.StandardOutput, @"(?m)^FAIL +(\S+) +(.*)$");
        Assert.True(failed.Success && failed.Groups[1].Value == fault.Step, output.ToString());
        var says = $"{failed.Groups[2].Value}\n{Regex.Match(output.StandardOutput, "(?m)^What to do: .*$").Value}";
        Assert.All(fault.Says, text => Assert.Contains(text, says, StringComparison.Ordinal));
        Assert.Equal(fault.Step switch { "settings" or "secret" => 2, "API" => 4, "call" => name.Contains("may not go", StringComparison.Ordinal) ? 2 : 4, _ => 3 }, output.ExitCode);
        Assert.Empty(output.StandardError);
        Assert.DoesNotContain("canary", output.StandardOutput, StringComparison.Ordinal);
        Assert.DoesNotMatch(@"OAuth2:OAuth2|\ball is well\b", output.StandardOutput);
        tally.Count();
    }

    [Fact]
    public async Task Doctor_NothingWrong_SaysSoStepByStep()
    {
        await using var healthy = new FaultCase(await CallApiProcess.StartAsync());
        healthy.Settings["OAuth2:Scopes"] = "orders:read";

        var output = await healthy.RunAsync();

        output.AssertSuccess();
        Assert.Equal(
            ["settings", "secret", "host", "connection", "metadata", "token", "claims", "API", "header", "call"],
            Regex.Matches(output.StandardOutput, @"(?m)^(?:ok|-) +(\S+)").Select(step => step.Groups[1].Value));
        Assert.Contains("header       Authorization: Bearer *** (", output.StandardOutput, StringComparison.Ordinal);
        Assert.EndsWith("\nAll is well.\n", output.StandardOutput.ReplaceLineEndings("\n"), StringComparison.Ordinal);
        Assert.Equal((1, 1), (healthy.Server.TokenRequests, healthy.Server.ApiCalls));
    }

    /// <summary>A scheme of the user's own is not replaced by DPoP.</summary>
    [Theory]
    [InlineData("Bearer", "DPoP")]
    [InlineData("Token", "Token")]
    public async Task Doctor_OfATokenThatIsBoundToAKey_TellsTheSchemeThatIsSent(string scheme, string expected)
    {
        await using var bound = new FaultCase(await CallApiProcess.StartAsync(server => server.Clients[0].RequireDPoP = true));
        (bound.Settings["OAuth2:DPoP"], bound.Settings["OAuth2:HeaderScheme"]) = ("true", scheme);

        var output = await bound.RunAsync();

        Assert.Contains($"header       Authorization: {expected} *** (", output.StandardOutput, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Doctor_WithoutAddress_ChecksTheTokenAlone()
    {
        await using var healthy = new FaultCase(await CallApiProcess.StartAsync());
        healthy.Settings["Url"] = null;

        var output = await healthy.RunAsync();

        output.AssertSuccess();
        Assert.Contains("There is a token. Add the API's address", output.StandardOutput, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Doctor_IssuerAlone_ReadsItsMetadata()
    {
        await using var healthy = new FaultCase(await CallApiProcess.StartAsync());
        (healthy.Settings["OAuth2:Issuer"], healthy.Settings["OAuth2:TokenEndpoint"]) = (healthy.Server.Issuer.OriginalString, null);

        var output = await healthy.RunAsync();

        output.AssertSuccess();
        Assert.Matches($@"(?m)^ok +metadata +\S+ names {Regex.Escape($"{healthy.Server.TokenEndpoint}")}$", output.StandardOutput);
    }

    [Fact]
    public async Task Doctor_SomethingOddThatWorks_Exits0AndTellsOfIt()
    {
        await using var odd = new FaultCase(await CallApiProcess.StartAsync(options => options.TimeProvider = new ManualTimeProvider(TimeProvider.System.GetUtcNow().AddHours(1))));

        var output = await odd.RunAsync();

        output.AssertSuccess();
        Assert.Contains("\nwarn  claims", output.StandardOutput, StringComparison.Ordinal);
        Assert.Contains("It works, but: The clocks differ", output.StandardOutput, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("CallApiProcess.WrongSecret")]
    public async Task Doctor_AsJson_IsOneDocument(string? secret)
    {
        await using var run = new FaultCase(await CallApiProcess.StartAsync());
        if (secret is not null)
            run.Run.Variables["OAuth2__ClientSecret"] = CallApiProcess.WrongSecret;

        var output = await run.RunAsync("--json");

        var document = JsonNode.Parse(output.StandardOutput)!;
        Assert.Equal((secret is null, output.ExitCode, secret is null ? null : "token", 10), ((bool)document["ok"]!, (int)document["exitCode"]!, (string?)document["failed"], document["steps"]!.AsArray().Count));
        if (secret is not null)
            Assert.Contains("OAuth2:ClientSecret", document["settings"]!.AsArray().Select(setting => (string?)setting));
    }

    [Fact]
    public async Task Doctor_TokenOfTheStore_IsNotUsed()
    {
        await using var run = new FaultCase(await CallApiProcess.StartAsync());
        run.Settings["TokenStore"] = $"file:{Path.Combine(run.Run.WorkingDirectory, "store")}";

        await run.RunAsync();
        await run.RunAsync();

        Assert.Equal(2, run.Server.TokenRequests);
    }

    [Fact]
    public async Task Doctor_UserOfTheGrant_IsNotShown()
    {
        await using var run = new FaultCase(await CallApiProcess.StartAsync());
        run.UsePassword(CallApiProcess.WrongPassword);

        var output = await run.RunAsync();

        Assert.DoesNotContain("alice", output.StandardOutput, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Readme_DoctorsOutput_IsWhatItPrints()
    {
        await using var run = new FaultCase(await CallApiProcess.StartAsync());
        run.Run.Variables["OAuth2__ClientSecret"] = CallApiProcess.WrongSecret;
        (run.Settings["OAuth2:ClientAuthenticationMethod"], run.Settings["OAuth2:Scopes"]) = (null, "orders:read");
        run.Server.TokenEndpointBehavior.FailUntilCleared(401, """{"error":"invalid_client","error_description":"Client Authentication failed."}""", "application/json");

        var output = await run.RunAsync();

        // Hosts and certificates are those of an example.
        var lines = output.StandardOutput.ReplaceLineEndings("\n").Replace($"{run.Server.TokenEndpoint}", "https://idp.example/token", StringComparison.Ordinal).TrimEnd().Split('\n');
        Assert.Equal(CallApiReadme.Doctor.Where(line => !Regex.IsMatch(line, "^ok +(host|connection) ")), lines.Where(line => !Regex.IsMatch(line, "^ok +(host|connection) ")));
        Assert.Equal(CallApiReadme.Doctor.Length, lines.Length);
    }

    [Fact]
    public async Task Doctor_AsAProcess_SaysTheSame()
    {
        await using var callApi = await CallApiProcess.StartAsync();
        callApi.Variables["OAuth2__ClientSecret"] = CallApiProcess.WrongSecret;

        var output = await callApi.RunAsync("doctor", $"--OAuth2:TokenEndpoint={callApi.Server.TokenEndpoint}", $"--OAuth2:ClientId={CallApiProcess.ClientId}");

        Assert.Equal(3, output.ExitCode);
        Assert.Matches(@"(?m)^FAIL +token .*invalid_client", output.StandardOutput);
    }

    /// <summary>How many faults were named right.</summary>
    public sealed class Tally : IDisposable
    {
        private int _named;

        public void Count() => Interlocked.Increment(ref _named);

        public void Dispose() => Console.WriteLine($"callapi doctor named {_named} of {Fault.All.Length} faults right.");
    }
}
