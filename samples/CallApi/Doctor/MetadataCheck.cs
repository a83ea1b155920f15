using System.Text.Json;

namespace CallApi;

/// <summary>Reads an issuer's metadata, in both of the places where it may be.</summary>
internal static class MetadataCheck
{
    public static async Task<(Finding Finding, Uri? TokenEndpoint)> ReadAsync(HttpClient http, Uri issuer, CancellationToken stop)
    {
        var origin = issuer.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped);
        var path = issuer.AbsolutePath.TrimEnd('/');
        Failure? failure = null;
        foreach (var address in new[] { $"{origin}{path}/.well-known/openid-configuration", $"{origin}/.well-known/oauth-authorization-server{path}" })
        {
            var (found, tokenEndpoint) = await ReadAsync(http, new Uri(address), issuer, stop);
            if (tokenEndpoint is not null)
                return (Finding.Ok($"{address} names {ApiFailure.Show(tokenEndpoint)}"), tokenEndpoint);
            failure ??= found;
        }

        return (Finding.Of(failure!), null);
    }

    private static async Task<(Failure? Failure, Uri? TokenEndpoint)> ReadAsync(HttpClient http, Uri address, Uri issuer, CancellationToken stop)
    {
        try
        {
            using var response = await http.GetAsync(address, stop);
            if (!response.IsSuccessStatusCode)
                return (new Failure($"the metadata {address} answered {(int)response.StatusCode}", "Check OAuth2:Issuer, which is the address that the server's documents call issuer; or set OAuth2:TokenEndpoint, and no metadata is needed."), null);
            using var document = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync(stop));
            var named = Text(document, "issuer");
            if (named != issuer.OriginalString)
                return (new Failure($"the metadata {address} is of the issuer '{ApiFailure.Shorten(named ?? "")}'", $"Set OAuth2:Issuer to '{ApiFailure.Shorten(named ?? "")}', to the letter, if that is the server you mean; else check its address."), null);
            return Uri.TryCreate(Text(document, "token_endpoint"), UriKind.Absolute, out var endpoint)
                ? (null, endpoint)
                : (new Failure($"the metadata {address} names no token_endpoint", "Set OAuth2:TokenEndpoint, or check OAuth2:Issuer."), null);
        }
        catch (JsonException)
        {
            return (new Failure($"{address} is no JSON", "Check OAuth2:Issuer, and that no page or proxy is before it; or set OAuth2:TokenEndpoint."), null);
        }
        catch (Exception exception) when (exception is HttpRequestException || (exception is TaskCanceledException && !stop.IsCancellationRequested))
        {
            return (new Failure($"the metadata {address} could not be read: {ApiFailure.Shorten(exception.GetBaseException().Message).TrimEnd('.')}", "Check OAuth2:Issuer, or set OAuth2:TokenEndpoint."), null);
        }
    }

    private static string? Text(JsonDocument document, string member) =>
        document.RootElement is { ValueKind: JsonValueKind.Object } root && root.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
