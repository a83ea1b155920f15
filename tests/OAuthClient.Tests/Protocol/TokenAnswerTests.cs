using System.Text;
using OAuthClient.Tests.Fuzzing;

namespace OAuthClient.Tests.Protocol;

public sealed class TokenAnswerTests
{
    [Fact]
    public void Parse_FullAnswer_ReadsEveryMember()
    {
        var response = Parse("""{"access_token":"a","token_type":"Bearer","scope":"x y","refresh_token":"r","expires_in":723,"id_token":"i","other":{"deep":[1,2]}}""")!;

        Assert.Equal(("a", "Bearer", "x y", "r", 723d), (response.AccessToken, response.TokenType, response.Scope, response.RefreshToken, response.ExpiresIn));
        Assert.Equal((null, null), (response.Error, response.ErrorDescription));
    }

    [Theory]
    [InlineData("3600", 3600d)]
    [InlineData("\"3600\"", 3600d)]
    [InlineData("\" 3600 \"", 3600d)]
    [InlineData("3600.5", 3600.5)]
    [InlineData("3.6e3", 3600d)]
    [InlineData("0", 0d)]
    [InlineData("-1", -1d)]
    [InlineData("9223372036854775", 9223372036854775d)]
    [InlineData("9223372036854775807000", 9223372036854775807000d)]
    [InlineData("1e999", null)]
    [InlineData("\"1e999\"", null)]
    [InlineData("\"NaN\"", null)]
    [InlineData("\"never\"", null)]
    [InlineData("\"1,5\"", null)]
    [InlineData("\"\"", null)]
    [InlineData("null", null)]
    [InlineData("true", null)]
    [InlineData("[3600]", null)]
    [InlineData("{\"seconds\":3600}", null)]
    public void Parse_ExpiresIn_IsReadInEveryForm(string value, double? expected)
    {
        var response = Parse($$"""{"expires_in":{{value}},"access_token":"a"}""")!;

        Assert.Equal((expected, "a"), (response.ExpiresIn, response.AccessToken));
    }

    [Theory]
    [InlineData("\"a b\"", "a b")]
    [InlineData("[\"a\",\"b\"]", "a b")]
    [InlineData("[\"a\",null,\"b\"]", "a b")]
    [InlineData("[]", null)]
    [InlineData("\"\"", null)]
    [InlineData("null", null)]
    public void Parse_Scope_IsReadInEveryForm(string value, string? expected)
    {
        var response = Parse($$"""{"scope":{{value}},"access_token":"a"}""")!;

        Assert.Equal((expected, "a", null), (response.Scope, response.AccessToken, response.Fault));
    }

    [Theory]
    [InlineData("access_token", "17")]
    [InlineData("access_token", "true")]
    [InlineData("access_token", "[\"a\"]")]
    [InlineData("access_token", "{\"a\":1}")]
    [InlineData("token_type", "1")]
    [InlineData("token_type", "[\"Bearer\"]")]
    [InlineData("refresh_token", "{}")]
    [InlineData("scope", "{\"a\":true}")]
    [InlineData("scope", "5")]
    [InlineData("scope", "[\"a\",{\"x\":1}]")]
    [InlineData("scope", "[[\"a\"]]")]
    public void Parse_MistypedMember_IsAFault(string member, string value) =>
        Assert.Equal($"holds the member {member}, but not as a string", Parse($$"""{"{{member}}":{{value}},"expires_in":60}""")!.Fault);

    [Theory]
    [InlineData("access_token", "\"a\"")]
    [InlineData("token_type", "\"Bearer\"")]
    [InlineData("refresh_token", "null")]
    [InlineData("scope", "[]")]
    [InlineData("expires_in", "60")]
    public void Parse_RepeatedMember_IsAFault(string member, string value) =>
        Assert.Equal($"holds the member {member} twice", Parse($$"""{"{{member}}":{{value}},"other":1,"{{member}}":{{value}},"other":2}""")!.Fault);

