using System.Net;
using System.Xml.Linq;

namespace OAuthClient.Testing.Tests.Gateway;

public class GatewayErrorFormatTests : ServerTests
{
    [Fact]
    public async Task ChoreoConnect_Error_HasItsThreeMembers()
    {
        var answer = await RefusedAsync(GatewayErrorFormat.ChoreoConnect);

        Assert.Equal(
            """{"error_message":"Invalid Credentials","code":"900901","error_description":"Make sure you have provided the correct security credentials"}""",
            answer.Body);
    }

    [Fact]
    public async Task ApiManager_Error_HasItsThreeMembers()
    {
        var answer = await RefusedAsync(GatewayErrorFormat.ApiManager);

        Assert.Equal("""{"code":"900901","message":"Invalid Credentials","description":"Make sure you have provided the correct security credentials"}""", answer.Body);
    }

    [Fact]
    public async Task ApiManagerXml_Error_IsAFault()
    {
        var answer = await RefusedAsync(GatewayErrorFormat.ApiManagerXml);

        XNamespace security = "http://wso2.org/apimanager/security";
        var fault = XElement.Parse(answer.Body);
        Assert.Equal((security + "fault", "900901"), (fault.Name, fault.Element(security + "code")!.Value));
        Assert.Equal("application/xml", answer.ContentType!.MediaType);
    }

    [Fact]
    public async Task ApiPlatform_Error_HasNoCode()
    {
        var answer = await RefusedAsync(GatewayErrorFormat.ApiPlatform);

        Assert.Equal("""{"error":"Unauthorized","message":"Authentication failed"}""", answer.Body);
    }

    [Theory]
    [InlineData(GatewayErrorFormat.ChoreoConnect, 401, "Bearer realm=\"Choreo Connect\"")]
    [InlineData(GatewayErrorFormat.ChoreoConnect, 403, "Bearer realm=\"Choreo Connect\"")]
    [InlineData(GatewayErrorFormat.ChoreoConnect, 429, null)]
    [InlineData(GatewayErrorFormat.ApiManager, 401, "OAuth2 realm=\"WSO2 API Manager\"")]
    [InlineData(GatewayErrorFormat.ApiManager, 403, null)]
    [InlineData(GatewayErrorFormat.ApiManagerXml, 401, "OAuth2 realm=\"WSO2 API Manager\"")]
    [InlineData(GatewayErrorFormat.ApiPlatform, 401, null)]
    public async Task Challenge_ByFormatAndStatus_IsTheGateways(GatewayErrorFormat format, int status, string? challenge)
    {
        Server.Options.GatewayErrorFormat = format;
        Server.ApiBehavior.FailNext(1, status);

        var answer = await Caller.CallAsync("any");

        Assert.Equal(status, (int)answer.Status);
        if (challenge is null)
            Assert.Equal("", answer.Challenge);
        else
            Assert.StartsWith(challenge + ", error=\"invalid_token\"", answer.Challenge, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(404, "900906")]
    [InlineData(429, "900802")]
    [InlineData(500, "102500")]
    [InlineData(503, "102503")]
    [InlineData(504, "102504")]
    [InlineData(418, "418")]
    public async Task FailNext_WithoutBody_SendsTheUsualCode(int status, string code)
    {
        Server.ApiBehavior.FailNext(1, status);

        Assert.Equal(code, (await Caller.CallAsync("any"))["code"]);
    }

    private async Task<Answer> RefusedAsync(GatewayErrorFormat format)
    {
        Server.Options.GatewayErrorFormat = format;
        var answer = await Caller.CallAsync("unknown");
        Assert.Equal(HttpStatusCode.Unauthorized, answer.Status);
        return answer;
    }
}
