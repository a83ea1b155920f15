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

    public TokenStore? TokenStore()
    {
        var keyFile = Text("TokenStoreKeyFile");
        if (Text("TokenStore") is not { } text)
            return keyFile is null ? null : Refuse<TokenStore>($"TokenStoreKeyFile is for a TokenStore, and none is set. Set TokenStore to {CallApi.TokenStore.Forms}, or leave it out.");
        if (text.Split(':', 2) is not [var kind, { Length: > 0 } place])
            return RefuseStore(text);
        if (kind == CallApi.TokenStore.File)
            return new TokenStore(kind, FullPath(place), FullPath(keyFile ?? Path.Combine(place, "key")));
        if (kind != CallApi.TokenStore.Redis || !HasHostAndPort(place))
            return RefuseStore(text);
        return keyFile is not null
            ? new TokenStore(kind, place, FullPath(keyFile))
            : Refuse<TokenStore>("TokenStoreKeyFile is not set, and a store in Redis needs it: whoever reads Redis is not to read the tokens. Name a file, which is made where it is missing, and which all who share tokens have a copy of.");
    }

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

    // What follows a host may hold a password.
    private TokenStore? RefuseStore(string text) =>
        Refuse<TokenStore>($"TokenStore must be {CallApi.TokenStore.Forms}, but is '{(text.AsSpan().IndexOfAny(',', '@') < 0 ? text : text.Split(':', ',', '@')[0] + ":...")}'.");

    // And, after a comma, what else StackExchange.Redis needs to know.
    private static bool HasHostAndPort(string place) =>
        place.Split(',')[0] is var address && address.LastIndexOf(':') is > 0 and var colon
            && Uri.CheckHostName(address[..colon].Trim('[', ']')) != UriHostNameType.Unknown
            && int.TryParse(address.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and <= 65_535;

    // A shell leaves a ~ alone that does not begin a word.
    private static string FullPath(string path) =>
        Path.GetFullPath(path is "~" || path.StartsWith("~/", StringComparison.Ordinal) ? Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify) + path[1..] : path);

    private string? Text(string key) => string.IsNullOrWhiteSpace(configuration[key]) ? null : configuration[key]!.Trim();

    // A switch from the environment is often a number.
    private static bool IsTrue(string? text) => text is "1" || "true".Equals(text, StringComparison.OrdinalIgnoreCase);

    private static bool IsFalse(string? text) => text is "0" || "false".Equals(text, StringComparison.OrdinalIgnoreCase);
}
