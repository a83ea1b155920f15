using System.Text;

namespace OAuthClient.Tests.Http;

public sealed class GatewayErrorTests
{
    [Theory]
    [InlineData("""{"details":{"code":12},"code":"900908"}""", "900908")]
    [InlineData("""{"code":900901,"details":{"code":"900908"}}""", "900901")]
    [InlineData("""{"details":[{"code":"900908"},{"code":"900902"}],"code":900903}""", "900903")]
    [InlineData("""{"a":{"b":{"code":1}},"fault":{"code":900907}}""", "900907")]
    [InlineData("""{"code":{"code":"900908"},"fault":{}}""", "900908")]
    [InlineData("""{"code":null,"fault":{"code":"900908"}}""", "900908")]
    [InlineData("""{"fault":{"code":900908,"description":"cut o""", "900908")]
    [InlineData("""{"details":{"Code":1},"message":"code"}""", null)]
    [InlineData("<fault><details><code>12</code></details><code>900908</code></fault>", "900908")]
    [InlineData("<fault><code>900908</code><code>12</code></fault>", "900908")]
    [InlineData("<a:fault xmlns:a='x'><a:details><a:code>12</a:code></a:details><a:code> 900901 </a:code></a:fault>", "900901")]
    [InlineData("<fault><code>900908</code><description>cut o", "900908")]
    [InlineData("<?xml version='1.0' encoding='utf-7'?><fault><code>900908</code></fault>", null)]
    public void FindCode_OfSeveral_IsTheOutermost(string body, string? expected) =>
        Assert.Equal(expected, GatewayError.FindCode(Encoding.UTF8.GetBytes(body)));
}
