using System.Net;
using System.Text;

namespace OAuthClient.Tests.Protocol;

/// <summary>What a failure is for those who ask: for a metric, for others at the same server, and for whoever remembers it.</summary>
public sealed class TokenFailureTests
{
    /// <summary>The error, the status, what kept an answer away, and what all that is for a metric.</summary>
    public static TheoryData<string?, int?, Exception?, string> Types => new()
    {
        { "invalid_client", 401, null, "invalid_client" },
        { "expired_token", 400, null, "expired_token" },
        { "900902", 401, null, "401" },
        { null, 400, null, "400" },
        { null, 503, new OperationCanceledException(), "503" },
        { null, 399, null, "_OTHER" },
        { "17003", 200, null, "_OTHER" },
        { null, null, new HttpRequestException(HttpRequestError.NameResolutionError), "name_resolution_error" },
        { null, null, new HttpRequestException(HttpRequestError.Unknown), "_OTHER" },
        { null, null, new TaskCanceledException(), "timeout" },
        { null, null, new IOException(), "_OTHER" },
        { null, null, null, "_OTHER" },
    };

    [Theory]
    [MemberData(nameof(Types))]
    public void ErrorType_IsTheErrorElseTheStatusElseWhatKeptAnAnswerAway(string? error, int? status, Exception? cause, string expected) =>
        Assert.Equal(expected, new TokenFailure("It failed.", error, Cause: cause) { Status = status }.ErrorType);

    /// <summary>The RFCs' words are few, and a metric may have a line for each of them.</summary>
    [Theory]
    [InlineData("invalid_request")]
    [InlineData("invalid_client")]
    [InlineData("invalid_grant")]
    [InlineData("unauthorized_client")]
    [InlineData("unsupported_grant_type")]
    [InlineData("invalid_scope")]
    [InlineData("access_denied")]
    [InlineData("server_error")]
    [InlineData("temporarily_unavailable")]
    [InlineData("unsupported_token_type")]
    [InlineData("invalid_target")]
    [InlineData("slow_down")]
    [InlineData("consent_required")]
    [InlineData("interaction_required")]
    [InlineData("login_required")]
    [InlineData("authorization_pending")]
    [InlineData("expired_token")]
    [InlineData("use_dpop_nonce")]
    [InlineData("invalid_dpop_proof")]
    public void ErrorType_OfAnErrorThatAnRfcNames_IsThatError(string error) =>
        Assert.Equal(error, new TokenFailure("It failed.", error) { Status = 400 }.ErrorType);

    [Theory]
    [InlineData(true, false, true)]
    [InlineData(true, true, false)]
    [InlineData(false, false, false)]
    [InlineData(false, true, false)]
    public void IsOwn_WhereTheRequestItselfMetWithIt_IsTrue(bool wasTried, bool isKept, bool expected) =>
        Assert.Equal(expected, new TokenFailure("It failed.") { WasTried = wasTried, IsKept = isKept }.IsOwn);

    [Theory]
    [InlineData(true, null, true)]
    [InlineData(true, 408, true)]
    [InlineData(true, 429, true)]
    [InlineData(true, 500, true)]
    [InlineData(true, 499, false)]
    [InlineData(true, 400, false)]
    [InlineData(false, 500, false)]
    [InlineData(false, null, false)]
    public void IsOutage_WhereTheServerIsOutOfOrder_IsTrue(bool isTransient, int? status, bool expected) =>
        Assert.Equal(expected, new TokenFailure("It failed.", IsTransient: isTransient) { Status = status }.IsOutage);

    [Theory]
    [InlineData(408, null, true)]
    [InlineData(429, null, true)]
    [InlineData(500, null, true)]
    [InlineData(499, null, false)]
    [InlineData(400, "server_error", true)]
    [InlineData(400, "temporarily_unavailable", true)]
    [InlineData(400, "invalid_grant", false)]
    [InlineData(401, "server_error", false)]
    [InlineData(403, "temporarily_unavailable", false)]
    public async Task FromAnswer_IsTransientWhereAskingAgainMayHelp(int status, string? error, bool isTransient)
    {
        var failure = await ReadAsync(status, $$"""{"error":"{{error}}"}""", "7");

        Assert.Equal((isTransient, isTransient ? TimeSpan.FromSeconds(7) : null, status), (failure.IsTransient, failure.RetryAfter, failure.Status));
    }

