using System.Net;

namespace OAuthClient.Tests.Http;

/// <summary>Many parts can be sent again where each of them can.</summary>
public sealed class MultipartReplayTests
{
    public static TheoryData<HttpContent[], bool> Parts => new()
    {
        { [], true },
        { [new StringContent("a"), new StreamContent(new MemoryStream([1]))], true },
        { [new StringContent("a"), new StreamContent(new OneWayStream())], false },
        { [new StreamContent(new OneWayStream()), new StringContent("a")], false },
        { [new StringContent("a"), new StreamContent(new OneWayStream()), new ByteArrayContent([1])], false },
        { [new StringContent("a"), new MultipartContent { new StringContent("b"), new StreamContent(new OneWayStream()) }], false },
    };

    [Theory]
    [MemberData(nameof(Parts))]
    public void CanReplay_OfParts_IsTrueWhereEachCan(HttpContent[] parts, bool expected)
    {
        using var plain = new MultipartContent();
        using var form = new MultipartFormDataContent();
        foreach (var part in parts)
        {
            plain.Add(part);
            form.Add(part);
        }

        Assert.Equal((expected, expected), (ResendRules.CanReplay(plain), ResendRules.CanReplay(form)));
    }

    [Fact]
    public async Task Call_WithOnePartThatIsReadOnce_IsNotSentAgainWithAHole()
    {
        await using var app = await TestApp.StartAsync();
        var http = app.CreateClient();
        (await http.GetAsync("orders")).Dispose();
        app.Server.RevokeAllTokens();
        using var content = new MultipartFormDataContent { { new StringContent("note"), "note" }, { new StreamContent(new OneWayStream()), "file" } };

        using var response = await http.PostAsync("orders", content);

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Equal(2, app.Server.ApiCalls);
    }
}