    /// <summary>What is wrong first is what is told.</summary>
    [Theory]
    [InlineData("""{"access_token":"a","access_token":"b","scope":"c","scope":"d"}""", "holds the member access_token twice")]
    [InlineData("""{"access_token":7,"token_type":7}""", "holds the member access_token, but not as a string")]
    [InlineData("""{"access_token":7,"scope":"c","scope":"d"}""", "holds the member access_token, but not as a string")]
    [InlineData("""{"scope":"c","scope":7}""", "holds the member scope twice")]
    public void Parse_SeveralFaults_TellsTheFirst(string body, string expected) => Assert.Equal(expected, Parse(body)!.Fault);

    /// <summary>An error that has been named stays one, and so does what was said of it.</summary>
    [Theory]
    [InlineData("""{"error":"a","error":"b","error_description":"c","error_description":"d"}""", "b", "d", true)]
    [InlineData("""{"error":"a","error":null,"error_description":"c","error_description":null}""", "a", "c", true)]
    [InlineData("""{"error":"a","error":"","error_description":"c","error_description":""}""", "a", "c", true)]
    [InlineData("""{"error":7,"error_description":8}""", "7", "8", false)]
    [InlineData("""{"error":"a","code":"b","error_description":"c","description":"d"}""", "a", "c", true)]
    [InlineData("""{"code":"b","error":"a","description":"d","error_description":"c"}""", "a", "c", true)]
    [InlineData("""{"code":"b","code":"a","description":"d","description":"c"}""", "b", "d", false)]
    [InlineData("""{"error":null,"code":9,"description":10}""", "9", "10", false)]
    public void Parse_Error_IsReadFromWhereItIsNamed(string body, string error, string description, bool namesError)
    {
        var answer = Parse(body)!;

        Assert.Equal((error, description, namesError), (answer.Error, answer.ErrorDescription, answer.NamesError));
    }

    [Fact]
    public void Parse_MemberRepeatedInEscapedForm_IsAFault() => Assert.Equal("holds the member access_token twice", Parse("{\"access_token\":\"a\",\"access\\u005ftoken\":\"b\"}")!.Fault);

    [Fact]
    public void Parse_MemberInOtherCase_IsAnother() => Assert.Null(Parse("""{"Access_Token":"a"}""")!.AccessToken);

    [Fact]
    public void Parse_EscapedMemberAndValue_AreRead() => Assert.Equal("täglich", Parse("{\"access\\u005ftoken\":\"t\\u00e4glich\"}")!.AccessToken);

    [Fact]
    public void Parse_ByteOrderMarkAndWhiteSpace_AreSkipped() =>
        Assert.Equal("a", Answers.Read((byte[])[.. Encoding.UTF8.Preamble, .. " \r\n{\"access_token\":\"a\"}\n "u8])!.AccessToken);

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("null")]
    [InlineData("\"access_token\"")]
    [InlineData("[{\"access_token\":\"a\"}]")]
    [InlineData("{\"access_token\":\"a\"")]
    [InlineData("{\"access_token\":\"a\"}x")]
    [InlineData("{\"access_token\":\"a\"}{}")]
    [InlineData("{\"access_token\":\"a\",}")]
    [InlineData("{\"access_token\":\"a\"/*c*/}")]
    [InlineData("{'access_token':'a'}")]
    [InlineData("{\"access_token\":\"\\ud800\"}")]
    [InlineData("{\"access_token\":\"a\nb\"}")]
    [InlineData("access_token=a&token_type=Bearer")]
    public void Parse_NoJsonObject_IsNull(string body) => Assert.Null(Parse(body));

    [Fact]
    public void Parse_InvalidUtf8_IsNull() => Assert.Null(Answers.Read((byte[])[.. "{\"access_token\":\""u8, 0xff, 0xfe, .. "\"}"u8]));

    [Fact]
    public void Parse_DeepJson_IsNull()
    {
        var body = "{\"access_token\":\"a\",\"other\":" + new string('[', 100_000) + new string(']', 100_000) + "}";

        Assert.Null(Parse(body));
    }

    private static TokenAnswer? Parse(string body) => Answers.Read(Encoding.UTF8.GetBytes(body));
}
