using System.Net;
using System.Text;
using System.Text.Json;

namespace OAuthClient.Tests.Diagnostics;

public sealed class SafeTextTests
{
    private const string Secret = "c4N*ry~/se+cr ét(9)!";

    public static TheoryData<string, string> Spellings => new()
    {
        { "percent", Uri.EscapeDataString(Secret) },
        { "form", WebUtility.UrlEncode(Secret) },
        // It leaves the asterisk as it is, and escapes the tilde.
        { "Java's URLEncoder", "c4N*ry%7E%2Fse%2Bcr+%C3%A9t%289%29%21" },
        { "lower case", Uri.EscapeDataString(Secret).ToLowerInvariant() },
        { "every character escaped", string.Concat(Encoding.UTF8.GetBytes(Secret).Select(b => $"%{b:x2}")) },
        { "twice", Uri.EscapeDataString(Uri.EscapeDataString(Secret)) },
        { "twice for a form", WebUtility.UrlEncode(WebUtility.UrlEncode(Secret)) },
        { "thrice", Uri.EscapeDataString(Uri.EscapeDataString(Uri.EscapeDataString(Secret))) },
        { "base64", Convert.ToBase64String(Encoding.UTF8.GetBytes(Secret)) },
        { "base64 after one more byte", Convert.ToBase64String(Encoding.UTF8.GetBytes(":" + Secret)) },
        { "base64 after two more bytes", Convert.ToBase64String(Encoding.UTF8.GetBytes("id:x:" + Secret + "tail")) },
        { "base64url", Convert.ToBase64String(Encoding.UTF8.GetBytes(Secret)).Replace('+', '-').Replace('/', '_').TrimEnd('=') },
        { "hex", Convert.ToHexString(Encoding.UTF8.GetBytes(Secret)).ToLowerInvariant() },
        { "hex with dashes", BitConverter.ToString(Encoding.UTF8.GetBytes(Secret)) },
        { "html", WebUtility.HtmlEncode(Secret) },
        { "html numbers", string.Concat(Secret.Select(c => $"&#x{(int)c:x};")) },
        { "json", JsonSerializer.Serialize(Secret) },
        { "json numbers", string.Concat(Secret.Select(c => $"\\u{(int)c:x4}")) },
        { "upper case", Secret.ToUpperInvariant() },
        { "the first eight", Secret[..8] },
        { "the first twelve of base64", Convert.ToBase64String(Encoding.UTF8.GetBytes(Secret))[..12] },
        { "the last ten", Secret[^10..] },
        { "nine from the middle", Secret.Substring(5, 9) },
    };

    [Theory]
    [MemberData(nameof(Spellings))]
    public void Redact_SecretInAnySpelling_ShowsNoPieceOfIt(string spelling, string echo)
    {
        var shown = SafeText.Redact($"Wrong: {echo}.", "other", Secret);

        Assert.True(shown == "(not shown, since it repeats what was sent)", $"{spelling}: {shown}");
    }

    [Fact]
    public void Redact_PieceThatAShortSecretWouldCutInTwo_IsNotShown() =>
        Assert.Equal("(not shown, since it repeats what was sent)", SafeText.Redact("Wrong: canary-se", "y", "canary-secret"));

    [Theory]
    [InlineData("cGFzcw==")]
    [InlineData("70617373")]
    [InlineData("%70%61%73%73")]
    public void Redact_ShortSecretInAnotherSpelling_IsNotShown(string echo) =>
        Assert.Equal("(not shown, since it repeats what was sent)", SafeText.Redact($"Wrong: {echo}", "pass"));

    [Theory]
    [InlineData("The password of alice is wrong; try again or reset it.")]
    [InlineData("Authentication failed, code 17003: the client may not use this grant.")]
    [InlineData("100 % of nothing \\u and \\x and &#x; %zz")]
    public void Redact_TextWithoutAnySecret_IsShown(string text) =>
        Assert.Equal(text, SafeText.Redact(text, "alice-password", "test-secret", "eyJhbGciOiJSUzI1NiJ9.e30.c2ln"));

    [Fact]
    public void Hide_ExceptionWithoutSecret_IsTheSame()
    {
        var exception = new InvalidOperationException("The vault is sealed.");

        Assert.Same(exception, SafeText.Hide(exception, "canary-secret", null, ""));
    }

    [Fact]
    public void Hide_ExceptionWithASecretDeepInside_SaysItsTypeAlone()
    {
        var exception = new InvalidOperationException("outer", new AggregateException(new IOException("login of alice:canary-secret failed")));

        Assert.Equal("InvalidOperationException: what it says is not shown, since it holds a secret.", SafeText.Hide(exception, "canary-secret")!.Message);
    }
}
