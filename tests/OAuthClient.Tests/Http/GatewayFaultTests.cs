using System.Text;

namespace OAuthClient.Tests.Http;

public sealed class GatewayFaultTests
{
    [Theory]
    [InlineData("""{"details":{"code":12},"code":"900908"}""", "900908")]
    [InlineData("""{"code":900901,"details":{"code":"900908"}}""", "900901")]
    [InlineData("""{"details":[{"code":"900908"},{"code":"900902"}],"code":900903}""", "900903")]
    [InlineData("""{"details":[{"code":"900908"},{"code":"900902"}]}""", "900908")]
    [InlineData("""{"a":{"b":{"code":1}},"fault":{"code":900907}}""", "900907")]
    [InlineData("""{"code":{"code":"900908"},"fault":{}}""", "900908")]
    [InlineData("""{"code":null,"fault":{"code":"900908"}}""", "900908")]
    [InlineData("""{"code":["12"],"fault":{"code":"900908"}}""", "900908")]
    [InlineData("""{"fault":{"code":900908,"description":"cut o""", "900908")]
    [InlineData("""{"code":"900908","message":"\ud800"}""", "900908")]
    [InlineData("""{"details":{"Code":1},"message":"code"}""", null)]
    [InlineData("<fault><details><code>12</code></details><code>900908</code></fault>", "900908")]
    [InlineData("<fault><code>900908</code><code>12</code></fault>", "900908")]
    [InlineData("<fault><detail><code>900908</code></detail><detail><code>900902</code></detail></fault>", "900908")]
    [InlineData("<fault><code/>12<code>900908</code></fault>", "900908")]
    [InlineData("<a:fault xmlns:a='x'><a:details><a:code>12</a:code></a:details><a:code> 900901 </a:code></a:fault>", "900901")]
    [InlineData("<fault><code>900908</code><description>cut o", "900908")]
    [InlineData("<?xml version='1.0' encoding='utf-7'?><fault><code>900908</code></fault>", null)]
    [InlineData("<code/>900908", null)]
    public void Code_OfSeveral_IsTheOutermost(string body, string? expected) => Assert.Equal(expected, Find(body)?.Code);

    [Theory]
    [InlineData("""{"error_message":"m","code":"900901","error_description":"d"}""")]
    [InlineData("""{"code":900901,"message":"m","description":"d"}""")]
    [InlineData("""{"fault":{"code":900901,"type":"Status report","message":"m","description":"d"}}""")]
    [InlineData("""{"description":"other","fault":{"description":"d","message":"m","code":900901},"message":"other"}""")]
    [InlineData("""{"code":900901,"details":{"message":"other"},"message":"m","description":"d","error":"x"}""")]
    [InlineData("<fault xmlns=\"http://wso2.org/apimanager/security\"><code>900901</code><message>m</message><description>d</description></fault>")]
    [InlineData("\ufeff\r\n<?xml version='1.0'?><am:fault xmlns:am='x'><am:code>900901</am:code><am:message>m</am:message><am:description><![CDATA[d]]></am:description></am:fault>")]
    public void Texts_OfEachShape_AreThoseBesideTheCode(string body)
    {
        var fault = Find(body.Replace("\ufeff\r\n", "\ufeff", StringComparison.Ordinal))!;

        Assert.Equal(("900901", "m", "d", true), (fault.Code, fault.Message, fault.Description, fault.IsOfGateway));
    }

    [Theory]
    [InlineData("""{"error":"Unauthorized","message":"Authentication failed"}""", true)]
    [InlineData("""{"code":"900908"}""", true)]
    [InlineData("""{"code":102511,"other":true}""", true)]
    [InlineData("""{"code":"404","type":"Status report","message":"Not Found"}""", true)]
    [InlineData("""{"code":"303001","message":"Endpoint suspended","description":"d"}""", true)]
    [InlineData("""{"error":"Unauthorized","message":"Bad credentials","path":"/orders","status":401}""", false)]
    [InlineData("""{"error":{"code":401},"message":"m"}""", false)]
    [InlineData("""{"error":"invalid_token","error_description":"d"}""", false)]
    [InlineData("""{"code":"OUT_OF_STOCK","message":"m","description":"d"}""", false)]
    [InlineData("""{"code":"42","message":"m","description":"d"}""", false)]
    [InlineData("""{"code":"401a","message":"m","description":"d"}""", false)]
    [InlineData("""{"code":"4711","message":"m"}""", false)]
    [InlineData("""{"code":"1234567","message":"m","description":"d"}""", false)]
    [InlineData("""{"code":"1025x0"}""", false)]
    [InlineData("""{"type":"https://api.example/errors/1","title":"t","status":404,"detail":"d"}""", false)]
    [InlineData("<html><body>Sign in</body></html>", false)]
    [InlineData("<fault><error>Unauthorized</error><message>m</message></fault>", false)]
    public void IsOfGateway_OfErrorsOfAllKinds_IsTrueForThoseOfAGateway(string body, bool expected) => Assert.Equal(expected, Find(body)?.IsOfGateway ?? false);

