using System.Net.Http.Headers;
using OAuthClient.Diagnostics;
using OAuthClient.Tokens;

namespace OAuthClient.TokenEndpoint;

/// <summary>Sends one request to an authorization server and reads its answer: bounded in time and size, failures as values.</summary>
internal sealed class EndpointTransport(Func<HttpClient> createHttpClient, TimeProvider timeProvider)
{
    private const int MaxBodyLength = 1024 * 1024;

    // Firewalls in front of authorization servers refuse requests that do not say what sends them.
    private static readonly ProductInfoHeaderValue _userAgent = new("OAuthClient", typeof(EndpointTransport).Assembly.GetName().Version!.ToString(3));

    /// <summary>
    /// Sends the message and hands answer and body to <paramref name="read"/>. Cancellation alone throws; every other trouble is a failure,
    /// which names <paramref name="setting"/> as the one to check.
    /// </summary>
    public async ValueTask<(T? Result, TokenFailure? Failure)> SendAsync<T>(
        ClientSettings client,
        string setting,
        HttpRequestMessage message,
        Func<HttpResponseMessage, byte[], (T?, TokenFailure?)> read,
        bool async,
        CancellationToken cancellationToken)
        where T : class
    {
        using var timeout = new CancellationTokenSource(client.TokenRequestTimeout, timeProvider);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        message.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        try
        {
            var http = createHttpClient();
            if (!http.DefaultRequestHeaders.Contains("User-Agent"))
                message.Headers.UserAgent.Add(_userAgent);
            using var answer = async
                ? await http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, linked.Token).ConfigureAwait(false)
                : http.Send(message, HttpCompletionOption.ResponseHeadersRead, linked.Token);
            var body = await BoundedContent.ReadAsync(answer.Content, MaxBodyLength, async, linked.Token).ConfigureAwait(false);
            return body is not null
                ? read(answer, body)
                : (null, new TokenFailure($"{SafeText.Show(message.RequestUri!)} answered with more than {MaxBodyLength / 1024} KiB. Check that it is the right address.", IsTransient: true) { AnswerLost = true });
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            return (null, Describe(exception, client, setting, message.RequestUri!));
        }
    }

    private static TokenFailure Describe(Exception exception, ClientSettings client, string setting, Uri endpoint)
    {
        var address = SafeText.Show(endpoint);
        return exception switch
        {
            // What .NET throws at the end of ConnectTimeout; at the end of HttpClient.Timeout there is a cancellation inside.
            OperationCanceledException { InnerException: TimeoutException { InnerException: not OperationCanceledException } } => Transient($"no connection to {address} could be made in time. Check {setting}, and that no firewall is in the way.") with { NoConnection = true },
            OperationCanceledException => Transient($"{address} gave no answer within {client.TokenRequestTimeout:c}. Check that it can be reached from here, or raise TokenRequestTimeout.") with { AnswerLost = true },
            HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } => Transient($"the host '{endpoint.IdnHost}' is not known. Check {setting}, and that names are resolved here.") with { NoConnection = true },
            HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } => Transient($"no secure connection to {address} could be made. Check that its certificate is trusted here.") with { NoConnection = true },
            HttpRequestException { HttpRequestError: HttpRequestError.ProxyTunnelError } => Transient($"{DescribeProxy(exception.Message)} when asked for a connection to {address}. Check the proxy's settings (HTTPS_PROXY, NO_PROXY), its credentials and what it allows.") with { NoConnection = true, Cause = null },
            HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError } => Transient($"{address} cannot be reached. Check {setting}, and that the server is running.") with { NoConnection = true },
            HttpRequestException or IOException when BrokenAnswer.IsQuotedBy(exception) => Transient($"{address} answered with something that is no HTTP. Check {setting}, and what listens there.") with { AnswerLost = true, Cause = null },
            HttpRequestException or IOException => Transient($"the connection to {address} broke before an answer came.") with { AnswerLost = true, ConnectionBroke = true },
            NotSupportedException => new($"a handler of the HttpClient '{OAuth2Defaults.TokenEndpointHttpClientName}' cannot send synchronously. Call the API with SendAsync, or override Send in that handler.", Cause: exception),
            _ => new($"the request to {address} failed with {exception.GetType().Name}; the inner exception tells more.", Cause: exception) { AnswerLost = true },
        };

        TokenFailure Transient(string text) => new(text, IsTransient: true, Cause: exception);
    }

    // .NET tells of proxy and status in its text alone: "The proxy tunnel request to proxy 'http://proxy/' failed with status code '407'."
    // The address may hold the proxy's password, so the exception itself is not passed on.
    private static string DescribeProxy(string message) =>
        message.Split('\'') is [_, var proxy, _, var status, ..] && int.TryParse(status, out _) && Uri.TryCreate(proxy, UriKind.Absolute, out var address)
            ? $"the proxy {SafeText.Show(address)} answered {status}"
            : "the proxy failed";
}
