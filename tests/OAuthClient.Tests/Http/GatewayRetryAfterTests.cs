using System.Net;

namespace OAuthClient.Tests.Http;

/// <summary>How long a gateway wants to be left alone.</summary>
public sealed class GatewayRetryAfterTests
{
    [Theory]
    [InlineData("120", null, 120)]
    [InlineData("Mon, 01 Jan 2029 00:01:00 GMT", null, 60)]
    [InlineData("30", "2029-Jan-01 00:02:00+0000 UTC", 30)]
    [InlineData(null, "2029-Jan-01 00:02:00+0000 UTC", 120)]
    [InlineData(null, "2029-Jan-01 05:32:00+0530 UTC", 120)]
    [InlineData(null, "2029-01-01T00:02:00Z", 120)]
    [InlineData(null, "Mon, 01 Jan 2029 00:02:00 GMT", 120)]
    [InlineData(null, "2028-Dec-31 23:00:00+0000 UTC", 0)]
    [InlineData(null, "9999-Dec-31 23:59:59+0000 UTC", 86_400)]
    [InlineData("999999999", null, 86_400)]
    [InlineData(null, "soon", null)]
    [InlineData("soon", null, null)]
    public async Task RetryAfter_InEachForm_IsWhatTheGatewayAsksFor(string? header, string? nextAccessTime, int? seconds)
    {
        using var answer = new HttpResponseMessage(HttpStatusCode.TooManyRequests) { Content = new StringContent($$"""{"fault":{"code":900804,"message":"m","nextAccessTime":"{{nextAccessTime}}","description":"d"} }""") };
        answer.Headers.Date = new DateTimeOffset(2029, 1, 1, 0, 0, 0, TimeSpan.Zero);
        if (header is not null)
            answer.Headers.TryAddWithoutValidation("Retry-After", header);

        var error = (await answer.ReadGatewayErrorAsync())!;

        Assert.Equal(seconds, error.RetryAfter?.TotalSeconds);
        Assert.Equal(GatewayTokenVerdict.Wait, error.TokenVerdict);
    }
}
