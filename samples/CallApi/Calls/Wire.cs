using System.Globalization;
using System.Net;
using System.Text;
using OAuthClient;

namespace CallApi;

/// <summary>Sees what is really sent: counts token requests and their time, and shows each request where that is wanted.</summary>
internal sealed class Wire
{
    private long _tokenRequests;
    private long _tokenTicks;

    /// <summary>Where requests and answers are shown, if anywhere.</summary>
    public WireText? Text { get; init; }

    /// <summary>How many token requests there were. What else is posted there (a revocation, a request for a device's code, an agent's login) is none.</summary>
    public long TokenRequests => Interlocked.Read(ref _tokenRequests);

    public TimeSpan TokenTime => TimeSpan.FromTicks(Interlocked.Read(ref _tokenTicks));

    /// <summary>The last answer to a token request.</summary>
    public (HttpStatusCode Status, DateTimeOffset? Date)? TokenAnswer { get; private set; }

    public DelegatingHandler CreateHandler(bool isTokenEndpoint) => new Handler(this, isTokenEndpoint);

    private sealed class Handler(Wire wire, bool isTokenEndpoint) : DelegatingHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var form = isTokenEndpoint && request.Content is { } content ? await content.ReadAsByteArrayAsync(cancellationToken) : null;
            var start = Begin(request, form);
            return End(await base.SendAsync(request, cancellationToken), form, start);
        }

        // The token of a further client is asked for on a thread of its own, which waits.
        protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            using var copy = new MemoryStream();
            if (isTokenEndpoint)
                request.Content?.CopyTo(copy, context: null, cancellationToken);
            var form = copy.ToArray();
            var start = Begin(request, form);
            return End(base.Send(request, cancellationToken), form, start);
        }

        private long Begin(HttpRequestMessage request, byte[]? form)
        {
            if (IsTokenRequest(form))
                Interlocked.Increment(ref wire._tokenRequests);
            wire.Text?.Show(request, form is null ? null : Encoding.UTF8.GetString(form));
            return TimeProvider.System.GetTimestamp();
        }

        private HttpResponseMessage End(HttpResponseMessage response, byte[]? form, long start)
        {
            var time = TimeProvider.System.GetElapsedTime(start);
            if (isTokenEndpoint)
                Interlocked.Add(ref wire._tokenTicks, time.Ticks);
            if (IsTokenRequest(form))
                wire.TokenAnswer = (response.StatusCode, response.Headers.Date);
            wire.Text?.Show(response, time);
            return response;
        }

        private static bool IsTokenRequest(ReadOnlySpan<byte> form) => form.IndexOf("grant_type="u8) >= 0;
    }
}

/// <summary>Requests and answers as text, as curl shows them, without the credentials in them.</summary>
internal sealed class WireText(TextWriter output, Func<IEnumerable<string>> getCredentialHeaders)
{
    private const string Hidden = "***";

    // Fields of a token request that are nobody's secret; all others are hidden.
    private static readonly string[] _open = ["grant_type", "scope", "client_id", "audience", "resource", "client_assertion_type", "subject_token_type", "actor_token_type", "requested_token_type", "switching_organization", "tokenBindingId"];
    private static readonly string[] _secretWords = ["auth", "token", "secret", "key", "cookie", "password", "session", "signature", "credential", "dpop"];

    /// <summary>The headers that carry a client's credentials, whatever their names tell.</summary>
    public static IEnumerable<string> FindCredentialHeaders(OAuth2ClientOptions options) => [options.HeaderName, options.ApiKeyHeaderName ?? "", .. options.CredentialHeaders.Keys];

    public void Show(HttpRequestMessage request, string? form)
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"> {request.Method} {(form is null ? request.RequestUri!.PathAndQuery : request.RequestUri!.AbsolutePath)} HTTP/{request.Version}");
        text.AppendLine(CultureInfo.InvariantCulture, $"> Host: {request.Headers.Host ?? request.RequestUri.Authority}");
        Append(text, '>', request.Headers.NonValidated, HideAfterScheme);
        if (request.Content is not null)
            Append(text, '>', request.Content.Headers.NonValidated, HideAfterScheme);
        text.AppendLine(">");
        if (form is { Length: > 0 })
            text.AppendLine(CultureInfo.InvariantCulture, $"> {string.Join('&', form.Split('&').Select(HideField))}");
        output.Write(text);
    }

    public void Show(HttpResponseMessage response, TimeSpan time)
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"< HTTP/{response.Version} {(int)response.StatusCode} {ApiFailure.Clean(response.ReasonPhrase ?? "")} ({time.TotalMilliseconds:0} ms)");
        Append(text, '<', response.Headers.NonValidated, _ => Hidden, response.RequestMessage);
        Append(text, '<', response.Content.Headers.NonValidated, _ => Hidden, response.RequestMessage);
        text.AppendLine("<");
        output.Write(text);
    }

    private void Append(StringBuilder text, char mark, System.Net.Http.Headers.HttpHeadersNonValidated headers, Func<string, string> hide, HttpRequestMessage? sent = null)
    {
        var credentials = getCredentialHeaders().ToHashSet(StringComparer.OrdinalIgnoreCase);

        // An answer may echo what was sent.
        string[] secrets = [.. sent?.Headers.NonValidated.Where(header => IsSecret(header.Key)).SelectMany(header => header.Value).SelectMany(value => value.Split(' ')).Where(word => word.Length >= 8) ?? []];
        foreach (var (name, values) in headers)
        {
            foreach (var value in values)
                text.AppendLine(CultureInfo.InvariantCulture, $"{mark} {name}: {(IsSecret(name) ? hide(value) : ApiFailure.Clean(secrets.Aggregate(value, (shown, secret) => shown.Replace(secret, Hidden, StringComparison.Ordinal))))}");
        }

        // A challenge tells what is wanted, and holds no secret.
        bool IsSecret(string name) => name is not "WWW-Authenticate" && (credentials.Contains(name) || _secretWords.Any(word => name.Contains(word, StringComparison.OrdinalIgnoreCase)));
    }

    // The scheme is what one looks for: Bearer ***.
    private static string HideAfterScheme(string value) => value.Split(' ') is [{ Length: <= 8 } scheme, _] ? $"{scheme} {Hidden}" : Hidden;

    private static string HideField(string field) => field.Split('=', 2) is [var name, _] && !_open.Contains(name) ? $"{name}={Hidden}" : field;
}
