using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
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
            return text is "@-" ? ReadInput() : File.ReadAllBytes(FullPath(text[1..]));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return Refuse<byte[]>($"Body names a file that cannot be read: {exception.Message}");
        }
    }

    /// <summary>The further headers of a call, and the type of its body where they hold it.</summary>
    public (IReadOnlyList<(string Name, string Value)> Headers, MediaTypeHeaderValue? ContentType) Headers()
    {
        var headers = new List<(string Name, string Value)>();
        MediaTypeHeaderValue? type = null;
        foreach (var text in configuration.GetSection("Headers").GetChildren().Select(header => header.Value ?? ""))
        {
            var (name, value) = text.Split(':', 2) is [var left, var right] ? (left.Trim(), right.Trim()) : ("", "");
            if (name.Length == 0 || name.Any(c => !char.IsAsciiLetterOrDigit(c) && !"!#$%&'*+-.^_`|~".Contains(c, StringComparison.Ordinal)) || value.Any(char.IsControl))
                Refuse<string>("Headers must be of the form 'Name: value', such as -H 'Accept: application/xml'.");
            else if (name.Equals("Content-Type", StringComparison.OrdinalIgnoreCase))
                type = MediaTypeHeaderValue.TryParse(value, out var parsed) ? parsed : Refuse<MediaTypeHeaderValue>($"The header Content-Type must be a media type such as application/xml, but is '{value}'.");
            else if (name.Equals(Text("OAuth2:HeaderName") ?? "Authorization", StringComparison.OrdinalIgnoreCase))
                Refuse<string>($"The header {name} is where the token goes. Leave it out; OAuth2:HeaderName and OAuth2:HeaderScheme say how the token is sent.");
            else if (name.ToUpperInvariant() is "CONTENT-LENGTH" or "TRANSFER-ENCODING" or "CONNECTION")
                Refuse<string>($"The header {name} is HTTP's own, and comes by itself. Leave it out.");
            else
                headers.Add((name, value));
        }

        return (headers, type);
    }

    public Uri? Proxy()
    {
        if (Text("Proxy") is not { } text)
            return null;

        // What it is may hold a password.
        return Uri.TryCreate(text.Contains("://", StringComparison.Ordinal) ? text : $"http://{text}", UriKind.Absolute, out var proxy) && proxy.Scheme is "http" or "https" or "socks5"
            ? proxy
            : Refuse<Uri>("Proxy must be an address such as http://proxy.example:3128.");
    }

    public X509Certificate2Collection? Authorities()
    {
        try
        {
            return Text("CaCert") is { } file ? Network.ReadAuthorities(FullPath(file)) : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException)
        {
            return Refuse<X509Certificate2Collection>($"CaCert must name a file with certificates in PEM: {exception.Message}");
        }
    }

    private static byte[] ReadInput()
    {
        using var input = Console.OpenStandardInput();
        using var copy = new MemoryStream();
        input.CopyTo(copy);
        return copy.ToArray();
    }

    public MediaTypeHeaderValue? ContentType() =>
        Text("ContentType") is not { } text ? null
        : MediaTypeHeaderValue.TryParse(text, out var type) ? type
        : Refuse<MediaTypeHeaderValue>($"ContentType must be a media type such as application/xml, but is '{text}'.");

    public int? WholeNumber(string key, int maximum) =>
        Text(key) is not { } text ? null
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1 && number <= maximum ? number
        : Refuse<int?>($"{key} must be a whole number from 1 to {maximum}, but is '{text}'.");

    public TimeSpan? Seconds(string key) =>
        Text(key) is not { } text ? null
        : double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) && seconds is > 0 and <= 604_800 ? TimeSpan.FromSeconds(seconds)
        : Refuse<TimeSpan?>($"{key} must be a number above 0, at most 604800 (a week), but is '{text}'.");

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
    public static string FullPath(string path) =>
        Path.GetFullPath(path is "~" || path.StartsWith("~/", StringComparison.Ordinal) ? Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify) + path[1..] : path);

    public string? Text(string key) => string.IsNullOrWhiteSpace(configuration[key]) ? null : configuration[key]!.Trim();

    // A switch from the environment is often a number.
    private static bool IsTrue(string? text) => text is "1" || "true".Equals(text, StringComparison.OrdinalIgnoreCase);

    private static bool IsFalse(string? text) => text is "0" || "false".Equals(text, StringComparison.OrdinalIgnoreCase);
}
