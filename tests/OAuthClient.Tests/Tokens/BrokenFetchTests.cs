using Microsoft.Extensions.Logging.Abstractions;
using OAuthClient.Testing;

namespace OAuthClient.Tests.Tokens;

/// <summary>A fault of the library's own within a fetch is the callers' to see: nobody waits for a fetch that has died.</summary>
public sealed class BrokenFetchTests
{
    [Fact]
    public async Task Get_WhereTheFetchBreaks_FailsForAllWhoWait()
    {
        await using var server = await OAuth2TestServer.StartAsync();
        using var endpointHttp = new HttpClient();
        var chance = new BrokenRandom();
        var client = CreateClient(server, endpointHttp, chance);
        using var inner = new SocketsHttpHandler();
        using var http = new HttpClient(new AccessTokenHandler(client) { InnerHandler = inner });
        chance.IsBroken = true;

        var calls = Enumerable.Range(0, 10).Select(_ => http.GetAsync(server.ApiBaseAddress)).ToArray();
        foreach (var call in calls)
        {
            var exception = await Assert.ThrowsAsync<OAuth2TokenException>(() => call.WaitAsync(Dose.Patience));
            Assert.Contains("'orders'", exception.Message, StringComparison.Ordinal);
        }

        Assert.Equal(0, server.ApiCalls);
    }

    // Chance is asked, too, how long a failure is remembered: while the fetch is still held to be under way.
    [Fact]
    public async Task Get_WhereWhatCameCannotBePublished_FailsAndTheNextCallFetchesAgain()
    {
        await using var server = await OAuth2TestServer.StartAsync();
        using var endpointHttp = new HttpClient();
        var chance = new BrokenRandom();
        var state = CreateClient(server, endpointHttp, chance).State;
        server.TokenEndpointBehavior.FailNext(1, 400, """{"error":"invalid_scope"}""");
        chance.IsBroken = true;

        var exception = await Assert.ThrowsAsync<OAuth2TokenException>(() => GetAsync());
        var entry = await GetAsync();

        Assert.Contains("InvalidTimeZoneException", exception.Message, StringComparison.Ordinal);
        Assert.False(chance.IsBroken);
        Assert.NotEmpty(entry.Token.Value);
        Assert.Equal(2, server.TokenRequests);

        Task<TokenEntry> GetAsync() => state.Default.GetAsync(origin: null, patient: false, state.Settings, async: true, CancellationToken.None).AsTask().WaitAsync(Dose.Patience);
    }

    private static OAuth2Client CreateClient(OAuth2TestServer server, HttpClient endpointHttp, Random chance)
    {
        var engine = new TokenEngine(new AuthorizationServer(() => endpointHttp, TimeProvider.System), TimeProvider.System, NullLogger.Instance, random: chance);
        var options = new OAuth2ClientOptions
        {
            TokenEndpoint = server.TokenEndpoint,
            BaseAddress = server.ApiBaseAddress,
            ClientId = OAuth2TestServer.DefaultClientId,
            ClientSecret = OAuth2TestServer.DefaultClientSecret,
            ClientAuthenticationMethod = ClientAuthenticationMethod.ClientSecretPost,
        };
        return new OAuth2Client(new ClientSettings("orders", options), engine);
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
