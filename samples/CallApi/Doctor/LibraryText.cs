using System.Text;
using System.Text.RegularExpressions;

namespace CallApi;

/// <summary>The library's messages, in this program's words.</summary>
internal static class LibraryText
{
    /// <summary>What happened, and what helps: the sentences after the first that is not part of a quotation.</summary>
    public static Failure Split(string message)
    {
        var text = NameSettings(message);
        var isQuoted = false;
        for (var i = 0; i + 1 < text.Length; i++)
        {
            isQuoted ^= text[i] == '"';
            if (!isQuoted && text[i] == '.' && text[i + 1] == ' ')
                return new Failure(text[..i], text[(i + 2)..]);
        }

        return new Failure(text.TrimEnd('.'), text);
    }

    /// <summary>The library's settings are here those of the section OAuth2, or of a further client's.</summary>
    public static string NameSettings(string message)
    {
        // What comes after a client's name is of its settings: text, name, text, name, text.
        var parts = Regex.Split(message, "OAuth2 client '([^']+)': ");
        var text = new StringBuilder(ApiFailure.NameSettings(parts[0]));
        for (var i = 1; i < parts.Length; i += 2)
            text.Append(parts[i] == ClientHost.Name ? ApiFailure.NameSettings(parts[i + 1]) : $"client '{parts[i]}': {ApiFailure.NameSettings(parts[i + 1], $"{FurtherClients.Section}:{parts[i]}")}");
        return text.ToString();
    }
}
