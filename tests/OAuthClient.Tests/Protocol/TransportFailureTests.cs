using System.Net;
using System.Net.Sockets;
using System.Text;
using Duende.IdentityModel.Client;

namespace OAuthClient.Tests.Protocol;

/// <summary>What is made of each way in which a request can fail: what is said, and what may be done after it.</summary>
public sealed class TransportFailureTests
{
    private const string Endpoint = "https://idp.example/token";
    private const string Certificate = " Check that the server takes the client certificate.";

    /// <summary>What .NET throws, what is said of it, and what is so: T transient, L the answer may be lost, N no connection, B the connection broke, U untried, C the cause is passed on.</summary>
    public static TheoryData<string, Exception, string, string> Failures => new()
    {
        { "connect time-out", new TaskCanceledException("", new TimeoutException()), $"no connection to {Endpoint} could be made in time. Check TokenEndpoint, and that no firewall is in the way.", "TNC" },
        { "client's time-out", new TaskCanceledException("", new TimeoutException("", new TaskCanceledException())), $"{Endpoint} gave no answer within 00:00:30. Check that it can be reached from here, or raise TokenRequestTimeout.", "TLC" },
        { "deadline", new OperationCanceledException(), $"{Endpoint} gave no answer within 00:00:30. Check that it can be reached from here, or raise TokenRequestTimeout.", "TLC" },
        { "name", Http(HttpRequestError.NameResolutionError), "the host 'idp.example' is not known. Check TokenEndpoint, and that names are resolved here.", "TNC" },
        { "proxy's name", Http(HttpRequestError.NameResolutionError, "No such host. (proxy:3128)", new SocketException()), "the host 'proxy' is not known. Check TokenEndpoint, and that names are resolved here, or the proxy's settings (HTTPS_PROXY, NO_PROXY).", "TNC" },
        { "own name", Http(HttpRequestError.NameResolutionError, "No such host. (idp.example:443)", new SocketException()), "the host 'idp.example' is not known. Check TokenEndpoint, and that names are resolved here.", "TNC" },
        { "TLS", Http(HttpRequestError.SecureConnectionError), $"no secure connection to {Endpoint} could be made. Check that its certificate is trusted here.{{0}}", "TNC" },
        { "TLS, name", Http(HttpRequestError.SecureConnectionError, "", new IOException("RemoteCertificateNameMismatch")), $"no secure connection to {Endpoint} could be made. Its certificate is for another host; check the host in TokenEndpoint.{{0}}", "TNC" },
        { "TLS, chain", Http(HttpRequestError.SecureConnectionError, "", new IOException("PartialChain")), $"no secure connection to {Endpoint} could be made. Have this machine trust the authority that issued its certificate.{{0}}", "TNC" },
        { "TLS, root", Http(HttpRequestError.SecureConnectionError, "", new IOException("UntrustedRoot")), $"no secure connection to {Endpoint} could be made. Have this machine trust the authority that issued its certificate.{{0}}", "TNC" },
        { "TLS, time", Http(HttpRequestError.SecureConnectionError, "", new IOException("NotTimeValid")), $"no secure connection to {Endpoint} could be made. By the clock here its certificate has expired, or is not good yet; have it renewed, or set the clock.{{0}}", "TNC" },
        { "no TLS", Http(HttpRequestError.SecureConnectionError, "", new IOException("Cannot determine the frame size")), $"no secure connection to {Endpoint} could be made. What listens there speaks no TLS; check scheme and port in TokenEndpoint.{{0}}", "TNC" },
        { "tunnel", Http(HttpRequestError.ProxyTunnelError, "The proxy tunnel request to proxy 'http://user:pw@proxy/' failed with status code '407'.\""), $"the proxy http://proxy/ answered 407 when asked for a connection to {Endpoint}. Check the proxy's settings (HTTPS_PROXY, NO_PROXY), its credentials and what it allows.", "TN" },
        { "tunnel, otherwise", Http(HttpRequestError.ProxyTunnelError, "It failed at 'x' with 'y'."), $"the proxy failed when asked for a connection to {Endpoint}. Check the proxy's settings (HTTPS_PROXY, NO_PROXY), its credentials and what it allows.", "TN" },
        { "connection", Http(HttpRequestError.ConnectionError), $"{Endpoint} cannot be reached. Check TokenEndpoint, and that the server is running.", "TNC" },
        { "proxy's connection", Http(HttpRequestError.ConnectionError, "Connection refused (proxy:3128)", new SocketException()), $"{Endpoint} cannot be reached by way of proxy:3128. Check TokenEndpoint, and that the server is running, or the proxy's settings (HTTPS_PROXY, NO_PROXY).", "TNC" },
        { "no HTTP", Http(HttpRequestError.InvalidResponse), $"{Endpoint} answered with something that is no HTTP. Check TokenEndpoint, and what listens there.", "TL" },
        { "no HTTP inside", new IOException("", Http(HttpRequestError.InvalidResponse)), $"{Endpoint} answered with something that is no HTTP. Check TokenEndpoint, and what listens there.", "TL" },
        { "broken", Http(HttpRequestError.ResponseEnded), $"the connection to {Endpoint} broke before an answer came. If that lasts, check scheme and port in TokenEndpoint.{{0}}", "TLBC" },
        { "broken stream", new IOException(), $"the connection to {Endpoint} broke before an answer came. If that lasts, check scheme and port in TokenEndpoint.{{0}}", "TLBC" },
        { "asynchronous handler", new NotSupportedException(), "a handler of the HttpClient 'OAuthClient.TokenEndpoint' cannot send synchronously. Call the API with SendAsync, or override Send in that handler.", "C" },
        { "anything", new ArithmeticException(), $"the request to {Endpoint} failed with ArithmeticException; the inner exception tells more.", "LC" },
    };

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task Send_ThatFails_SaysWhatToCheckAndWhatIsSo(string what, Exception exception, string says, string flags)
    {
        Assert.NotEmpty(what);
        foreach (var hasCertificate in new[] { false, true })
        {
            var (answer, failure) = await SendAsync(() => throw exception, o => o.ClientCertificateFile = hasCertificate ? "file" : null);

            Assert.Null(answer);
            Assert.Equal(says.Replace("{0}", hasCertificate ? Certificate : "", StringComparison.Ordinal), failure!.Message);
            Assert.Equal(
                flags,
                $"{(failure.IsTransient ? "T" : "")}{(failure.AnswerLost ? "L" : "")}{(failure.NoConnection ? "N" : "")}{(failure.ConnectionBroke ? "B" : "")}{(failure.WasTried ? "" : "U")}{(failure.Cause == exception ? "C" : "")}");
            Assert.Equal(flags.Contains('C', StringComparison.Ordinal), failure.Cause is not null);
        }
    }

