using System.Xml;

namespace OAuthClient.Http;

// The error code in a gateway's answer, whatever its shape and whatever its Content-Type claims.
internal static class GatewayError
{
    // How much of an answer is looked at.
    public const int MaxLength = 16 * 1024;

    // For an answer whose headers are there already, and on which nothing hangs but whether a resend is worth it.
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(10);

    // What to do about a 401 that no token can cure; null where a new token may.
    public static string? GetRemedy(string? code) => code switch
    {
        "900902" => "the gateway found no credentials where it looks for them; check HeaderName and HeaderScheme",
        "900905" => "the API takes another type of token",
        "900907" => "the API is blocked",
        "900908" => "the application is not subscribed to the API; subscribe it in the developer portal",
        "900909" => "the application's subscription is not active",
        "900911" => "the gateway does not know the API's definition",
        _ => null,
    };

    // True for the codes of a token that is at fault: missing, invalid, expired or not active any more.
    public static bool IsCurable(string? code) => code is "900900" or "900901" or "900903" or "900904";

    // Reads the code and leaves the response's content as it was. Null where it takes too long to come, too.
    public static async ValueTask<string?> ReadCodeAsync(HttpResponseMessage response, TimeProvider timeProvider, bool async, CancellationToken cancellationToken)
    {
        var start = await PeekedContent.PeekAsync(response, MaxLength, _patience, timeProvider, async, cancellationToken).ConfigureAwait(false);
        return FindCode(start.Span);
    }

    public static string? FindCode(ReadOnlySpan<byte> body)
    {
        var text = body.TrimStart(" \t\r\n"u8);
        if (text.StartsWith(Encoding.UTF8.Preamble))
            text = text[Encoding.UTF8.Preamble.Length..];
        return text.IsEmpty ? null : text[0] switch
        {
            (byte)'{' => FindJsonCode(text),
            (byte)'<' => FindXmlCode(text.ToArray()),
            _ => null,
        };
    }

    // The outermost counts, wherever it stands: deeper ones belong to details.
    private static string? FindJsonCode(ReadOnlySpan<byte> text)
    {
        string? code = null;
        var depth = int.MaxValue;
        try
        {
            var reader = new Utf8JsonReader(text);
            while (reader.Read())
            {
                if (reader.TokenType != JsonTokenType.PropertyName || reader.CurrentDepth >= depth || !reader.ValueTextEquals("code"u8))
                    continue;
                var found = reader.CurrentDepth;
                reader.Read();
                if (reader.TokenType is JsonTokenType.String or JsonTokenType.Number)
                    (code, depth) = (reader.TokenType == JsonTokenType.String ? reader.GetString() : Encoding.UTF8.GetString(reader.ValueSpan), found);
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // Not what it looked like, or only its start.
        }

        return code;
    }

    private static string? FindXmlCode(byte[] text)
    {
        string? code = null;
        var depth = int.MaxValue;
        try
        {
            using var reader = XmlReader.Create(new MemoryStream(text), new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null });
            while (!reader.EOF)
            {
                if (reader.NodeType == XmlNodeType.Element && reader.Depth < depth && reader.LocalName == "code")
                    (depth, code) = (reader.Depth, reader.ReadElementContentAsString().Trim());
                else
                    reader.Read();
            }
        }
        catch (Exception exception) when (exception is XmlException or InvalidOperationException)
        {
            // Not what it looked like, or only its start.
        }

        return code;
    }
}
