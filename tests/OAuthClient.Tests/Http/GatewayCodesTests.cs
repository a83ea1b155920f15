using System.Net;

namespace OAuthClient.Tests.Http;

public sealed class GatewayCodesTests
{
    private const string Renew = "Get a new token and call again, as the client does once by itself. If new ones are rejected too, check that TokenEndpoint belongs to the API's environment, and that the application gets JWTs.";
    private const string Later = "Call again later, and tell the API's publisher if it lasts.";
    private const string Slow = "Wait, for as long as RetryAfter says where it says anything, and call less often or have the limit raised.";

    [Theory]
    [InlineData("900900", 401, GatewayTokenVerdict.NewToken, "could not check")]
    [InlineData("900901", 401, GatewayTokenVerdict.NewToken, "not valid")]
    [InlineData("900901", 403, GatewayTokenVerdict.KeepToken, "no endpoint for production keys")]
    [InlineData("900901", 498, GatewayTokenVerdict.NewToken, "Add 498 to TokenRejectedStatusCodes")]
    [InlineData("900903", 403, GatewayTokenVerdict.NewToken, "Add 403 to TokenRejectedStatusCodes")]
    [InlineData("900900", 500, GatewayTokenVerdict.Wait, "Call again later")]
    [InlineData("900902", 401, GatewayTokenVerdict.KeepToken, "HeaderName and HeaderScheme")]
    [InlineData("900905", 500, GatewayTokenVerdict.KeepToken, "another type of token")]
    [InlineData("900908", 403, GatewayTokenVerdict.KeepToken, "Subscribe it")]
    [InlineData("900912", 403, GatewayTokenVerdict.KeepToken, "ClientId and ClientSecret")]
    [InlineData("900804", 429, GatewayTokenVerdict.Wait, "RetryAfter")]
    [InlineData("900805", 403, GatewayTokenVerdict.KeepToken, "blocked")]
    [InlineData("900801", 503, GatewayTokenVerdict.Wait, "RetryAfter")]
    [InlineData("700700", 503, GatewayTokenVerdict.Wait, "blocked for now")]
    [InlineData("102503", 503, GatewayTokenVerdict.Wait, "behind the gateway")]
    [InlineData("303001", 503, GatewayTokenVerdict.Wait, "out of order")]
    [InlineData(null, 401, GatewayTokenVerdict.NewToken, "TokenEndpoint belongs")]
    [InlineData("404", 404, GatewayTokenVerdict.KeepToken, "no such resource")]
    [InlineData(null, 403, GatewayTokenVerdict.KeepToken, "subscription, Scopes")]
    [InlineData(null, 429, GatewayTokenVerdict.Wait, "limits the rate")]
    [InlineData(null, 408, GatewayTokenVerdict.Wait, "out of order")]
    [InlineData(null, 302, GatewayTokenVerdict.KeepToken, "elsewhere")]
    [InlineData(null, 409, GatewayTokenVerdict.KeepToken, "refuses the call")]
    public void Explain_OfCodeAndStatus_SaysWhatItIsAndWhatHelps(string? code, int status, GatewayTokenVerdict verdict, string says)
    {
        var explanation = GatewayCodes.Explain(code, (HttpStatusCode)status, isRejection: status == 401);

        Assert.Equal(verdict, explanation.Verdict);
        Assert.Contains(says, $"{explanation.Meaning} {explanation.Remedy}", StringComparison.Ordinal);
    }

    /// <summary>The client's own word for what a rejection is goes before what the status usually means.</summary>
    [Fact]
    public void Explain_OfAStatusByWhichTheApiRejectsTokens_MeansTheToken()
    {
        Assert.Contains("not valid", GatewayCodes.Explain("900901", HttpStatusCode.Forbidden, isRejection: true).Meaning, StringComparison.Ordinal);
        Assert.Equal(GatewayTokenVerdict.NewToken, GatewayCodes.Explain(null, HttpStatusCode.Forbidden, isRejection: true).Verdict);
    }

    [Theory]
    [InlineData("900908", true)]
    [InlineData("900910", true)]
    [InlineData("900901", false)]
    [InlineData("900804", false)]
    [InlineData("303001", false)]
    [InlineData(null, false)]
    public void FindObstacle_OfACode_IsTrueWhereNoTokenHelps(string? code, bool expected) => Assert.Equal(expected, GatewayCodes.FindObstacle(code) is not null);

