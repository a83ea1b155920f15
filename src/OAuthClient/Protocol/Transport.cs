using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text.Unicode;
using Duende.IdentityModel.Client;

namespace OAuthClient.Protocol;

// Sends one request to an authorization server and reads its answer: bounded in time and size, failures as values.
internal sealed class Transport(Func<HttpClient> createHttpClient)
{
    private const int MaxBodyLength = 1024 * 1024;

    // Firewalls in front of authorization servers refuse requests that do not say what sends them.
    private static readonly ProductInfoHeaderValue _userAgent = new("OAuthClient", typeof(Transport).Assembly.GetName().Version!.ToString(3));

    // What the connection has to present: the client's certificate, or that which a token was asked for with (RFC 8705).
    public static readonly HttpRequestOptionsKey<X509Certificate2?> Certificate = new("OAuthClient.ClientCertificate");

    // Whether a logical address may turn out to be plain http outside of this machine, for whoever resolves it.
    private static readonly HttpRequestOptionsKey<bool> _allowsInsecureHttp = new("OAuthClient.AllowsInsecureHttp");

    public static void CheckScheme(HttpRequestMessage request)
    {
        if (!Origin.IsSecure(request.RequestUri!, request.Options.TryGetValue(_allowsInsecureHttp, out var allows) && allows))
            throw new PlainHttpException($"a logical address was resolved to {SafeText.Show(request.RequestUri!)}, and no secret may travel over plain http. Have it resolved to https, or set AllowInsecureHttp.");
    }

