using System.Collections.ObjectModel;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using OAuthClient.Testing.AuthorizationServer;
using OAuthClient.Testing.Recording;

namespace OAuthClient.Testing;

/// <summary>One request as an <see cref="OAuth2TestServer"/> saw it, secrets included.</summary>
public sealed class RecordedRequest
{
    private readonly RecordedBody _body = new();
    private volatile int _statusCode;
    private volatile bool _cut;

    internal RecordedRequest(HttpContext context, DateTimeOffset receivedAt)
    {
        var request = context.Request;
        Method = request.Method;
        Path = request.Path.Value ?? "/";
        Query = request.QueryString.Value ?? "";
        var headers = new Dictionary<string, string>(request.Headers.Count, StringComparer.OrdinalIgnoreCase);
        foreach (var header in request.Headers)
            headers[header.Key] = header.Value.ToString();
        Headers = new ReadOnlyDictionary<string, string>(headers);
        ReceivedAt = receivedAt;
        request.Body = new RecordingStream(request.Body, _body);
        context.Response.OnStarting(static state =>
        {
            var (record, response) = ((RecordedRequest, HttpResponse))state;
            if (!record._cut)
                record._statusCode = response.StatusCode;
            return Task.CompletedTask;
        }, (this, context.Response));
    }

    /// <summary>The HTTP method.</summary>
    public string Method { get; }

    /// <summary>The path, unescaped.</summary>
    public string Path { get; }

    /// <summary>The query string as it came, with its question mark; empty when there was none.</summary>
    public string Query { get; }

    /// <summary>The request headers; names compare without case, several values are joined with a comma.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; }

    /// <summary>When it arrived, by the server's clock.</summary>
    public DateTimeOffset ReceivedAt { get; }

    /// <summary>The first 64 KiB of the body, as far as the server has read it: a request that is refused at the door has its body left unread.</summary>
    public ReadOnlyMemory<byte> Body => _body.Bytes;

    /// <summary>The body's form fields, several values of one name joined with a comma; empty when the body is no form.</summary>
    public IReadOnlyDictionary<string, string> Form
    {
        get
        {
            return Headers.TryGetValue("Content-Type", out var contentType) && RequestForm.IsForm(contentType)
                ? QueryHelpers.ParseQuery(Encoding.UTF8.GetString(Body.Span)).ToDictionary(static f => f.Key, static f => f.Value.ToString(), StringComparer.Ordinal)
                : ReadOnlyDictionary<string, string>.Empty;
        }
    }

    /// <summary>The status of the answer; <see langword="null"/> while there is none, and for ever if the connection was cut instead.</summary>
    public int? StatusCode => _statusCode is 0 ? null : _statusCode;

    internal void Cut() => _cut = true;
}
