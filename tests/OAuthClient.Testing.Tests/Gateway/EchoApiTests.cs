using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;

namespace OAuthClient.Testing.Tests.Gateway;

public class EchoApiTests : ServerTests
{
    private string _token = null!;

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        _token = await Caller.GetTokenAsync();
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, false)]
    [InlineData(300_000, false)]
    [InlineData(300_000, true)]
    public async Task Echo_Body_ReportsItsLengthAndHash(int length, bool chunked)
    {
        var bytes = RandomNumberGenerator.GetBytes(length);
        var request = Request(HttpMethod.Put, "orders/1");
        request.Content = new ByteArrayContent(bytes);
        request.Headers.TransferEncodingChunked = chunked;

        var answer = await Caller.SendAsync(request);

        Assert.Equal(
            ("PUT", $"{length}", Convert.ToHexString(SHA256.HashData(bytes)).ToLowerInvariant()),
            (answer["method"], answer["content_length"], answer["content_sha256"]));
        Assert.Equal(bytes[..Math.Min(length, 65_536)], Server.RecordedApiCalls[0].Body.ToArray());
    }

    [Fact]
    public async Task Echo_Token_IsNamedByItsIdAndNeverShown()
    {
        var answer = await Caller.CallAsync(_token);
        var again = await Caller.CallAsync(_token);
        var other = await Caller.CallAsync(await Caller.GetTokenAsync());

        Assert.DoesNotContain(_token, answer.Body, StringComparison.Ordinal);
        Assert.Equal(answer["token_id"], again["token_id"]);
        Assert.NotEqual(answer["token_id"], other["token_id"]);
    }

    [Theory]
    [InlineData("", 302)]
    [InlineData("&status=302", 302)]
    [InlineData("&status=307", 307)]
    public async Task Redirect_To_SendsThere(string status, int expected)
    {
        var answer = await Caller.CallAsync(_token, $"redirect?to={Uri.EscapeDataString("http://localhost:1/elsewhere")}{status}");

        Assert.Equal((expected, "http://localhost:1/elsewhere"), ((int)answer.Status, answer.Headers.Location!.OriginalString));
    }

    [Theory]
    [InlineData("redirect")]
    [InlineData("redirect?to=x&status=200")]
    [InlineData("redirect?to=x&status=abc")]
    public async Task Redirect_Unusable_Is400(string path) => Assert.Equal(HttpStatusCode.BadRequest, (await Caller.CallAsync(_token, path)).Status);

    [Fact]
    public async Task Redirect_WithoutToken_Is401() => Assert.Equal(HttpStatusCode.Unauthorized, (await Caller.CallAsync(null, "redirect?to=x")).Status);

    [Fact]
    public async Task Call_RefusedWithExpectContinue_NeverAsksForTheBody()
    {
        var request = Request(HttpMethod.Post, "orders");
        request.Headers.Authorization = null;
        request.Headers.ExpectContinue = true;
        var content = new UnsentContent();
        request.Content = content;

        var answer = await Caller.SendAsync(request);

        Assert.Equal((HttpStatusCode.Unauthorized, false), (answer.Status, content.Sent));
        Assert.True(Server.RecordedApiCalls[0].Body.IsEmpty);
    }

    private HttpRequestMessage Request(HttpMethod method, string path) => new(method, new Uri(Server.ApiBaseAddress, path))
    {
        Headers = { Authorization = new AuthenticationHeaderValue("Bearer", _token) },
    };

    private sealed class UnsentContent : HttpContent
    {
        public bool Sent { get; private set; }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            Sent = true;
            return Task.CompletedTask;
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 100_000;
            return true;
        }
    }
}