    // Sends the message and reads the answer, whatever its status. Every trouble is a failure, which names setting as the one to check.
    public async ValueTask<(T? Answer, TokenFailure? Failure)> SendAsync<T>(ClientSettings client, string setting, ProtocolRequest message, X509Certificate2? certificate, bool async, CancellationToken deadline)
        where T : ProtocolResponse, new()
    {
        if (deadline.IsCancellationRequested)
            return (null, new TokenFailure($"the {client.TokenRequestTimeout:c} of TokenRequestTimeout were over before {SafeText.Show(message.RequestUri!)} could be asked. Raise it, or find what took so long.", IsTransient: true) { WasTried = false });
        if (Origin.IsLogical(message.RequestUri!))
            message.Options.Set(_allowsInsecureHttp, client.AllowInsecureHttp);
        if (certificate is not null)
            message.Options.Set(Certificate, certificate);
        try
        {
            var http = createHttpClient();
            if (!http.DefaultRequestHeaders.Contains("User-Agent"))
                message.Headers.UserAgent.Add(_userAgent);
            using var answer = async
                ? await http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, deadline).ConfigureAwait(false)
                : http.Send(message, HttpCompletionOption.ResponseHeadersRead, deadline);
            var body = await BoundedContent.ReadAsync(answer.Content, MaxBodyLength, async, deadline).ConfigureAwait(false);
            return body is not null
                ? (await ReadAsync<T>(answer, body).ConfigureAwait(false), null)
                : (null, new TokenFailure($"{SafeText.Show(message.RequestUri!)} answered with more than {MaxBodyLength / 1024} KiB. Check that it is the right address.", IsTransient: true) { AnswerLost = true });
        }
        catch (Exception exception)
        {
            return (null, Describe(exception, client, setting, message.RequestUri!));
        }
    }

    // Reads a body that is there, and so in place. Text of any other encoding than JSON's own, whatever is said of it, is none (RFC 8259 §8.1):
    // a reader that mends it would make up a token.
    internal static Task<T> ReadAsync<T>(HttpResponseMessage answer, byte[] body)
        where T : ProtocolResponse, new()
    {
        answer.Content.Dispose();
        answer.Content = new ByteArrayContent(Utf8.IsValid(body) ? body : []);
        return ProtocolResponse.FromHttpResponseAsync<T>(answer);
    }

    private static TokenFailure Describe(Exception exception, ClientSettings client, string setting, Uri endpoint)
    {
        var address = SafeText.Show(endpoint);
        var ofCertificate = client.HasCertificate ? " Check that the server takes the client certificate." : "";
        var other = FindOther(exception, endpoint);
        var ofOther = other is null ? "" : ", or the proxy's settings (HTTPS_PROXY, NO_PROXY)";
        return exception switch
        {
            // What .NET throws at the end of ConnectTimeout; at the end of HttpClient.Timeout there is a cancellation inside.
            OperationCanceledException { InnerException: TimeoutException { InnerException: not OperationCanceledException } } => Transient($"no connection to {address} could be made in time. Check {setting}, and that no firewall is in the way.") with { NoConnection = true },
            OperationCanceledException => Transient($"{address} gave no answer within {client.TokenRequestTimeout:c}. Check that it can be reached from here, or raise TokenRequestTimeout.") with { AnswerLost = true },
            HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } => Transient($"the host '{other?.Split(':')[0] ?? endpoint.IdnHost}' is not known. Check {setting}, and that names are resolved here{ofOther}.") with { NoConnection = true },
            HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } => Transient($"no secure connection to {address} could be made. {FindTlsRemedy(exception, setting)}{ofCertificate}") with { NoConnection = true },
            HttpRequestException { HttpRequestError: HttpRequestError.ProxyTunnelError } => Transient($"{DescribeProxy(exception.Message)} when asked for a connection to {address}. Check the proxy's settings (HTTPS_PROXY, NO_PROXY), its credentials and what it allows.") with { NoConnection = true, Cause = null },
            HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError } => Transient($"{address} cannot be reached{(other is null ? "" : $" by way of {other}")}. Check {setting}, and that the server is running{ofOther}.") with { NoConnection = true },
            HttpRequestException or IOException when BrokenAnswer.IsQuotedBy(exception) => Transient($"{address} answered with something that is no HTTP. Check {setting}, and what listens there.") with { AnswerLost = true, Cause = null },
            HttpRequestException or IOException => Transient($"the connection to {address} broke before an answer came. If that lasts, check scheme and port in {setting}.{ofCertificate}") with { AnswerLost = true, ConnectionBroke = true },
            PlainHttpException => new(exception.Message) { WasTried = false },
            NotSupportedException when Origin.IsLogical(endpoint) => new($"nothing resolves {address}. Call AddServiceDiscovery() for the HttpClient '{OAuth2Defaults.TokenEndpointHttpClientName}' or in ConfigureHttpClientDefaults, or set {setting} to an https address.", Cause: exception) { WasTried = false },
            NotSupportedException => new($"a handler of the HttpClient '{OAuth2Defaults.TokenEndpointHttpClientName}' cannot send synchronously. Call the API with SendAsync, or override Send in that handler.", Cause: exception),
            _ => new($"the request to {address} failed with {exception.GetType().Name}; the inner exception tells more.", Cause: exception) { AnswerLost = true },
        };

        TokenFailure Transient(string text) => new(text, IsTransient: true, Cause: exception);
    }

    // What .NET was to connect to where that is not the endpoint: a proxy, or what a name was resolved to. It says so at the end of its text alone: "(proxy:3128)".
    private static string? FindOther(Exception exception, Uri endpoint) =>
        exception is HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError, InnerException: SocketException }
        && exception.Message.TrimEnd(')').Split('(') is [_, .., var other] && other != $"{endpoint.IdnHost}:{endpoint.Port}" ? other : null;

    // .NET names these flags in its text, and says no more of what is no TLS.
    private static string FindTlsRemedy(Exception exception, string setting)
    {
        return Says(nameof(SslPolicyErrors.RemoteCertificateNameMismatch)) ? $"Its certificate is for another host; check the host in {setting}."
            : Says(nameof(X509ChainStatusFlags.NotTimeValid)) ? "By the clock here its certificate has expired, or is not good yet; have it renewed, or set the clock."
            : Says(nameof(X509ChainStatusFlags.UntrustedRoot)) || Says(nameof(X509ChainStatusFlags.PartialChain)) ? "Have this machine trust the authority that issued its certificate."
            : Says("frame size") ? $"What listens there speaks no TLS; check scheme and port in {setting}."
            : "Check that its certificate is trusted here.";

        bool Says(string words) => exception.InnerException?.Message.Contains(words, StringComparison.Ordinal) == true;
    }

    // .NET tells of proxy and status in its text alone: "The proxy tunnel request to proxy 'http://proxy/' failed with status code '407'."
    // The address may hold the proxy's password, so the exception itself is not passed on.
    private static string DescribeProxy(string message) =>
        message.Split('\'') is [_, var proxy, _, var status, ..] && int.TryParse(status, out _) && Uri.TryCreate(proxy, UriKind.Absolute, out var address)
            ? $"the proxy {SafeText.Show(address)} answered {status}"
            : "the proxy failed";

    private sealed class PlainHttpException(string message) : InvalidOperationException(message);
}
