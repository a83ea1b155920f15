using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace CallApi;

/// <summary>Reads the program's own keys and gathers all that is wrong with them, so that one run tells everything.</summary>
internal sealed class SettingsReader(IConfiguration configuration)
{
    private readonly List<string> _problems = [];

    public Uri? Url()
    {
        if (Text("Url") is not { } text)
            return null;

        // On Unix a leading slash makes an absolute file URI.
        if (text[0] == '/' || !Uri.TryCreate(text, UriKind.Absolute, out var url))
            return new Uri(text, UriKind.Relative);
        var shown = url.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped);
        var isHttp = url.Scheme == Uri.UriSchemeHttp;
        if (!isHttp && url.Scheme != Uri.UriSchemeHttps)
            return Refuse<Uri>($"Url must start with https://, or be relative to OAuth2:BaseAddress, but is '{shown}'.");
        return !isHttp || url.IsLoopback || IsTrue(Text("OAuth2:AllowInsecureHttp"))
            ? url
            : Refuse<Uri>($"Url must be an https address, since a token must not travel over plain http, but is '{shown}'. For a host inside your network set OAuth2:AllowInsecureHttp.");
    }

    public HttpMethod? Method()
    {
        try
        {
            return Text("Method") is { } text ? HttpMethod.Parse(text.ToUpperInvariant()) : null;
        }
        catch (FormatException)
        {
            return Refuse<HttpMethod>("Method must be one word such as GET or POST.");
        }
    }

    public byte[]? Body()
    {
        if (configuration["Body"] is not { Length: > 0 } text)
            return null;
        if (text[0] != '@')
            return Encoding.UTF8.GetBytes(text);
        try
        {
            return File.ReadAllBytes(text[1..]);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return Refuse<byte[]>($"Body names a file that cannot be read: {exception.Message}");
        }
    }

    public MediaTypeHeaderValue? ContentType() =>
        Text("ContentType") is not { } text ? null
        : MediaTypeHeaderValue.TryParse(text, out var type) ? type
        : Refuse<MediaTypeHeaderValue>($"ContentType must be a media type such as application/xml, but is '{text}'.");

    public int? WholeNumber(string key, int maximum) =>
        Text(key) is not { } text ? null
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1 && number <= maximum ? number
        : Refuse<int?>($"{key} must be a whole number from 1 to {maximum}, but is '{text}'.");

    public TimeSpan? Seconds() =>
        Text("Seconds") is not { } text ? null
        : double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) && seconds is > 0 and <= 604_800 ? TimeSpan.FromSeconds(seconds)
        : Refuse<TimeSpan?>($"Seconds must be a number above 0, at most 604800 (a week), but is '{text}'.");

    public bool Switch(string key) =>
        Text(key) is { } text && (IsTrue(text) || (!IsFalse(text) && Refuse<bool>($"{key} must be true or false, but is '{text}'.")));

    public LogLevel? Verbosity() => Text("Verbose") switch
    {
        null => null,
        var text when IsFalse(text) => null,
        var text when IsTrue(text) => LogLevel.Warning,
        var text when text.Equals("Debug", StringComparison.OrdinalIgnoreCase) => LogLevel.Debug,
        var text => Refuse<LogLevel?>($"Verbose must be true, false or Debug, but is '{text}'."),
    };

    public void Require(bool condition, string problem)
    {
        if (!condition && _problems.Count == 0)
            _problems.Add(problem);
    }

    public void ThrowIfInvalid()
    {
        if (_problems.Count > 0)
            throw new SettingsException(string.Join(Environment.NewLine, _problems));
    }

    private T? Refuse<T>(string problem)
    {
        _problems.Add(problem);
        return default;
    }

    private string? Text(string key) => string.IsNullOrWhiteSpace(configuration[key]) ? null : configuration[key]!.Trim();

    // A switch from the environment is often a number.
    private static bool IsTrue(string? text) => text is "1" || "true".Equals(text, StringComparison.OrdinalIgnoreCase);

    private static bool IsFalse(string? text) => text is "0" || "false".Equals(text, StringComparison.OrdinalIgnoreCase);
}
