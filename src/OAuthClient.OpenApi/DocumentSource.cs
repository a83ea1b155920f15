using System.Runtime.CompilerServices;

namespace OAuthClient.OpenApi;

// A document that the user has named, or has given as a stream.
internal sealed class DocumentSource
{
    // A stream can be read once, and options are made anew whenever configuration changes.
    private static readonly ConditionalWeakTable<Stream, Lazy<ApiDocument>> _read = [];

    private readonly string? _path;
    private readonly Lazy<ApiDocument>? _document;

    public DocumentSource(string path) => _path = path;

    // Reads at once, while the stream is open; what is wrong with it is told by Read.
    public DocumentSource(Stream stream)
    {
        _document = _read.GetValue(stream, static document => new Lazy<ApiDocument>(() => DocumentReader.Read(document)));
        try
        {
            _ = _document.Value;
        }
        catch (DocumentException)
        {
        }
    }

    // Throws DocumentException. folder: Where relative files are.
    public ApiDocument Read(string folder) => _document?.Value ?? DocumentReader.Read(folder, _path!);
}
