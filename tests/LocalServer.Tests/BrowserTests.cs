using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace LocalServer.Tests;

/// <summary>The page in a real browser.</summary>
public sealed class BrowserTests
{
    [BrowserFact]
    public async Task Page_RequestsTokensAndFaults_AreShownAndSwitched()
    {
        await using var running = await Running.StartAsync();
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = BrowserFactAttribute.Executable, Args = ["--no-sandbox"] });
        var page = await browser.NewPageAsync(new() { ViewportSize = new() { Width = 1200, Height = 900 } });
        var complaints = new List<string>();
        page.Console += (_, message) => complaints.Add(message.Text);
        page.PageError += (_, error) => complaints.Add(error);
        page.SetDefaultTimeout(60_000);
        SetDefaultExpectTimeout(60_000);

        await page.GotoAsync(running.Address.AbsoluteUri);
        await Expect(page.Locator("#tokens")).ToContainTextAsync("None yet.");
        var token = await running.TokenAsync();
        (await running.CallAsync(token)).Dispose();
        await Expect(page.Locator("#requests tr")).ToHaveCountAsync(2);
        await Expect(page.Locator("#requests tr").First).ToContainTextAsync("GET /api/orders");
        await Expect(page.Locator("#tokens tr")).ToContainTextAsync("test-client");
        await Expect(page.Locator("#tokens .live")).ToHaveTextAsync(new Regex(@"^\d+ s left$"));
        await Expect(page.Locator("#counts")).ToHaveTextAsync("token requests: 1, API calls: 1, live tokens: 1");

        var fault = page.GetByRole(AriaRole.Button, new() { Name = "API: 503" });
        await Expect(fault).ToHaveAttributeAsync("aria-pressed", "false");
        await fault.ClickAsync();
        await Expect(fault).ToHaveAttributeAsync("aria-pressed", "true");
        (await running.CallAsync(token)).Dispose();
        await Expect(page.Locator("#requests tr").First.Locator(".bad")).ToHaveTextAsync("503");
        await page.Locator("h1").ClickAsync();
        await page.Keyboard.PressAsync("6");
        await Expect(fault).ToHaveAttributeAsync("aria-pressed", "false");

        await page.GetByRole(AriaRole.Button, new() { Name = "Revoke all" }).ClickAsync();
        await Expect(page.Locator("#tokens .bad")).ToHaveTextAsync("revoked");
        if (Environment.GetEnvironmentVariable("SCREENSHOT") is { } path)
            await page.ScreenshotAsync(new() { Path = path, FullPage = true });

        Assert.DoesNotContain(token, await page.ContentAsync(), StringComparison.Ordinal);
        Assert.Empty(complaints);
        await running.DisposeAsync();
        await Expect(page.GetByRole(AriaRole.Alert)).ToBeVisibleAsync();
    }
}
