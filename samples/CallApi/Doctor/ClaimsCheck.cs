using System.Globalization;
using System.Text.Json;
using OAuthClient;

namespace CallApi;

/// <summary>Compares what a token says with what was asked for and with the clocks. Only the API knows what it wants, so what differs is a doubt.</summary>
internal static class ClaimsCheck
{
    private static readonly TimeSpan _skew = TimeSpan.FromMinutes(1);

    public static Finding Check(OAuth2Token token, OAuth2ClientOptions options, DateTimeOffset? serverClock, DateTimeOffset now)
    {
        var jwt = TokenText.Read(token.Value);
        var claims = jwt?.Claims ?? default;
        string[] granted = token.Scope is { Length: > 0 } scope ? scope.Split(' ') : [.. Texts(claims, "scope").Concat(Texts(claims, "scp")).SelectMany(text => text.Split(' '))];
        var audiences = Texts(claims, "aud").ToArray();
        var doubt = FindClockDoubt(claims, serverClock, now) ?? FindScopeDoubt(options, granted) ?? FindAudienceDoubt(options, audiences, isJwt: jwt is not null);
        var text = jwt is null
            ? $"opaque: nobody but the server can read it{(granted.Length > 0 ? $"; scopes {string.Join(' ', granted)}" : "")}"
            : $"JWT from {Texts(claims, "iss").FirstOrDefault() ?? "nobody"}, for {(audiences.Length > 0 ? string.Join(' ', audiences) : "no audience")}, scopes {(granted.Length > 0 ? string.Join(' ', granted) : "none")}{(FindTime(claims, "exp") is { } end ? string.Create(CultureInfo.InvariantCulture, $", until {end:u}") : "")}";
        return doubt is null ? Finding.Ok(ApiFailure.Clean(text)) : new Finding(State.Warning, ApiFailure.Clean($"{text}: {doubt.What}"), doubt.Remedy);
    }

    public static DateTimeOffset? FindTime(JsonElement claims, string name) =>
        claims.ValueKind == JsonValueKind.Object && claims.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var seconds) && seconds is > 0 and < 253_402_300_799
            ? DateTimeOffset.UnixEpoch.AddSeconds(seconds)
            : null;

    private static Failure? FindClockDoubt(JsonElement claims, DateTimeOffset? serverClock, DateTimeOffset now)
    {
        var from = FindTime(claims, "nbf") ?? FindTime(claims, "iat");
        if (from - now > _skew)
            return Clock($"it is not good before {from:u}, and the clock here says {now:u}", from!.Value - now);
        if (FindTime(claims, "exp") is { } end && end <= now)
            return Clock($"it expired at {end:u}, before it came, and the clock here says {now:u}", end - now);
        return serverClock is { } server && (server - now).Duration() > _skew ? Clock($"the server's clock says {server:u}, and the one here {now:u}", server - now) : null;
    }

    private static Failure Clock(string what, TimeSpan ahead) => new(
        what,
        string.Create(CultureInfo.InvariantCulture, $"The clocks differ: the server's is about {ahead.Duration().TotalSeconds:N0} s {(ahead > TimeSpan.Zero ? "ahead of" : "behind")} the one here. Set the clock of this machine (NTP), or have the server's set."));

    private static Failure? FindScopeDoubt(OAuth2ClientOptions options, string[] granted) =>
        granted.Length > 0 && options.Scopes.Except(granted).ToArray() is { Length: > 0 } missing
            ? new Failure($"{string.Join(' ', missing)} was asked for and not granted", $"The server did not grant {string.Join(' ', missing)} of OAuth2:Scopes: spell it as the portal does, and have it allowed for the application.")
            : null;

    private static Failure? FindAudienceDoubt(OAuth2ClientOptions options, string[] audiences, bool isJwt) =>
        isJwt && options.Resources.Append(options.Audience).OfType<string>().Except(audiences).FirstOrDefault() is { } missing
            ? new Failure($"it is not for {missing}", $"The token is not for '{missing}' as OAuth2:Audience or OAuth2:Resources asks: the server calls the API by another name, or does not let this application have it.")
            : null;

    private static IEnumerable<string> Texts(JsonElement claims, string name) =>
        claims.ValueKind != JsonValueKind.Object || !claims.TryGetProperty(name, out var value) ? []
        : value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().Select(item => item.ToString())
        : [value.ToString()];
}
