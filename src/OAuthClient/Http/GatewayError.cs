using System.Xml;

namespace OAuthClient.Http;

// The error code in a gateway's answer, whatever its shape and whatever its Content-Type claims.
internal static class GatewayError
{
    public const int MaxLength = 16 * 1024;
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(10); // For an answer whose headers are there already, and on which nothing hangs but whether a resend is worth it.

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

    public static async ValueTask<string?> ReadCodeAsync(HttpResponseMessage response, TimeProvider timeProvider, bool async, CancellationToken cancellationToken) =>
        FindCode((await PeekedContent.PeekAsync(response, MaxLength, _patience, timeProvider, async, cancellationToken).ConfigureAwait(false)).Span);

    // The outermost counts, wherever it stands: deeper ones belong to details.
    public static string? FindCode(ReadOnlySpan<byte> body)
    {
        var text = body.TrimStart(" \t\r\n"u8);
        if (text.StartsWith(Encoding.UTF8.Preamble))
            text = text[Encoding.UTF8.Preamble.Length..];
        var (code, depth) = (default(string), int.MaxValue);
        try
        {
            if (text.StartsWith("{"u8))
            {
                var json = new Utf8JsonReader(text);
                while (json.Read())
                {
                    if (json.TokenType != JsonTokenType.PropertyName || json.CurrentDepth >= depth || !json.ValueTextEquals("code"u8))
                        continue;
                    var found = json.CurrentDepth;
                    json.Read();
                    if (json.TokenType is JsonTokenType.String or JsonTokenType.Number)
                        (code, depth) = (json.TokenType == JsonTokenType.String ? json.GetString() : Encoding.UTF8.GetString(json.ValueSpan), found);
                }
            }
            else if (text.StartsWith("<"u8))
            {
                using var xml = XmlReader.Create(new MemoryStream(text.ToArray()), new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null });
                while (!xml.EOF)
                {
                    if (xml.NodeType == XmlNodeType.Element && xml.Depth < depth && xml.LocalName == "code")
                        (depth, code) = (xml.Depth, xml.ReadElementContentAsString().Trim());
                    else
                        xml.Read();
                }
            }
        }
        catch (Exception exception) when (exception is JsonException or XmlException or InvalidOperationException)
        {
            // Not what it looked like, or only its start.
        }

        return code;
    }
}
