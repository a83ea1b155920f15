using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using OAuthClient;

namespace CallApi;

/// <summary>The program's own keys. Those of the section OAuth2 are the library's to read and to check.</summary>
internal sealed record CallSettings
{
    public static readonly string[] Keys =
        ["Profile", "Url", "Method", "Body", "ContentType", "Repeat", "Seconds", "Concurrency", "FollowRedirects", "Revoke", "ShowToken", "TokenStore", "TokenStoreKeyFile", "Verbose"];

    public static readonly string[] Switches = ["FollowRedirects", "Revoke", "ShowToken", "Verbose"];

    public Uri? Url { get; private init; }

    public HttpMethod Method { get; private init; } = HttpMethod.Get;

    public byte[]? Body { get; private init; }

    public MediaTypeHeaderValue? ContentType { get; private init; }

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

    public static CallSettings Read(IConfiguration configuration)
    {
        var reader = new SettingsReader(configuration);
        var body = reader.Body();
        var settings = new CallSettings
        {
            Url = reader.Url(),
            Body = body,
            Method = reader.Method() ?? (body is null ? HttpMethod.Get : HttpMethod.Post),
            ContentType = reader.ContentType() ?? (body is null ? null : new MediaTypeHeaderValue(IsJson(body) ? "application/json" : "text/plain", "utf-8")),
            Repeat = reader.WholeNumber("Repeat", int.MaxValue),
            Duration = reader.Seconds(),
            Concurrency = reader.WholeNumber("Concurrency", 1024) ?? 1,
            FollowRedirects = reader.Switch("FollowRedirects"),
            Revoke = reader.Switch("Revoke"),
            ShowToken = reader.Switch("ShowToken"),
            TokenStore = reader.TokenStore(),
            LogLevel = reader.Verbosity(),
        };
        reader.Require(settings.Url is not null || (settings.ShowToken && !settings.IsRun), "Url is not set. Set it to what is to be called, such as --Url=https://api.example/orders; --help shows more.");
        reader.Require(settings.Concurrency is 1 || settings.IsRun, "Concurrency is for many calls. Set Repeat or Seconds too, or leave it out.");
        reader.ThrowIfInvalid();
        return settings;
    }

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
