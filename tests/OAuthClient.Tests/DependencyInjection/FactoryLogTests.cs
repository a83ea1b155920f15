using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace OAuthClient.Tests.DependencyInjection;

/// <summary>What the factory logs of calls is the user's own: redaction takes nothing else away.</summary>
public sealed class FactoryLogTests
{
    [Fact]
    public async Task Call_OfAnOAuth2Client_IsLoggedAtEachLevelAsThatOfAnyOther()
    {
        await using var app = await TestApp.StartAsync(services: services => services.AddHttpClient("plain"));

        (await app.CreateClient().GetAsync(new Uri(app.Server.ApiBaseAddress, "orders"))).Dispose();
        (await app.CreateClient("plain").GetAsync(new Uri(app.Server.ApiBaseAddress, "orders"))).Dispose();

        foreach (var handler in new[] { "LogicalHandler", "ClientHandler" })
        {
            var expected = Levels(app.Log, $"System.Net.Http.HttpClient.plain.{handler}");
            Assert.Contains(LogLevel.Information, expected);
            Assert.Contains(LogLevel.Trace, expected);
            Assert.Equal(expected, Levels(app.Log, $"System.Net.Http.HttpClient.{TestApp.ClientName}.{handler}"));
        }
    }

    private static LogLevel[] Levels(TestLog log, string category) =>
        [.. log.Entries.Where(entry => entry.Category == category).Select(entry => entry.Level)];
}