    /// <summary>Where no code says more, the status does, from its first to its last.</summary>
    [Theory]
    [InlineData(300, GatewayTokenVerdict.KeepToken, "The API sends the call elsewhere. Set BaseAddress to where it sends it, if you trust that.")]
    [InlineData(399, GatewayTokenVerdict.KeepToken, "The API sends the call elsewhere. Set BaseAddress to where it sends it, if you trust that.")]
    [InlineData(400, GatewayTokenVerdict.KeepToken, "The API refuses the call. Look at what the answer itself says.")]
    [InlineData(401, GatewayTokenVerdict.NewToken, $"The API does not accept the call's credentials. {Renew}")]
    [InlineData(403, GatewayTokenVerdict.KeepToken, "The API does not allow this call. Check the application's subscription, Scopes, and the API's own permissions.")]
    [InlineData(404, GatewayTokenVerdict.KeepToken, "The API has no such resource. Check BaseAddress, path and method.")]
    [InlineData(405, GatewayTokenVerdict.KeepToken, "The API has no such resource. Check BaseAddress, path and method.")]
    [InlineData(406, GatewayTokenVerdict.KeepToken, "The API refuses the call. Look at what the answer itself says.")]
    [InlineData(408, GatewayTokenVerdict.Wait, $"The API, or what stands before it, is out of order. {Later}")]
    [InlineData(429, GatewayTokenVerdict.Wait, $"The API limits the rate of calls. {Slow}")]
    [InlineData(499, GatewayTokenVerdict.KeepToken, "The API refuses the call. Look at what the answer itself says.")]
    [InlineData(500, GatewayTokenVerdict.Wait, $"The API, or what stands before it, is out of order. {Later}")]
    [InlineData(599, GatewayTokenVerdict.Wait, $"The API, or what stands before it, is out of order. {Later}")]
    public void Explain_OfAStatusAlone_SaysAllOfThis(int status, GatewayTokenVerdict verdict, string says)
    {
        var explanation = GatewayCodes.Explain(null, (HttpStatusCode)status, isRejection: status == 401);

        Assert.Equal((verdict, says), (explanation.Verdict, $"{explanation.Meaning} {explanation.Remedy}"));
    }

    /// <summary>A token that is at fault, with a status that is no rejection.</summary>
    [Theory]
    [InlineData("900901", 403, GatewayTokenVerdict.KeepToken, "The API has no endpoint for production keys. Use the keys and the address of the sandbox, or have a production endpoint added to the API.")]
    [InlineData("900904", 403, GatewayTokenVerdict.NewToken, "The token is not active any more. Add 403 to TokenRejectedStatusCodes, and the client replaces a token as it does after a 401.")]
    [InlineData("900901", 499, GatewayTokenVerdict.NewToken, "The token is not valid: revoked, expired, badly signed, or none that this gateway reads. Add 499 to TokenRejectedStatusCodes, and the client replaces a token as it does after a 401.")]
    [InlineData("900900", 500, GatewayTokenVerdict.Wait, $"The gateway could not check the token. {Later}")]
    [InlineData("900901", 501, GatewayTokenVerdict.Wait, $"The token is not valid: revoked, expired, badly signed, or none that this gateway reads. {Later}")]
    public void Explain_OfATokensCodeWithAnotherStatus_SaysAllOfThis(string code, int status, GatewayTokenVerdict verdict, string says)
    {
        var explanation = GatewayCodes.Explain(code, (HttpStatusCode)status, isRejection: false);

        Assert.Equal((verdict, says), (explanation.Verdict, $"{explanation.Meaning} {explanation.Remedy}"));
    }

    [Theory]
    [InlineData("102500", true)]
    [InlineData("102599", true)]
    [InlineData("10250", false)]
    [InlineData("1025000", false)]
    [InlineData("1025x0", false)]
    [InlineData("102600", false)]
    [InlineData("900999", false)]
    public void IsKnown_OfWhatStandsBehindTheGateway_IsTrueForSixDigitsThatBeginLikeThat(string code, bool expected) => Assert.Equal(expected, GatewayCodes.IsKnown(code));

    [Fact]
    public void FindObstacle_OfACodeThatNoTokenCures_SaysWhatItIsAndWhatHelps() =>
        Assert.Equal("code 900907: The API is blocked. Ask its publisher.", GatewayCodes.FindObstacle("900907"));
}
