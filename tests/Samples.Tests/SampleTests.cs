using System.Diagnostics;
using System.Net;
using System.Text.RegularExpressions;
using OAuthClient.Testing;

namespace Samples.Tests;

/// <summary>Each sample runs with a server of its own and with one that is there already, and is a page long.</summary>
public sealed partial class SampleTests
{
    private static readonly string _samples = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "..", "..", "..", "samples"));

    [Theory]
    [InlineData("Asgardeo", "\"user\":\"alice\",\"scope\":\"urn:acme:orders:read\"")]
    [InlineData("Bijira", "\"path\":\"/api/orders/42\"")]
    [InlineData("ChoreoConnection", "\"path\":\"/api/orders/42\"")]
    [InlineData("Devant", "\"path\":\"/api/greeting\"")]
    [InlineData("Discovery", "\"path\":\"/api/orders/42\"")]
    [InlineData("McpClient", "stock: How much of an item there is\nThere are 42 of coffee.\n")]
    [InlineData("RefitClient", "\"method\":\"POST\",\"path\":\"/api/orders\"")]
    public async Task Sample_WithAServerOfItsOwn_CallsItsApi(string sample, string words) =>
        Assert.Contains(words, await SampleProcess.RunAsync(sample), StringComparison.Ordinal);

    [Theory]
    [InlineData("Bijira", "", "application/json", 1)]
    [InlineData("Devant", "", "text/plain", 0)]
    [InlineData("RefitClient", "OAuth2:", "application/json", 0)]
    public async Task Sample_WithAServerThatIsThere_UsesIt(string sample, string section, string accepted, int revocations)
    {
        await using var server = await OAuth2TestServer.StartAsync();

        await SampleProcess.RunAsync(sample, Settings(server, section));

        Assert.Equal((1, revocations), (server.TokenRequests, server.RevocationRequests));
        Assert.NotEqual(0, server.ApiCalls);
        if (accepted == "text/plain")
            Assert.Equal(accepted, server.RecordedApiCalls[0].Headers["Accept"]);
    }

    [Fact]
    public async Task Bijira_AnApiThatRefuses_SaysWhy()
    {
        await using var server = await OAuth2TestServer.StartAsync(o => o.Clients.Add(new TestClient(OAuth2TestServer.DefaultClientId, OAuth2TestServer.DefaultClientSecret) { Subscribed = false }));

        using var process = Process.Start(SampleProcess.Info("Bijira", Settings(server, "")))!;
        var error = await process.StandardError.ReadToEndAsync();

        Assert.Contains("900908", error, StringComparison.Ordinal);
        Assert.DoesNotContain(OAuth2TestServer.DefaultClientSecret, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WebApi_ARequest_IsAnsweredWithTheApisAnswerAndTheHealthIsTold()
    {
        using var process = Process.Start(SampleProcess.Info("WebApi", "--urls=http://127.0.0.1:0"))!;
        try
        {
            Match listening;
            do
                listening = Listening().Match(await process.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromMinutes(2)) ?? throw new InvalidOperationException(await process.StandardError.ReadToEndAsync()));
            while (!listening.Success);
            using var http = new HttpClient { BaseAddress = new Uri(listening.Groups[1].Value) };

            Assert.Contains("\"path\":\"/api/orders/42\"", await http.GetStringAsync("orders/42"), StringComparison.Ordinal);
            Assert.Equal("Healthy", await http.GetStringAsync("health"));
            using var unknown = await http.GetAsync("orders/forty-two");
            Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
        }
        finally
        {
            process.Kill();
        }
    }

    [Fact]
    public void Programs_EachOfThem_AreShortAndInTheList()
    {
        var list = File.ReadAllText(Path.Combine(_samples, "README.md"));

        Assert.All(Directory.GetDirectories(_samples).Where(folder => File.Exists(Path.Combine(folder, "Program.cs"))), folder =>
        {
            var name = Path.GetFileName(folder);
            Assert.Contains($"]({name}/", list, StringComparison.Ordinal);
            if (name != "CallApi") // A tool, with pages of its own.
                Assert.InRange(File.ReadLines(Path.Combine(folder, "Program.cs")).Count(), 1, 60);
        });
    }

    private static string[] Settings(OAuth2TestServer server, string section) =>
    [
        $"--{section}TokenEndpoint={server.TokenEndpoint}", $"--{section}BaseAddress={server.ApiBaseAddress}",
        $"--{section}ClientId={OAuth2TestServer.DefaultClientId}", $"--{section}ClientSecret={OAuth2TestServer.DefaultClientSecret}",
    ];

    [GeneratedRegex("Now listening on: (http[^ ]+)")]
    private static partial Regex Listening();
}
