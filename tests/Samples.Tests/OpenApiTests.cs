using System.Diagnostics;
using OAuthClient.Testing;

namespace Samples.Tests;

/// <summary>Runs the sample as a user does, and reads what it prints.</summary>
public sealed class OpenApiTests
{
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task OpenApi_WithAServerOfItsOwn_CallsAsTheDocumentSays()
    {
        var (exitCode, output) = await RunAsync();

        Assert.True(exitCode == 0, output);
        Assert.Contains("OpenAPI document 'warehouse.yaml' gives HeaderName 'X-Warehouse-Token', ApiKeyHeaderName 'Warehouse-Key'.", output, StringComparison.Ordinal);
        Assert.Contains("""
            GET /api/shelves: 200
            POST /api/shelves: 200
            The API got Warehouse-Key and X-Warehouse-Token.
            The API got Warehouse-Key and X-Warehouse-Token.
            The token server was asked for urn:acme:warehouse:shelves_read.
            The token server was asked for urn:acme:warehouse:shelves_read urn:acme:warehouse:shelves_write.
            """.ReplaceLineEndings("\n"), output, StringComparison.Ordinal);
        Assert.DoesNotContain("app-secret", output, StringComparison.Ordinal);
        Assert.DoesNotContain("key-of-the-app", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenApi_WithAServerThatIsThere_UsesIt()
    {
        await using var server = await OAuth2TestServer.StartAsync(o => o.HeaderName = "X-Orders-Token");
        var document = Path.Combine(Directory.CreateTempSubdirectory("openapi-").FullName, "orders.yaml");
        try
        {
            await File.WriteAllTextAsync(document, $"openapi: 3.0.3\ninfo: {{title: Orders, version: v1}}\nservers: [{{url: '{server.ApiBaseAddress}'}}]\npaths: {{/orders: {{get: {{security: [{{default: [orders_read]}}], responses: {{}}}}}}}}\nx-wso2-auth-header: X-Orders-Token\n");

            var (exitCode, output) = await RunAsync($"--Document={document}", "--Call=orders", $"--Client:TokenEndpoint={server.TokenEndpoint}", $"--Client:ClientId={OAuth2TestServer.DefaultClientId}", $"--Client:ClientSecret={OAuth2TestServer.DefaultClientSecret}");

            Assert.True(exitCode == 0, output);
            Assert.Contains("GET /api/orders: 200", output, StringComparison.Ordinal);
            Assert.Equal("orders_read", Assert.Single(server.RecordedTokenRequests).Form["scope"]);
        }
        finally
        {
            Directory.Delete(Path.GetDirectoryName(document)!, recursive: true);
        }
    }

    [Fact]
    public async Task OpenApi_WithADocumentThatIsNotThere_SaysSo()
    {
        var (exitCode, output) = await RunAsync("--Document=nowhere.yaml", "--Client:ClientId=id", "--Client:ClientSecret=secret");

        Assert.NotEqual(0, exitCode);
        Assert.Contains("OAuth2 client 'api': OpenAPI document 'nowhere.yaml' is not there", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Program_IsShort() =>
        Assert.InRange(File.ReadLines(Path.Combine(AppContext.BaseDirectory, "..", "..", "..", "..", "..", "samples", "OpenApi", "Program.cs")).Count(), 1, 60);

    private static async Task<(int ExitCode, string Output)> RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "OpenApi.dll"), .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        try
        {
            var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
            await process.WaitForExitAsync().WaitAsync(_patience);
            return (process.ExitCode, $"{await output}{await error}");
        }
        finally
        {
            if (!process.HasExited)
                process.Kill();
        }
    }
}
