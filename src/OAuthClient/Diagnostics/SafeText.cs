using System.Web;

namespace OAuthClient.Diagnostics;

// Makes text from outside fit for messages and logs.
internal static class SafeText
{
    private const int MaxLength = 256;
    private const int PieceLength = 8; // So many characters of a secret in a row are a piece of it; fewer may be there by chance.
    private const int MinLength = 4;
    private const string Hidden = "(not shown, since it repeats what was sent)";

    // At most 256 characters, control characters replaced by spaces.
    public static string Shorten(string text)
    {
        var safe = new StringBuilder(Math.Min(text.Length, MaxLength) + 1);
        foreach (var c in text.AsSpan(0, Math.Min(text.Length, MaxLength)))
            safe.Append(char.IsControl(c) || char.IsSurrogate(c) || c is '\u2028' or '\u2029' ? ' ' : c);
        return text.Length > MaxLength ? safe.Append('…').ToString() : safe.ToString();
    }

    // Shorten; nothing of the text where one of the secrets, or a piece of one, is in it, in whatever spelling.
    public static string? Redact(string? text, params ReadOnlySpan<string?> secrets) =>
        text is null ? null : Holds(text[..Math.Min(text.Length, 2 * MaxLength)], secrets) ? Hidden : Shorten(text);

    // The exception, or what can be said of it where one of the secrets, or a piece of one, is in what it says.
    public static Exception? Hide(Exception? exception, params ReadOnlySpan<string?> secrets)
    {
        // The names of methods in a stack trace are nobody's secret.
        var text = string.Join('\n', (exception?.ToString() ?? "").Split('\n').Where(line => !line.StartsWith("   at ", StringComparison.Ordinal)));
        return Holds(text, secrets) ? new InvalidOperationException($"{exception!.GetType().Name}: what it says is not shown, since it holds a secret.") : exception;
    }

    // The text of a JSON string; null where there is half a character in it.
    public static string? Read(JsonElement text)
    {
        try
        {
            return text.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    // ClientSecret: client secret.
    public static string ToWords(string setting) => string.Concat(setting.Select((c, i) => char.IsUpper(c) ? $"{(i > 0 ? " " : "")}{char.ToLowerInvariant(c)}" : $"{c}"));

    private static bool Holds(string text, ReadOnlySpan<string?> secrets)
    {
        string[] plain = [.. secrets.ToArray().OfType<string>().Where(secret => secret.Length > 0)];
        string[] coded = [.. plain.SelectMany(Encode).Select(Flatten).Where(code => code.Length >= MinLength)];
        string[] unescaped = [.. plain.Select(Unescape)];
        return plain.Length > 0 && Read(text).Distinct().Any(reading => HasAny(reading, plain) || HasAny(Unescape(reading), unescaped) || HasAny(Flatten(reading), coded));
    }

    private static bool HasAny(string text, string[] secrets) =>
        secrets.Any(secret => SharesPiece(text, secret) || (secret.Length < PieceLength && text.Contains(secret, StringComparison.OrdinalIgnoreCase)));

    // The word "password" is in many passwords, and in what servers say of wrong ones.
    private static bool SharesPiece(string text, string secret)
    {
        for (var start = 0; start + PieceLength <= text.Length; start++)
        {
            var piece = text.AsSpan(start, PieceLength);
            if (secret.AsSpan().Contains(piece, StringComparison.OrdinalIgnoreCase) && !piece.Equals("password", StringComparison.OrdinalIgnoreCase))
                return true;
        }

        return false;
    }

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
            yield return HttpUtility.UrlDecode(escapes, Encoding.Latin1);
            text = HttpUtility.UrlDecode(escapes);
        }
    }

    // What is left where nobody can say any more what was an escape: a backslash is in JSON, a plus a space in forms.
    private static string Unescape(string text) => text.Replace("\\", "", StringComparison.Ordinal).Replace('+', ' ');

    // Digits without what differs from one alphabet to another, or may stand between them.
    private static string Flatten(string text) => string.Concat(text.Where(char.IsAsciiLetterOrDigit));

    // An address without user information, query and fragment, any of which may hold a secret, and redacted as other text is.
    public static string Show(Uri uri, params ReadOnlySpan<string?> secrets)
    {
        // Other schemes have user information where Uri sees but a path.
        var isHttp = uri.IsAbsoluteUri && (uri.Scheme == Uri.UriSchemeHttps || uri.Scheme == Uri.UriSchemeHttp);
        return Redact(isHttp ? uri.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped) : Strip(uri.OriginalString), secrets)!;
    }

    // The same for text that should be an address and may be none.
    public static string ShowAddress(string text) => Shorten(Strip(text));

    private static string Strip(string text)
    {
        var address = text.Split('?', '#')[0];
        var start = address.IndexOf("//", StringComparison.Ordinal) is >= 0 and var slashes ? slashes + 2 : 0;
        var end = address.LastIndexOf('@') + 1;
        return end > start ? address.Remove(start, end - start) : address;
    }
}
