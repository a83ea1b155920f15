using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.OpenApi.Reader;
using SharpYaml;

namespace OAuthClient.OpenApi;

// Reads documents that may come from anywhere: no more of them than fits, nothing that they refer to elsewhere, and no failure but a DocumentException.
internal static class DocumentReader
{
    private const int MaxLength = 16 * 1024 * 1024;

    public static ApiDocument Read(string folder, string path)
    {
        if (path.Contains("://", StringComparison.Ordinal))
            throw new DocumentException(path, "is an address, and none is fetched. Download the document, look at it, and give the path of the file.");
        var file = Path.GetFullPath(Path.Combine(folder, path));
        try
        {
            using var stream = File.OpenRead(file);
            return Read(stream, path);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new DocumentException(path, $"is not there: there is no file {SafeText.Shorten(file)}. Have it copied beside the program, or give its full path.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new DocumentException(path, $"cannot be read: {SafeText.Shorten(exception.Message)}");
        }
    }

    public static ApiDocument Read(Stream stream)
    {
        var name = stream is FileStream { Name: var path } ? Path.GetFileName(path) : "(a stream)";
        try
        {
            return Read(stream, name);
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException or NotSupportedException)
        {
            throw new DocumentException(name, $"cannot be read: {SafeText.Shorten(exception.Message)} Open the stream where UseOpenApi is called, or give the path of a file.");
        }
    }

    private static ApiDocument Read(Stream stream, string name)
    {
        var text = ReadBounded(stream, name);
        try
        {
            var root = DocumentText.Parse(text);
            if (root is not JsonObject parts || (parts["openapi"] ?? parts["swagger"]) is null)
                throw new DocumentException(name, "is no OpenAPI document: it has neither openapi nor swagger at its top. Export the API's definition from the developer portal.");
            DocumentText.Trim(parts);
            var (document, diagnostic) = new OpenApiJsonReader().Read(parts, new Uri("file:///"), new OpenApiReaderSettings { LoadExternalRefs = false, RuleSet = ValidationRuleSet.GetEmptyRuleSet() });
            if (diagnostic?.Errors.FirstOrDefault() is { } error)
                throw new DocumentException(name, $"is wrong at {SafeText.Shorten(error.Pointer ?? "#")}: {EndSentence(error.Message)} Correct it there, or export the document anew.");
            return new ApiDocument(name, document ?? new OpenApiDocument());
        }
        catch (JsonException exception)
        {
            throw new DocumentException(name, string.Create(CultureInfo.InvariantCulture, $"is no JSON: line {exception.LineNumber + 1}: {EndSentence(exception.Message.Split(" LineNumber:", 2)[0].Split(" Path:", 2)[0])} Correct it there, or export the document anew."));
        }
        catch (YamlException exception)
        {
            throw new DocumentException(name, string.Create(CultureInfo.InvariantCulture, $"is no YAML: line {exception.Start.Line + 1}: {EndSentence(exception.Message.Split("): ", 2)[^1])} Correct it there, or export the document anew."));
        }
        catch (OpenApiUnsupportedSpecVersionException exception)
        {
            throw new DocumentException(name, $"is none that can be read: {EndSentence(exception.Message)} It must begin with swagger: \"2.0\", or openapi: 3.0, 3.1 or 3.2.");
        }
        catch (Exception exception) when (exception is not (DocumentException or OutOfMemoryException))
        {
            // A reader of such documents has many ways to fail.
            throw new DocumentException(name, $"cannot be read: {EndSentence(exception.Message)} Export it anew, or correct it.");
        }
    }

    private static byte[] ReadBounded(Stream stream, string name)
    {
        using var text = new MemoryStream();
        var piece = new byte[81920];
        for (int count; (count = stream.Read(piece)) > 0;)
        {
            text.Write(piece, 0, count);
            if (text.Length > MaxLength)
                throw new DocumentException(name, $"is longer than {MaxLength / 1024 / 1024} MiB, and so none that is read. Leave out the examples, or the operations that the program does not call.");
        }

        if (text.Length == 0)
            throw new DocumentException(name, "is empty, or a stream that has been read already. Give a file, or a stream that stands at its start.");
        return text.ToArray();
    }

    private static string EndSentence(string text) => SafeText.Shorten(text).TrimEnd('.', ' ') + ".";
}
