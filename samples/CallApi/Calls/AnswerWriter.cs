using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace CallApi;

/// <summary>Writes an API's answer: byte for byte, but for JSON that somebody reads on a terminal.</summary>
internal sealed class AnswerWriter(CallSettings settings, Terminal terminal)
{
    private static readonly JsonSerializerOptions _indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public async Task WriteAsync(HttpResponseMessage response, CancellationToken stop)
    {
        var body = await response.Content.ReadAsByteArrayAsync(stop);
        var isShown = terminal.ShowsOutput && settings.Output is null;
        if (isShown)
            body = Indent(body);
        byte[] all = [.. settings.Include ? Encoding.UTF8.GetBytes(Head(response)) : [], .. body, .. isShown && body is not ([] or [.., (byte)'\n']) ? Encoding.UTF8.GetBytes(Environment.NewLine) : []];
        try
        {
            if (settings.Output is { } path)
                await File.WriteAllBytesAsync(path, all, stop);
            else
                await terminal.Output.WriteAsync(all, stop);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException && settings.Output is not null)
        {
            throw new SettingsException($"Output names a file that cannot be written: {exception.Message} The API was called, and answered {(int)response.StatusCode}.");
        }

        EndsInLine = all is [] or [.., (byte)'\n'] || settings.Output is not null;
    }

    /// <summary>True where what comes next begins a line.</summary>
    public bool EndsInLine { get; private set; } = true;

    private static string Head(HttpResponseMessage response)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"HTTP/{response.Version} {(int)response.StatusCode} {response.ReasonPhrase}\r\n");
        foreach (var (name, values) in response.Headers.NonValidated.Concat(response.Content.Headers.NonValidated))
        {
            foreach (var value in values)
                text.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        }

        return text.Append("\r\n").ToString();
    }

    private static byte[] Indent(byte[] body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return JsonSerializer.SerializeToUtf8Bytes(document.RootElement, _indented);
        }
        catch (JsonException)
        {
            return body;
        }
    }
}
