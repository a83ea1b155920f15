using System.Net;
using OAuthClient.Testing;

namespace OAuthClient.Tests.Http;

/// <summary>A fresh token goes to no foreign origin: the check of a warm call is another one than that of a cold call.</summary>
public sealed class WarmOriginTests
{
    private static readonly Uri _own = new("https://api.example/orders");
    private static readonly Uri _foreign = new("https://foreign.example/orders");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Call_ToAForeignOriginWithAWarmToken_IsRefusedEachTime(bool calledBefore)
    {
        await using var app = await TestApp.StartAsync(client: client => (client.ApiKey, client.ApiKeyHeaderName) = ("chk_1", "api-key"));
        await using var foreign = await OAuth2TestServer.StartAsync();
        var http = app.CreateClient();
        await app.GetTokenAsync();
        if (calledBefore)
            (await http.GetAsync(app.Server.ApiBaseAddress)).Dispose();
        var address = new Uri(foreign.ApiBaseAddress, "orders");

        for (var i = 0; i < 3; i++)
        {
            await Assert.ThrowsAsync<InvalidOperationException>(() => http.GetAsync(address));
            app.Clock.Advance(TimeSpan.FromSeconds(2));
        }

        Assert.Empty(foreign.RecordedApiCalls);
        using var allowed = await http.GetAsync(new Uri(app.Server.ApiBaseAddress, "orders"));
        Assert.Equal(HttpStatusCode.OK, allowed.StatusCode);
    }

    [Fact]
    public void Find_ARefusedAddressAgain_RefusesItAgain()
    {
        var origins = new Origins(allowInsecureHttp: false);
        origins.Add(_own);

        for (var now = 0; now < 5_000; now += 500)
        {
            Assert.Null(origins.Find(_foreign, now));
            Assert.Null(origins.Find(null, now));
            Assert.NotNull(origins.Find(_own, now));
        }
    }

    [Fact]
    public void Find_AnAddressAgainOnceThereAreTwoOrigins_TellsThemApart()
    {
        var second = new Uri("https://second.example/orders");
        var origins = new Origins(allowInsecureHttp: false);
        origins.Add(_own);
        origins.Find(_own, 0);
        origins.Add(second);

        for (var now = 0; now < 5_000; now += 500)
        {
            Assert.True(origins.Find(_own, now)!.Matches(_own));
            Assert.True(origins.Find(second, now)!.Matches(second));
            Assert.Null(origins.Find(_foreign, now));
        }
    }
}
