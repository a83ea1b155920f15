using System.Net;

namespace OAuthClient.Tests.Http;

public sealed class GatewayCodesTests
{
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
}
