using System.Xml;

namespace OAuthClient.Http;

// What a gateway says in the body of an error, whatever its shape and whatever its Content-Type claims.
internal sealed class GatewayFault
{
    public const int MaxPeek = 16 * 1024; // For a call that waits for it.
    private const int MaxDepth = 64; // As deep as JSON is read.

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(10); // For an answer whose headers are there already, and on which nothing hangs but what to say and whether a resend is worth it.
    private static readonly string[] _names = ["code", "message", "error_message", "description", "error_description", "error", "type", "nextAccessTime"];

    private int _members;
    private string? _error;
    private string? _type;

    public string? Code { get; private set; }
    public string? Message { get; private set; }
    public string? Description { get; private set; }
    public string? NextAccessTime { get; private set; }

    // False where it is the API's own: an error with a code that no gateway has, or of another shape.
    public bool IsOfGateway => Code is null
        ? _members == 2 && _error is not null && Message is not null
        : GatewayCodes.IsKnown(Code) || (Code.Length is >= 3 and <= 6 && Code.All(char.IsAsciiDigit) && Message is not null && (Description is not null || _type == "Status report"));

    // The start of the answer's body is read, and stays where it is for whoever reads it next.
    public static async ValueTask<GatewayFault?> ReadAsync(HttpResponseMessage response, int limit, TimeProvider timeProvider, bool async, CancellationToken cancellationToken)
    {
        var start = await PeekedContent.PeekAsync(response, limit, _patience, timeProvider, async, cancellationToken).ConfigureAwait(false);
        var encodings = response.Content.Headers.ContentEncoding;
        return Find(start.IsEmpty || encodings.Count == 0 ? start.Span : BoundedContent.Decode(start.ToArray(), encodings, limit));
    }

    // The outermost that has a code, wherever that stands: deeper ones belong to details. Null where there is nothing of the kind.
    public static GatewayFault? Find(ReadOnlySpan<byte> body)
    {
        var text = body.TrimStart(" \t\r\n"u8);
        if (text.StartsWith(Encoding.UTF8.Preamble))
            text = text[Encoding.UTF8.Preamble.Length..];
        var search = new Search();
        try
        {
            if (text.StartsWith("{"u8))
                ReadJson(text, search);
            else if (text.StartsWith("<"u8))
                ReadXml(text, search);
        }
        catch (Exception exception) when (exception is JsonException or XmlException or InvalidOperationException)
        {
            // Not what it looked like, or only its start.
        }

        return search.End();
    }

    private static void ReadJson(ReadOnlySpan<byte> text, Search search)
    {
        var json = new Utf8JsonReader(text);
        string? name = null;
        while (json.Read())
        {
            switch (json.TokenType)
            {
                case JsonTokenType.PropertyName:
                    name = NameOf(ref json);
                    if (json.CurrentDepth == 1)
                        search.At(0)._members++;
                    continue;
                case JsonTokenType.StartObject:
                    search.Open(json.CurrentDepth);
                    break;
                case JsonTokenType.EndObject:
                    search.Close(json.CurrentDepth);
                    break;
                case JsonTokenType.String or JsonTokenType.Number when name is not null:
                    search.At(json.CurrentDepth - 1).Set(name, TextOf(ref json));
                    break;
            }

            name = null;
        }
    }

    private static void ReadXml(ReadOnlySpan<byte> text, Search search)
    {
        using var xml = XmlReader.Create(new MemoryStream(text.ToArray()), new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null });
        string? name = null;
        while (xml.Read())
        {
            switch (xml.NodeType)
            {
                case XmlNodeType.Element:
                    search.Open(xml.Depth);
                    name = xml.Depth is > 0 and <= MaxDepth && !xml.IsEmptyElement ? Array.Find(_names, known => known == xml.LocalName) : null;
                    break;
                case XmlNodeType.Text or XmlNodeType.CDATA when name is not null:
                    search.At(xml.Depth - 2).Set(name, xml.Value);
                    name = null;
                    break;
                case XmlNodeType.EndElement:
                    search.Close(xml.Depth);
                    name = null;
                    break;
            }
        }
    }

    private static string? NameOf(ref Utf8JsonReader json)
    {
        foreach (var name in _names)
        {
            if (json.ValueTextEquals(name))
                return name;
        }

        return null;
    }

    // Half a character, and bytes that are no UTF-8, cost their text and not what stands beside it.
    private static string TextOf(ref Utf8JsonReader json)
    {
        try
        {
            if (json.TokenType == JsonTokenType.String)
                return json.GetString()!;
        }
        catch (InvalidOperationException)
        {
        }

        return Encoding.UTF8.GetString(json.ValueSpan);
    }

    // Of two of a name the first counts.
    private void Set(string name, string text)
    {
        switch (name)
        {
            case "code":
                Code ??= text.Trim();
                break;
            case "message" or "error_message":
                Message ??= text;
                break;
            case "description" or "error_description":
                Description ??= text;
                break;
            case "error":
                _error ??= text;
                break;
            case "type":
                _type ??= text;
                break;
            default:
                NextAccessTime ??= text;
                break;
        }
    }

    // What has been read so far of the objects or elements around a place, by their depth, and the outermost with a code.
    private sealed class Search
    {
        private readonly GatewayFault?[] _open = new GatewayFault?[MaxDepth + 1];
        private GatewayFault? _root;
        private GatewayFault? _found;
        private int _foundAt = int.MaxValue;

        public GatewayFault At(int depth) => _open[depth] ??= new GatewayFault();

        public void Open(int depth)
        {
            if (depth < _open.Length)
                _open[depth] = null;
        }

        public void Close(int depth)
        {
            if (depth >= _foundAt || depth >= _open.Length || _open[depth] is not { } fault)
                return;
            if (depth == 0)
                _root = fault;
            if (fault.Code is not null)
                (_found, _foundAt) = (fault, depth);
            _open[depth] = null;
        }

        // What was cut off counts as far as it goes.
        public GatewayFault? End()
        {
            for (var depth = 0; depth < _open.Length; depth++)
                Close(depth);
            return _found ?? _root;
        }
    }
}
