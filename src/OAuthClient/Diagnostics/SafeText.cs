using System.Net;
using System.Text;
using System.Text.Encodings.Web;
using System.Web;

namespace OAuthClient;

/// <summary>Makes text from outside fit for messages and logs.</summary>
internal static class SafeText
{
    private const int MaxLength = 256;

    // So many characters of a secret in a row are a piece of it; fewer may be there by chance.
    private const int PieceLength = 8;
    private const int MinLength = 4;
    private const string Hidden = "(not shown, since it repeats what was sent)";

    /// <summary>At most 256 characters, control characters replaced by spaces.</summary>
    public static string Shorten(string text)
    {
        var safe = new StringBuilder(Math.Min(text.Length, MaxLength) + 1);
        foreach (var c in text.AsSpan(0, Math.Min(text.Length, MaxLength)))
            safe.Append(char.IsControl(c) || char.IsSurrogate(c) || c is '\u2028' or '\u2029' ? ' ' : c);
        return text.Length > MaxLength ? safe.Append('…').ToString() : safe.ToString();
    }

    /// <summary>
    /// <see cref="Shorten"/>, and each of the secrets that the text may echo, as it is or encoded for a form, a page or JSON, replaced by asterisks.
    /// Nothing of the text where a piece of a secret is left in it, in whatever spelling.
    /// </summary>
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

        // The longest first, or the end of one that begins with another would stay. The asterisks of a short one must not cut a piece of a
        // long one in two, so pieces are looked for before those are replaced.
        var ordered = echoes.OrderByDescending(echo => echo.Length).ToArray();
        foreach (var echo in ordered.Where(echo => echo.Length >= PieceLength))
            text = text.Replace(echo, "***", StringComparison.OrdinalIgnoreCase);
        var pieces = Shorten(text);
        foreach (var echo in ordered.Where(echo => echo.Length < PieceLength))
            text = text.Replace(echo, "***", StringComparison.OrdinalIgnoreCase);
        var shown = Shorten(text);
        return ordered.Length > 0 && (HoldsPiece(pieces, shown, secrets) || HoldsPiece(shown, shown, secrets)) ? Hidden : shown;
    }

    /// <summary>The exception, or what can be said of it where one of the secrets, or a piece of it, is in what it says.</summary>
    public static Exception? Hide(Exception? exception, params ReadOnlySpan<string?> secrets)
    {
        if (exception is null)
            return null;

        // The names of methods in a stack trace are nobody's secret.
        var text = string.Join('\n', exception.ToString().Split('\n').Where(line => !line.StartsWith("   at ", StringComparison.Ordinal)));
        var isSaid = HoldsPiece(text, text, secrets);
        foreach (var secret in secrets)
            isSaid |= secret is { Length: >= MinLength } && text.Contains(secret, StringComparison.OrdinalIgnoreCase);
        return isSaid ? new InvalidOperationException($"{exception.GetType().Name}: what it says is not shown, since it holds a secret.") : exception;
    }

    /// <summary>True where <paramref name="text"/> holds a piece of a secret, or <paramref name="rest"/> all of a short one.</summary>
    private static bool HoldsPiece(string text, string rest, ReadOnlySpan<string?> secrets)
    {
        var plain = secrets.ToArray().OfType<string>().ToArray();
        var coded = plain.SelectMany(Encode).Select(Flatten).ToArray();
        return Read(text).Any(reading => HasPiece(reading, plain) || HasPiece(Flatten(reading), coded))
            || Read(rest).Any(reading => HasWhole(reading, plain) || HasWhole(Flatten(reading), coded));
    }

    // The word "password" is in many passwords, and in what servers say of wrong ones.
    private static bool HasPiece(string text, string[] secrets)
    {
        for (var start = 0; start + PieceLength <= text.Length; start++)
        {
            var piece = text.AsSpan(start, PieceLength);
            foreach (var secret in secrets)
            {
                if (secret.AsSpan().Contains(piece, StringComparison.OrdinalIgnoreCase) && !piece.Equals("password", StringComparison.OrdinalIgnoreCase))
                    return true;
            }
        }

        return false;
    }

    private static bool HasWhole(string text, string[] secrets) =>
        secrets.Any(secret => secret.Length is >= MinLength and < PieceLength && text.Contains(secret, StringComparison.OrdinalIgnoreCase));

    // In hexadecimal digits, and in base64 wherever in a longer text it begins, but for the digits that its neighbours have a part in.
    private static IEnumerable<string> Encode(string secret)
    {
        var bytes = Encoding.UTF8.GetBytes(secret);
        yield return Convert.ToHexString(bytes);
        for (var before = 0; before < 3; before++)
        {
            var digits = Convert.ToBase64String([.. new byte[before], .. bytes]).TrimEnd('=');
            var start = before == 0 ? 0 : before + 1;
            var end = (before + bytes.Length) % 3 == 0 ? digits.Length : digits.Length - 1;
            yield return digits[Math.Min(start, end)..end];
        }
    }

    // The text as it is and as it reads with one, two and three layers of escapes taken off: those of forms, of pages and of JSON.
    private static IEnumerable<string> Read(string text)
    {
        for (var layer = 0; layer < 4; layer++)
        {
            yield return text;
            var escapes = WebUtility.HtmlDecode(text).Replace("\\u", "%u", StringComparison.Ordinal).Replace("\\x", "%", StringComparison.Ordinal);
            text = HttpUtility.UrlDecode(escapes.Replace("\\", "", StringComparison.Ordinal));
        }
    }

    // Digits without what differs from one alphabet to another, or may stand between them.
    private static string Flatten(string text) => string.Concat(text.Where(char.IsAsciiLetterOrDigit));

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
