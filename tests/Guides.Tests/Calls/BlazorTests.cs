using Microsoft.AspNetCore.Components.Web;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OAuthClient.Testing;

namespace Guides.Tests.Calls;

public sealed class BlazorTests
{
    [Fact]
    public async Task Component_ThatIsRendered_ShowsWhatTheApiSays()
    {
        await using var server = await OAuth2TestServer.StartAsync();
        var builder = Loopback.CreateBuilder(server);
        Registration.Register(builder);
        using var host = builder.Build();
        await using var renderer = new HtmlRenderer(host.Services, host.Services.GetRequiredService<ILoggerFactory>());

        var html = await renderer.Dispatcher.InvokeAsync(async () => (await renderer.RenderComponentAsync<OrderView>()).ToHtmlString());

        Assert.Contains("/api/orders/42", html, StringComparison.Ordinal);
    }
}
