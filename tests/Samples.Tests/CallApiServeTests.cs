using System.Diagnostics;

namespace Samples.Tests;

public sealed class CallApiServeTests
{
    [Fact]
    public async Task Serve_OnAFreePort_HasItsPageAndItsTokens()
    {
        using var process = Process.Start(SampleProcess.Info("CallApi", "serve", "--Port=0"))!;
        try
        {
            var line = await process.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromMinutes(2)) ?? await process.StandardError.ReadToEndAsync();
            Assert.StartsWith("Page            http://127.0.0.1:", line, StringComparison.Ordinal);
            using var http = new HttpClient { BaseAddress = new Uri(line.Split(' ')[^1]) };

            Assert.Contains("<title>Local OAuth2 server</title>", await http.GetStringAsync(""), StringComparison.Ordinal);
            using var token = await http.PostAsync("oauth2/token", new FormUrlEncodedContent([new("grant_type", "client_credentials"), new("client_id", "test-client"), new("client_secret", "test-secret")]));
            Assert.True(token.IsSuccessStatusCode);
        }
        finally
        {
            process.Kill();
        }
    }
}