    [Theory]
    [InlineData("")]
    [InlineData("Unauthorized")]
    [InlineData("[{\"code\":900901}]")]
    [InlineData("<code>900901</code>")]
    [InlineData("<!DOCTYPE x [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;&a;'>]><fault><code>900901</code><message>&b;</message></fault>")]
    [InlineData("<!DOCTYPE x SYSTEM 'file:///etc/passwd'><fault><code>900901</code></fault>")]
    [InlineData("<!DOCTYPE x [<!ENTITY e SYSTEM 'http://127.0.0.1:1/'>]><fault><code>900901</code><message>&e;</message></fault>")]
    public void Find_InWhatIsNone_FindsNothing(string body) => Assert.Null(Find(body)?.Code);

    [Fact]
    public void Find_InWhatIsNestedDeeply_EndsAndKeepsWhatItHas()
    {
        var json = $$"""{"code":"900908","deep":{{string.Concat(Enumerable.Repeat("{\"code\":", 10_000))}}""";
        var xml = $"<fault><code>900908</code>{string.Concat(Enumerable.Repeat("<code>", 10_000))}1";

        Assert.Equal(("900908", "900908"), (Find(json)?.Code, Find(xml)?.Code));
        Assert.Null(Find(string.Concat(Enumerable.Repeat("<a>", 10_000)) + "<code>900908</code>")?.Code);
    }

    [Theory]
    [InlineData("""{"code":1001,"code":1002,"message":"m","error_message":"x","description":"d","error_description":"x","nextAccessTime":"n","nextAccessTime":"x"}""")]
    [InlineData("<fault><code>1001</code><code>1002</code><message>m</message><message>x</message><description>d</description><description>x</description><nextAccessTime>n</nextAccessTime><nextAccessTime>x</nextAccessTime></fault>")]
    public void Texts_OfWhichThereAreTwo_AreTheFirst(string body)
    {
        var fault = Find(body)!;

        Assert.Equal(("1001", "m", "d", "n"), (fault.Code, fault.Message, fault.Description, fault.NextAccessTime));
    }

    [Theory]
    [InlineData("Status report", "other", true)]
    [InlineData("other", "Status report", false)]
    public void IsOfGateway_WithTwoTypes_GoesByTheFirst(string first, string second, bool expected) =>
        Assert.Equal(expected, Find($$"""{"code":404,"type":"{{first}}","type":"{{second}}","message":"m"}""")!.IsOfGateway);

    /// <summary>As deep as JSON is read, XML is, too.</summary>
    [Theory]
    [InlineData(64, "900908")]
    [InlineData(65, null)]
    public void Code_InTheDepth_IsFoundAsDeepAsJsonIsRead(int depth, string? expected)
    {
        var json = $$"""{{string.Concat(Enumerable.Repeat("{\"a\":", depth - 1))}}{"code":"900908"}{{new string('}', depth - 1)}}""";
        var xml = $"{string.Concat(Enumerable.Repeat("<a>", depth))}<code>900908</code>{string.Concat(Enumerable.Repeat("</a>", depth))}";

        Assert.Equal((expected, expected), (Find(json)?.Code, Find(xml)?.Code));
    }

    [Fact]
    public void Find_InBytesThatAreNoUtf8_LosesNothingElse()
    {
        var fault = GatewayFault.Find([.. "{\"message\":\"caf"u8, 0xe9, .. "\",\"code\":\"900908\"}"u8])!;

        Assert.Equal(("caf\ufffd", "900908"), (fault.Message, fault.Code));
        Assert.Null(GatewayFault.Find([.. Encoding.Unicode.GetPreamble(), .. Encoding.Unicode.GetBytes("<fault><code>900908</code></fault>")]));
    }

    private static GatewayFault? Find(string body) => GatewayFault.Find(Encoding.UTF8.GetBytes(body));
}
