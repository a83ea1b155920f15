using System.Net;
using System.Net.Http.Headers;
using OAuthClient.Testing;

namespace OAuthClient.Tests.Http;

/// <summary>A call whose token is fresh costs no memory but its header's entry: as much as a handler that sets a header made beforehand.</summary>
public sealed class WarmCallTests
{
    private static readonly Uri _address = new("https://api.example/orders/42");

    public static TheoryData<string, string?, bool> Kinds => new()
    {
        { "Authorization", null, false },
        { "Authorization", null, true },
        { "X-API-Authorization", null, false },
        { "Authorization", "api-key", false },
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task WarmCall_OfEachKind_AllocatesWhatItsHeadersNeed(string headerName, string? apiKeyName, bool freshAddress)
    {
        await using var server = await OAuth2TestServer.StartAsync();
        using var ours = new HttpMessageInvoker(OAuth2Handler.Create(
            new OAuth2ClientOptions
            {
                TokenEndpoint = server.TokenEndpoint,
                ClientId = OAuth2TestServer.DefaultClientId,
                ClientSecret = OAuth2TestServer.DefaultClientSecret,
                BaseAddress = _address,
                HeaderName = headerName,
                ApiKey = apiKeyName is null ? null : "chk_1",
                ApiKeyHeaderName = apiKeyName,
            },
            new CallCost.Answer()));
        using var floor = new HttpMessageInvoker(new Floor(headerName, apiKeyName) { InnerHandler = new CallCost.Answer() });

        using var first = await ours.SendAsync(new HttpRequestMessage(HttpMethod.Get, _address), CancellationToken.None);

        // Another call's overrides are no reason for this one to pay.
        using var overridden = await ours.SendAsync(
            new HttpRequestMessage(HttpMethod.Get, _address).SetOAuth2TokenRequest(new OAuth2TokenRequest { Scopes = ["other"] }), CancellationToken.None);
        Func<Uri> address = freshAddress ? static () => new Uri("https://api.example/orders/43") : static () => _address;
        CallCost.Measure(ours, address);
        CallCost.Measure(floor, address);

        Assert.Equal(CallCost.Measure(floor, address), CallCost.Measure(ours, address));
        Assert.Equal(2, server.TokenRequests);
    }

    [Fact]
    public void Peek_AtOptionsThatNobodySet_MakesNone()
    {
        using var request = new HttpRequestMessage();
        _ = HiddenState.PeekOptions(request);
        var before = GC.GetAllocatedBytesForCurrentThread();

        var options = HiddenState.PeekOptions(request);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Null(options);
        Assert.Same(request.Options, HiddenState.PeekOptions(request));
    }

    private sealed class Floor(string headerName, string? apiKeyName) : DelegatingHandler
    {
        private readonly AuthenticationHeaderValue _authorization = new("Bearer", "token");

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (headerName == "Authorization")
                request.Headers.Authorization = _authorization;
            else
                request.Headers.TryAddWithoutValidation(headerName, "Bearer token");
            if (apiKeyName is not null)
                request.Headers.TryAddWithoutValidation(apiKeyName, "chk_1");
            return base.SendAsync(request, cancellationToken);
        }
    }
}