    [Fact]
    public async Task Send_ToALogicalAddressThatNothingResolves_SaysWhatDoes()
    {
        var (_, failure) = await SendAsync(static () => throw new NotSupportedException(), endpoint: "https+http://idp/token");

        Assert.StartsWith("nothing resolves https+http://idp/token. Call AddServiceDiscovery() for the HttpClient 'OAuthClient.TokenEndpoint' or in ConfigureHttpClientDefaults, or set TokenEndpoint to an https address.", failure!.Message, StringComparison.Ordinal);
        Assert.False(failure.WasTried || failure.IsTransient);
    }

    [Fact]
    public async Task Send_AfterItsDeadline_SendsNothing()
    {
        var wasSent = false;
        var (_, failure) = await SendAsync(() => throw new InvalidOperationException($"{wasSent = true}"), deadline: new CancellationToken(canceled: true));

        Assert.Equal($"the 00:00:30 of TokenRequestTimeout were over before {Endpoint} could be asked. Raise it, or find what took so long.", failure!.Message);
        Assert.Equal((false, false, true), (wasSent, failure.WasTried, failure.IsTransient));
    }

    [Fact]
    public async Task Send_AnsweredAtTooGreatALength_SaysSoAndThatTheAnswerIsLost()
    {
        var (answer, failure) = await SendAsync(static () => new HttpResponseMessage { Content = new ByteArrayContent(new byte[1024 * 1024 + 1]) });

        Assert.Null(answer);
        Assert.Equal($"{Endpoint} answered with more than 1024 KiB. Check that it is the right address.", failure!.Message);
        Assert.True(failure is { IsTransient: true, AnswerLost: true, NoConnection: false });
    }

    /// <summary>Text of any other encoding than JSON's own is none, and what it was read from is given back.</summary>
    [Theory]
    [InlineData(new byte[] { (byte)'{', (byte)'}' }, 2)]
    [InlineData(new byte[] { (byte)'{', 0xff, (byte)'}' }, 0)]
    public async Task Read_OfABody_GivesTheConnectionBackAndKeepsWhatIsText(byte[] body, int length)
    {
        var content = new TrackedContent();
        using var response = new HttpResponseMessage { Content = content };

        await Transport.ReadAsync<TokenAnswer>(response, body);

        Assert.True(content.IsDisposed);
        Assert.Equal(length, (await response.Content.ReadAsByteArrayAsync()).Length);
    }

    private static HttpRequestException Http(HttpRequestError error, string message = "", Exception? inner = null) => new(error, message, inner);

    private static async Task<(TokenAnswer? Answer, TokenFailure? Failure)> SendAsync(Func<HttpResponseMessage> answer, Action<OAuth2ClientOptions>? set = null, string endpoint = Endpoint, CancellationToken deadline = default)
    {
        var options = new OAuth2ClientOptions { TokenEndpoint = new Uri(endpoint), ClientId = "id" };
        set?.Invoke(options);
        using var message = new ProtocolRequest { Method = HttpMethod.Post, RequestUri = options.TokenEndpoint };
        return await new Transport(() => new HttpClient(new Handler(answer))).SendAsync<TokenAnswer>(new ClientSettings("orders", options), "TokenEndpoint", message, null, async: true, deadline);
    }

    private sealed class Handler(Func<HttpResponseMessage> answer) : HttpMessageHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            await Task.Yield();
            return answer();
        }
    }

    private sealed class TrackedContent : ByteArrayContent
    {
        public TrackedContent() : base(Encoding.UTF8.GetBytes("{}"))
        {
        }

        public bool IsDisposed { get; private set; }

        protected override void Dispose(bool disposing)
        {
            IsDisposed = true;
            base.Dispose(disposing);
        }
    }
}
