using OAuthClient.Testing;

namespace QuickStart;

/// <summary>One or more requests of the same kind in a row, the first of which was the scene's request <paramref name="Number"/>.</summary>
internal sealed record RequestRow(int Number, int Times, string Request, string Carried, int Status)
{
    public string Numbers => Times == 1 ? $"{Number}" : $"{Number}-{Number + Times - 1}";

    public bool IsLike(RequestRow other) => (Request, Carried, Status) == (other.Request, other.Carried, other.Status);
}

/// <summary>Writes down what a request carried without giving a secret away, and gives the tokens of a scene numbers.</summary>
internal sealed class RequestFormatter
{
    private const int Start = 6;

    private static readonly string[] _headers = ["Authorization", "X-API-Authorization", "Choreo-API-Key"];

    private readonly List<string> _tokens = [];

    public RequestRow Format(RecordedRequest request, int number)
    {
        var headers = _headers.Where(request.Headers.ContainsKey).Select(name => $"{name}: {FormatHeader(request.Headers[name])}");
        if (request.Headers.TryGetValue("Accept", out var accept) && request.Form.Count == 0)
            headers = headers.Append($"Accept: {accept}");
        var fields = request.Form.Select(field => $"{field.Key}={FormatField(field.Key, field.Value)}");
        return new RequestRow(number, Times: 1, $"{request.Method} {request.Path}", string.Join('\n', headers.Concat(fields)), request.StatusCode ?? 0);
    }

    private string FormatHeader(string value) => value switch
    {
        _ when value.StartsWith("Bearer ", StringComparison.Ordinal) => $"Bearer {Shorten(value["Bearer ".Length..])} (token {NumberOf(value)})",
        _ when value.StartsWith("Basic ", StringComparison.Ordinal) => $"Basic {Shorten(value["Basic ".Length..])}",
        _ => Shorten(value),
    };

    private static string FormatField(string name, string value) => name switch
    {
        "password" => "…",
        "client_secret" or "refresh_token" => Shorten(value),
        _ => value,
    };

    private int NumberOf(string token)
    {
        if (!_tokens.Contains(token))
            _tokens.Add(token);
        return _tokens.IndexOf(token) + 1;
    }

    private static string Shorten(string secret) => $"{secret[..Math.Min(Start, secret.Length / 3)]}…";
}
