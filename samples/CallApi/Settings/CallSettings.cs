using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using OAuthClient;

namespace CallApi;

/// <summary>The program's own keys. Those of the section OAuth2 are the library's to read and to check.</summary>
internal sealed record CallSettings
{
    /// <summary>Those that the environment may set too; the names of the others may well be there for another program.</summary>
    public static readonly string[] EnvironmentKeys =
        ["Profile", "Url", "Method", "Body", "ContentType", "Repeat", "Seconds", "Concurrency", "FollowRedirects", "Revoke", "ShowToken", "TokenStore", "TokenStoreKeyFile", "Verbose", "CaCert"];

    public static readonly string[] Keys =
        [.. EnvironmentKeys, "Headers", "Include", "Output", "Silent", "Timeout", "Proxy"];

    public static readonly string[] Switches = ["FollowRedirects", "Revoke", "ShowToken", "Verbose", "Include", "Silent"];

    public Uri? Url { get; private init; }

    public HttpMethod Method { get; private init; } = HttpMethod.Get;

    public byte[]? Body { get; private init; }

    public MediaTypeHeaderValue? ContentType { get; private init; }

    /// <summary>Further headers of the call; one without a value is left out where it is sent otherwise.</summary>
    public IReadOnlyList<(string Name, string Value)> Headers { get; private init; } = [];

    /// <summary>True where status and headers are written before the body.</summary>
    public bool Include { get; private init; }

    /// <summary>The file that the body goes to; null: to stdout.</summary>
    public string? Output { get; private init; }

    /// <summary>True where no timing is shown.</summary>
    public bool Silent { get; private init; }

    /// <summary>How long a call may take; null: as long as HttpClient lets it.</summary>
    public TimeSpan? Timeout { get; private init; }

    public Network Network { get; private init; } = new(null, null);

    public int? Repeat { get; private init; }

    public TimeSpan? Duration { get; private init; }

    public int Concurrency { get; private init; } = 1;

    public bool FollowRedirects { get; private init; }

    public bool Revoke { get; private init; }

    public bool ShowToken { get; private init; }

    /// <summary>Null where each run gets a token of its own.</summary>
    public TokenStore? TokenStore { get; private init; }

    public LogLevel? LogLevel { get; private init; }

    /// <summary>True where the result is a report, false where it is the body of one call.</summary>
    public bool IsRun => Repeat is not null || Duration is not null;

    /// <summary>Scheme, host and port of an absolute Url.</summary>
    public Uri? Origin => Url is { IsAbsoluteUri: true } ? new Uri(Url.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped)) : null;

    /// <summary>Reads and checks the settings.</summary>
    /// <param name="configuration">Where they stand.</param>
    /// <param name="needsUrl">False where a token is enough.</param>
    public static CallSettings Read(IConfiguration configuration, bool needsUrl = true)
    {
        var reader = new SettingsReader(configuration);
        var body = reader.Body();
        var (headers, ownType) = reader.Headers();
        var settings = new CallSettings
        {
            Url = reader.Url(),
            Body = body,
            Method = reader.Method() ?? (body is null ? HttpMethod.Get : HttpMethod.Post),
            ContentType = ownType ?? reader.ContentType() ?? GuessType(body),
            Headers = headers,
            Include = reader.Switch("Include"),
            Output = reader.Text("Output"),
            Silent = reader.Switch("Silent"),
            Timeout = reader.Seconds("Timeout"),
            Network = new Network(reader.Proxy(), reader.Authorities()),
            Repeat = reader.WholeNumber("Repeat", int.MaxValue),
            Duration = reader.Seconds("Seconds"),
            Concurrency = reader.WholeNumber("Concurrency", 1024) ?? 1,
            FollowRedirects = reader.Switch("FollowRedirects"),
            Revoke = reader.Switch("Revoke"),
            ShowToken = reader.Switch("ShowToken"),
            TokenStore = reader.TokenStore(),
            LogLevel = reader.Verbosity(),
        };
        reader.Require(!needsUrl || settings.Url is not null || (settings.ShowToken && !settings.IsRun), "Url is not set. Give the address that is to be called, such as https://api.example/orders; --help shows more.");
        reader.Require(settings.Concurrency is 1 || settings.IsRun, "Concurrency is for many calls. Set Repeat or Seconds too, or leave it out.");
        reader.Require(settings.Output is null || !settings.IsRun, "Output is for the body of one call. Leave it out, or Repeat and Seconds.");
        reader.ThrowIfInvalid();
        return settings;
    }

    public CallSettings WithoutStore() => this with { TokenStore = null };

    /// <summary>What can only be told once connection and provider have filled in the client's options.</summary>
    public void Check(OAuth2ClientOptions options)
    {
        if (Url is { IsAbsoluteUri: false } && options.BaseAddress is null)
            throw new SettingsException($"Url '{Url}' is relative, and there is nothing to append it to. Set OAuth2:BaseAddress, or write the Url in full, from https:// on.");
        if (Revoke && options is { RevocationEndpoint: null, Issuer: null })
            throw new SettingsException("Revoke needs to know where: OAuth2:RevocationEndpoint is not set. Set it, or OAuth2:Provider for a built-in one.");
    }

    /// <summary>The address to call. A relative Url is appended to the base address, whether or not that ends in a slash.</summary>
    public Uri Resolve(Uri? baseAddress) => Url is { IsAbsoluteUri: true } ? Url : new Uri($"{baseAddress!.AbsoluteUri.TrimEnd('/')}/{Url!.OriginalString.TrimStart('/')}");

    private static MediaTypeHeaderValue? GuessType(byte[]? body) => body switch
    {
        null => null,
        _ when IsJson(body) => new("application/json", "utf-8"),
        _ when Regex.IsMatch(Encoding.UTF8.GetString(body), @"^[^=&\s]+=[^=&\s]*(&[^=&\s]+=[^=&\s]*)*$") => new("application/x-www-form-urlencoded"),
        _ => new("text/plain", "utf-8"),
    };

    private static bool IsJson(byte[] body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
