using System.Net;
using OAuthClient.Testing;

namespace OAuthClient.Tests;

public sealed class OAuth2HttpResponseMessageExtensionsTests
{
    [Theory]
    [InlineData(HttpStatusCode.OK)]
    [InlineData(HttpStatusCode.NoContent)]
    public async Task EnsureApiSuccess_OfASuccess_ReturnsTheAnswer(HttpStatusCode status)
    {
        using var answer = new HttpResponseMessage(status);

        Assert.Same(answer, await answer.EnsureApiSuccessAsync());
    }

    [Fact]
    public async Task EnsureApiSuccess_OfAGatewaysError_SaysWhatItIsAndWhatHelps()
    {
        await using var app = await TestApp.StartAsync(server => server.Environment = KeyType.Sandbox);
        using var content = new StringContent("{}");

        using var answer = await app.CreateClient().PostAsync("orders?customer=4711", content);
        var exception = await Assert.ThrowsAsync<OAuth2ApiException>(() => answer.EnsureApiSuccessAsync().AsTask());

        Assert.Equal(
            $"POST {app.Server.ApiBaseAddress}orders was answered 403, code 900912. The keys are for the other one of production and sandbox. Set ClientId and ClientSecret to those of the environment that is called.",
            exception.Message);
        Assert.Equal((HttpStatusCode.Forbidden, "900912"), (exception.StatusCode, exception.GatewayError?.Code));
        Assert.Equal(1, app.Log.Count(Microsoft.Extensions.Logging.LogLevel.Warning, "900912"));
    }

    [Theory]
    [InlineData(404, "The API has no such resource. Check BaseAddress, path and method.")]
    [InlineData(409, "The API refuses the call. Look at what the answer itself says.")]
    [InlineData(302, "The API sends the call elsewhere. Set BaseAddress to where it sends it, if you trust that.")]
    public async Task EnsureApiSuccess_OfAnErrorOfTheApisOwn_SaysWhatTheStatusMeans(int status, string says)
    {
        using var answer = new HttpResponseMessage((HttpStatusCode)status) { Content = new StringContent("""{"title":"none left"}"""), RequestMessage = new HttpRequestMessage(HttpMethod.Get, "https://user:word@api.example/orders/42?key=1#x") };

        var exception = await Assert.ThrowsAsync<OAuth2ApiException>(() => answer.EnsureApiSuccessAsync().AsTask());

        Assert.Equal($"GET https://api.example/orders/42 was answered {status}. {says}", exception.Message);
        Assert.Equal(((HttpStatusCode?)status, null), (exception.StatusCode, exception.GatewayError));
    }

    [Fact]
    public async Task EnsureApiSuccess_WhereNobodyKnowsTheCall_SaysTheRest()
    {
        using var answer = new HttpResponseMessage(HttpStatusCode.BadGateway);

        var exception = await Assert.ThrowsAsync<OAuth2ApiException>(() => answer.EnsureApiSuccessAsync().AsTask());

        Assert.StartsWith("The call was answered 502. The API, or what stands before it, is out of order.", exception.Message, StringComparison.Ordinal);
    }

    /// <summary>The answer stays its owner's, as after EnsureSuccessStatusCode.</summary>
    [Fact]
    public async Task EnsureApiSuccess_OfAnError_DisposesNothing()
    {
        using var first = new HttpResponseMessage(HttpStatusCode.Forbidden) { Content = new StreamContent(new OneWayStream()) };
        using var second = new HttpResponseMessage(HttpStatusCode.Forbidden) { Content = new StreamContent(new OneWayStream()) };

        Assert.Throws<HttpRequestException>(first.EnsureSuccessStatusCode);
        await Assert.ThrowsAsync<OAuth2ApiException>(() => second.EnsureApiSuccessAsync().AsTask());

        Assert.Equal(await first.Content.ReadAsByteArrayAsync(), await second.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task EnsureApiSuccess_WithASecretInThePath_ShowsNone()
    {
        await using var app = await TestApp.StartAsync(client: client => client.CredentialHeaders["Subscriber"] = "canary-0815-4711");
        app.Server.ApiBehavior.FailNext(1, 404);

        using var answer = await app.CreateClient().GetAsync("orders/canary-0815-4711");
        var exception = await Assert.ThrowsAsync<OAuth2ApiException>(() => answer.EnsureApiSuccessAsync().AsTask());

        Assert.DoesNotContain("canary", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Calls_WithoutAnAnswer_SayWhichArgument()
    {
        await Assert.ThrowsAsync<ArgumentNullException>("response", () => OAuth2HttpResponseMessageExtensions.ReadGatewayErrorAsync(null!).AsTask());
        await Assert.ThrowsAsync<ArgumentNullException>("response", () => OAuth2HttpResponseMessageExtensions.EnsureApiSuccessAsync(null!).AsTask());
    }

    [Fact]
    public void Exception_ForATest_HoldsWhatItIsGiven()
    {
        var (error, cause) = (new GatewayError { StatusCode = HttpStatusCode.Forbidden, Code = "900908" }, new IOException());

        var exception = new OAuth2ApiException("no", HttpStatusCode.Forbidden, error, cause);

        Assert.Equal(("no", HttpStatusCode.Forbidden, error, cause), (exception.Message, exception.StatusCode, exception.GatewayError, exception.InnerException));
    }
}
