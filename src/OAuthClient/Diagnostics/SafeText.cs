using System.Net;
using System.Text;
using System.Text.Encodings.Web;

namespace OAuthClient;

/// <summary>Makes text from outside fit for messages and logs.</summary>
internal static class SafeText
{
    private const int MaxLength = 256;

    /// <summary>At most 256 characters, control characters replaced by spaces.</summary>
    public static string Shorten(string text)
    {
        var safe = new StringBuilder(Math.Min(text.Length, MaxLength) + 1);
        foreach (var c in text.AsSpan(0, Math.Min(text.Length, MaxLength)))
            safe.Append(char.IsControl(c) || char.IsSurrogate(c) || c is '\u2028' or '\u2029' ? ' ' : c);
        return text.Length > MaxLength ? safe.Append('…').ToString() : safe.ToString();
    }

    /// <summary><see cref="Shorten"/>, and each of the secrets that the text may echo, as it is or encoded for a form, a page or JSON, replaced by asterisks.</summary>
    public static string? Redact(string? text, params ReadOnlySpan<string?> secrets)
    {
        if (text is null)
            return null;
        var echoes = new HashSet<string>(StringComparer.Ordinal);
        foreach (var secret in secrets)
        {
            if (!string.IsNullOrEmpty(secret))
                echoes.UnionWith(Spell(secret));
        }

        // The longest first, or the end of one that begins with another would stay.
        foreach (var echo in echoes.OrderByDescending(echo => echo.Length))
            text = text.Replace(echo, "***", StringComparison.OrdinalIgnoreCase);
        return Shorten(text);
    }

    // A form is written with a plus for a space and all else escaped; servers encode what they got in ways of their own.
    private static string[] Spell(string secret)
    {
        var escaped = Uri.EscapeDataString(secret);
        return
        [
            secret,
            escaped,
            escaped.Replace("%20", "+", StringComparison.Ordinal),
            WebUtility.UrlEncode(secret),
            WebUtility.HtmlEncode(secret),
            JavaScriptEncoder.Default.Encode(secret),
            JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(secret),
        ];
    }

    /// <summary>An address without user information, query and fragment, any of which may hold a secret, and redacted as other text is.</summary>
    public static string Show(Uri uri, params ReadOnlySpan<string?> secrets)
    {
        // Other schemes have user information where Uri sees but a path.
        var isHttp = uri.IsAbsoluteUri && (uri.Scheme == Uri.UriSchemeHttps || uri.Scheme == Uri.UriSchemeHttp);
        return Redact(isHttp ? uri.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped) : Strip(uri.OriginalString), secrets)!;
    }

    /// <summary>The same for text that should be an address and may be none.</summary>
    public static string ShowAddress(string text) => Shorten(Strip(text));

    private static string Strip(string text)
    {
        var address = text.Split('?', '#')[0];
        var start = address.IndexOf("//", StringComparison.Ordinal) is >= 0 and var slashes ? slashes + 2 : 0;
        var end = address.LastIndexOf('@') + 1;
        return end > start ? address.Remove(start, end - start) : address;
    }
}
