using Microsoft.Extensions.Logging.Abstractions;
using OAuthClient.Http;
using OAuthClient.Testing;
using OAuthClient.TokenEndpoint;
using OAuthClient.Tokens;

namespace OAuthClient.Tests.Tokens;

/// <summary>A fault of the library's own within a fetch is the callers' to see: nobody waits for a fetch that has died.</summary>
public sealed class BrokenFetchTests
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Get_WhereTheFetchBreaks_FailsForAllWhoWait()
    {
        await using var server = await OAuth2TestServer.StartAsync();
        using var endpointHttp = new HttpClient();
        var chance = new BrokenRandom();
        var engine = new TokenEngine(new TokenEndpointClient(() => endpointHttp, TimeProvider.System), TimeProvider.System, NullLogger.Instance, random: chance);
        var options = new OAuth2ClientOptions
        {
            TokenEndpoint = server.TokenEndpoint,
            BaseAddress = server.ApiBaseAddress,
            ClientId = OAuth2TestServer.DefaultClientId,
            ClientSecret = OAuth2TestServer.DefaultClientSecret,
        };
        using var inner = new SocketsHttpHandler();
        using var http = new HttpClient(new AccessTokenHandler(new OAuth2Client(new ClientSettings("orders", options), new TokenRegistry(engine))) { InnerHandler = inner });
        chance.IsBroken = true;

        var calls = Enumerable.Range(0, 10).Select(_ => http.GetAsync(server.ApiBaseAddress)).ToArray();
        foreach (var call in calls)
        {
            var exception = await Assert.ThrowsAsync<OAuth2TokenException>(() => call.WaitAsync(_patience));
            Assert.Contains("'orders'", exception.Message, StringComparison.Ordinal);
        }

        Assert.Equal(0, server.ApiCalls);
    }

    /// <summary>Chance that throws once when it is told to: it is asked when a token that has come is planned.</summary>
    private sealed class BrokenRandom : Random
    {
        public bool IsBroken { get; set; }

        public override double NextDouble()
        {
            if (!IsBroken)
                return 0;
            IsBroken = false;
            throw new InvalidTimeZoneException("A bug.");
        }
    }
}
