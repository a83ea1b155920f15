using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Web;

namespace OAuthClient.Tests.Diagnostics;

/// <summary>Secrets whose every piece holds a character that some spelling escapes.</summary>
public sealed class EscapedSecretTests
{
    private const string Quoted = "a\"b\\c\"d\\e\"f\\g\"h";
    private const string Added = "a+b+c+d+e+f+g+h";
    private const string Accented = "aébècüdöeäfßgñh";
    private const string Hidden = "(not shown, since it repeats what was sent)";

    private static readonly JsonSerializerOptions _json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static TheoryData<string, string, string> Spellings => new()
    {
        { "json", Quoted, Json(Quoted) },
        { "json within json", Quoted, Json(Json(Quoted)) },
        { "json within json within json", Quoted, Json(Json(Json(Quoted))) },
        { "hexadecimal reference", Added, Added.Replace("+", "&#x2B;", StringComparison.Ordinal) },
        { "decimal reference", Added, Added.Replace("+", "&#43;", StringComparison.Ordinal) },
        { "percent", Added, Added.Replace("+", "%2B", StringComparison.Ordinal) },
        { "as spaces", Added, Added.Replace('+', ' ') },
        { "Latin-1 percent", Accented, HttpUtility.UrlEncode(Accented, Encoding.Latin1) },
        { "Latin-1 percent in upper case", Accented, HttpUtility.UrlEncode(Accented, Encoding.Latin1).ToUpperInvariant() },
        { "UTF-8 percent", Accented, HttpUtility.UrlEncode(Accented, Encoding.UTF8) },
    };

    [Theory]
    [MemberData(nameof(Spellings))]
    public void Redact_SecretInASpellingThatEscapesIt_ShowsNothing(string spelling, string secret, string echo)
    {
        var shown = SafeText.Redact($"Wrong: {echo}.", secret);

        Assert.True(shown == Hidden, $"{spelling}: {shown}");
    }

    [Theory]
    [InlineData("The file C:\\keys\\idp.json holds a \\\"kid\\\" that is not known.")]
    [InlineData("Ask for read+write, or for A &#43; B &#x2B; C.")]
    [InlineData("Gr%FC%DFe: caf%E9 and caf%C3%A9 are closed.")]
    [InlineData("a+b is not c+d; a\"b and c\\d are neither.")]
    public void Redact_TextThatHoldsTheSameEscapesAndNoSecret_IsShown(string text) =>
        Assert.Equal(text, SafeText.Redact(text, Quoted, Added, Accented));

    private static string Json(string text) => JsonSerializer.Serialize(text, _json);
}