    /// <summary>What the server says ends where the sentence does.</summary>
    [Theory]
    [InlineData("It is locked.", "It is locked")]
    [InlineData("It is locked...", "It is locked")]
    [InlineData(".NET is not liked", ".NET is not liked")]
    public async Task FromAnswer_WithADescription_QuotesItAsPartOfASentence(string description, string quoted)
    {
        var failure = await ReadAsync(400, $$"""{"error":"access_denied","error_description":"{{description}}"}""");

        Assert.Equal($"the token endpoint https://idp.example/token answered 400 access_denied \"{quoted}\". The user, or a policy of the server, has said no.", failure.Message);
        Assert.Equal((description, true), (failure.ErrorDescription, failure.NamesError));
    }

    [Fact]
    public async Task FromAnswer_OfNoObject_TellsOfTheStatusAlone()
    {
        var failure = await ReadAsync(403, "Forbidden");

        Assert.Equal("the token endpoint https://idp.example/token answered 403. Check TokenEndpoint and the client's settings.", failure.Message);
        Assert.Equal((null, null, false, null), (failure.Error, failure.ErrorDescription, failure.NamesError, failure.RetryAfter));
    }

    [Fact]
    public async Task FromAnswer_WithAProxysCode_NamesNoError()
    {
        var failure = await ReadAsync(401, """{"code":"900902","description":"No key"}""");

        Assert.Equal(("900902", "No key", false), (failure.Error, failure.ErrorDescription, failure.NamesError));
    }

    /// <summary>No server has anybody wait for longer than five minutes, unless that is what the caller takes.</summary>
    [Theory]
    [InlineData(-1, null, 0)]
    [InlineData(0, null, 0)]
    [InlineData(299, null, 299)]
    [InlineData(301, null, 300)]
    [InlineData(301, 302, 301)]
    [InlineData(303, 302, 302)]
    [InlineData(7, 5, 5)]
    public void Bound_OfAWait_IsWithinWhatIsTaken(int wait, int? longest, int expected) =>
        Assert.Equal(TimeSpan.FromSeconds(expected), TokenFailures.Bound(TimeSpan.FromSeconds(wait), longest is { } seconds ? TimeSpan.FromSeconds(seconds) : null));

    [Fact]
    public void ToException_TellsWhatTheFailureDoes()
    {
        var cause = new IOException();
        var failure = new TokenFailure("it failed.", "x", "y", true, TimeSpan.FromSeconds(7), cause);

        var exception = failure.ToException("orders");
        var answered = (failure with { Status = 500 }).ToException("orders");

        Assert.Equal(("orders", "OAuth2 client 'orders': it failed.", cause), (exception.ClientName, exception.Message, exception.InnerException));
        Assert.Equal(("x", "y", true, TimeSpan.FromSeconds(7)), (exception.Error, exception.ErrorDescription, exception.IsTransient, exception.RetryAfter));
        Assert.Equal((false, true), (exception.WasAnswered, answered.WasAnswered));
    }

    private static async Task<TokenFailure> ReadAsync(int status, string body, string? retryAfter = null)
    {
        using var response = new HttpResponseMessage((HttpStatusCode)status);
        if (retryAfter is not null)
            response.Headers.TryAddWithoutValidation("Retry-After", retryAfter);
        var answer = await Transport.ReadAsync<OAuthClient.Protocol.TokenAnswer>(response, Encoding.UTF8.GetBytes(body));
        return TokenFailures.FromAnswer("TokenEndpoint", new Uri("https://idp.example/token"), answer, DateTimeOffset.UnixEpoch);
    }
}
