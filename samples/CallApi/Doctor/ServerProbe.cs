using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace CallApi;

/// <summary>Looks at the way to a server: its name, its port, the proxy before it, its certificate. Nothing secret is sent.</summary>
internal sealed class ServerProbe(Network network, string setting, TimeSpan timeout)
{
    private const string IsAddress = " is an address";
    private static readonly TimeSpan _longest = TimeSpan.FromSeconds(10);

    /// <summary>Both steps in one.</summary>
    public async Task<Finding> CheckAsync(Uri address, CancellationToken stop)
    {
        var name = await ResolveAsync(address, stop);
        if (name.State == State.Failed)
            return name;
        var connection = await ConnectAsync(address, stop);
        return connection.State == State.Failed || name.Text.EndsWith(IsAddress, StringComparison.Ordinal) ? connection : Finding.Ok($"{name.Text}; {connection.Text}");
    }

    public async Task<Finding> ResolveAsync(Uri address, CancellationToken stop)
    {
        var proxy = network.FindProxy(address);
        var host = (proxy ?? address).IdnHost;
        if (IPAddress.TryParse(host.Trim('[', ']'), out _))
            return Finding.Ok(host + IsAddress);
        try
        {
            using var deadline = StopAfter(stop);
            var found = await Dns.GetHostAddressesAsync(host, deadline.Token);
            return Finding.Ok($"{(proxy is null ? "" : "the proxy ")}{host} is {string.Join(", ", found.Take(2).Select(ip => $"{ip}"))}");
        }
        catch (Exception exception) when (exception is SocketException || IsTimeout(exception, stop))
        {
            return Fail(
                $"{(proxy is null ? "the host" : "the proxy")} '{host}' is not known here{(exception is SocketException ? "" : ", or nobody answered in time")}",
                proxy is null ? $"Check the host in {setting}, and that names are resolved here (DNS, VPN); behind a proxy, set Proxy." : $"Check the host in {ProxySetting}.");
        }
    }

    public async Task<Finding> ConnectAsync(Uri address, CancellationToken stop)
    {
        var proxy = network.FindProxy(address);
        var at = (proxy ?? address).Authority is var authority && (proxy ?? address).IsDefaultPort ? $"{authority}:{(proxy ?? address).Port}" : authority;
        try
        {
            using var deadline = StopAfter(stop);
            using var tcp = new TcpClient();
            await tcp.ConnectAsync((proxy ?? address).IdnHost, (proxy ?? address).Port, deadline.Token);
            if (proxy is not null && (address.Scheme != Uri.UriSchemeHttps || proxy.Scheme != Uri.UriSchemeHttp))
                return Finding.Ok($"by the proxy {at}");
            if (address.Scheme != Uri.UriSchemeHttps)
                return Finding.Ok($"{at} takes connections, in plain http");
            if (proxy is not null && await OpenTunnelAsync(tcp.GetStream(), proxy, address, deadline.Token) is { } refusal)
                return refusal;
            return await ShakeHandsAsync(tcp.GetStream(), address, deadline.Token);
        }
        catch (AuthenticationException exception)
        {
            return await FindPlainAsync(address, stop) ?? Fail($"{at} broke off the TLS handshake: {(exception.InnerException ?? exception).Message.TrimEnd('.')}", $"Check host and port in {setting}, that the server speaks https there, and OAuth2:ClientCertificateFile where it wants a client's certificate.");
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.ConnectionRefused)
        {
            return Fail($"nothing listens at {at}: the connection was refused", proxy is null ? $"Check host and port in {setting}, and that the server is running." : $"Check host and port in {ProxySetting}, and that the proxy is running.");
        }
        catch (Exception exception) when (exception is SocketException or IOException)
        {
            return await FindPlainAsync(address, stop) ?? Fail($"{at} cannot be reached: {exception.Message.TrimEnd('.')}", $"Check host and port in {(proxy is null ? setting : ProxySetting)}, and that no firewall is in the way.");
        }
        catch (Exception exception) when (IsTimeout(exception, stop))
        {
            return Fail($"{at} did not answer within {Limit.TotalSeconds:0.#} s", $"Check host and port in {(proxy is null ? setting : ProxySetting)}, and that no firewall is in the way; behind a proxy, set Proxy.");
        }
    }

    /// <summary>That an http address is one of a port that speaks https; null where it is not.</summary>
    public async Task<Failure?> FindTlsAsync(Uri address, CancellationToken stop)
    {
        if (address.Scheme != Uri.UriSchemeHttp || network.FindProxy(address) is not null)
            return null;
        try
        {
            using var deadline = StopAfter(stop);
            using var tcp = new TcpClient();
            await tcp.ConnectAsync(address.IdnHost, address.Port, deadline.Token);
            await using var tls = new SslStream(tcp.GetStream(), leaveInnerStreamOpen: false, (_, shown, _, _) => shown is not null);
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = address.IdnHost }, deadline.Token);
            return new Failure($"{address.Authority} speaks https, and {setting} says http://", $"Write https:// in {setting}.");
        }
        catch (Exception exception) when (exception is SocketException or IOException or AuthenticationException || IsTimeout(exception, stop))
        {
            return null;
        }
    }

    private string ProxySetting => network.Proxy is not null ? "Proxy" : "HTTPS_PROXY";

    private TimeSpan Limit => timeout < _longest ? timeout : _longest;

    // The settings that a port of plain http needs are the ones that it is loopback, or AllowInsecureHttp.
    private async Task<Finding?> FindPlainAsync(Uri address, CancellationToken stop)
    {
        if (network.FindProxy(address) is not null)
            return null;
        try
        {
            using var deadline = StopAfter(stop);
            using var tcp = new TcpClient();
            await tcp.ConnectAsync(address.IdnHost, address.Port, deadline.Token);
            await tcp.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"HEAD / HTTP/1.1\r\nHost: {address.Authority}\r\nConnection: close\r\n\r\n"), deadline.Token);
            var begin = new byte[5];
            await tcp.GetStream().ReadAtLeastAsync(begin, begin.Length, throwOnEndOfStream: false, deadline.Token);
            return Encoding.ASCII.GetString(begin) == "HTTP/"
                ? Fail($"{address.Authority} speaks plain http, and {setting} says https://", $"Set the port that speaks https in {setting}; for a server on this machine, or with OAuth2:AllowInsecureHttp, write http://.")
                : null;
        }
        catch (Exception exception) when (exception is SocketException or IOException || IsTimeout(exception, stop))
        {
            return null;
        }
    }

    private async Task<Finding?> OpenTunnelAsync(NetworkStream stream, Uri proxy, Uri address, CancellationToken stop)
    {
        var target = $"{address.IdnHost}:{address.Port}";
        var user = network.FindProxyCredentials(proxy);
        var credentials = user is null ? "" : $"Proxy-Authorization: Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user.UserName}:{user.Password}"))}\r\n";
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n{credentials}\r\n"), stop);
        var head = new StringBuilder();
        var next = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && head.Length < 16_384 && await stream.ReadAsync(next, stop) > 0)
            head.Append((char)next[0]);
        var status = head.ToString().Split(' ') is [_, var text, ..] && text.Length >= 3 && int.TryParse(text.AsSpan(0, 3), out var number) ? number : 0;
        return status switch
        {
            200 => null,
            407 => Fail($"the proxy {proxy.Authority} answered 407: it wants {(user is null ? "a user and a password" : "another user or password")}", $"Give them in {ProxySetting}, as http://user:password@{proxy.Authority}; in the environment rather than on the command line."),
            0 => Fail($"the proxy {proxy.Authority} answered with something that is no HTTP", $"Check host and port in {ProxySetting}."),
            _ => Fail($"the proxy {proxy.Authority} answered {status} when asked for {target}", $"Have the proxy allow {target}; where it can be reached without, name it in NO_PROXY or leave {ProxySetting} out. Check {setting}, too."),
        };
    }

    private async Task<Finding> ShakeHandsAsync(NetworkStream stream, Uri address, CancellationToken stop)
    {
        var (errors, certificate, states) = (SslPolicyErrors.None, default(X509Certificate2), X509ChainStatusFlags.NoError);
        await using var tls = new SslStream(stream, leaveInnerStreamOpen: true, (_, shown, chain, found) =>
        {
            (errors, certificate) = (found, shown is null ? null : X509CertificateLoader.LoadCertificate(shown.GetRawCertData()));
            states = (chain?.ChainStatus ?? []).Aggregate(X509ChainStatusFlags.NoError, (all, status) => all | status.Status);
            return true;
        });
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = address.IdnHost, CertificateChainPolicy = network.CreateChainPolicy() }, stop);
        if (certificate is null)
            return Fail($"{address.Authority} shows no certificate", $"Check host and port in {setting}.");
        using (certificate)
        {
            var now = TimeProvider.System.GetUtcNow();
            var (from, to) = (certificate.NotBefore.ToUniversalTime(), certificate.NotAfter.ToUniversalTime());
            if (now > to)
                return Fail($"the certificate of {address.Authority} expired on {to:yyyy-MM-dd}", $"Have the server's certificate renewed, by whoever runs it; if {now:yyyy-MM-dd} is not today, set the clock of this machine.");
            if (now < from)
                return Fail($"the certificate of {address.Authority} is not good before {from:u}, and the clock here says {now:u}", "Set the clock of this machine, or have the server's certificate replaced.");
            if (errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors))
                return (states & ~(X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.PartialChain)) == 0
                    ? Fail($"the certificate of {address.Authority} is from '{Short(certificate.Issuer)}', which is not trusted here", "Name that authority's certificate, in PEM, in CaCert (--cacert), or have this machine trust it. If it is that of a proxy which looks into connections, ask who runs it.")
                    : Fail($"the certificate of {address.Authority} is not good: {states}", "Have the server's certificate replaced, by whoever runs it, or name its authority in CaCert.");
            if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
                return Fail($"the certificate of {address.Authority} is for {Names(certificate)}, and not for {address.IdnHost}", $"Write in {setting} the name that the certificate is for, or have the server's certificate replaced.");
            return Finding.Ok($"{tls.SslProtocol}, certificate from '{Short(certificate.Issuer)}', good until {to:yyyy-MM-dd}");
        }
    }

    private static string Names(X509Certificate2 certificate) =>
        certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().FirstOrDefault() is { } names
            ? string.Join(", ", names.EnumerateDnsNames().Concat(names.EnumerateIPAddresses().Select(ip => $"{ip}")).Take(3))
            : Short(certificate.Subject);

    private static string Short(string name) => ApiFailure.Shorten(name.Split(',').FirstOrDefault(part => part.TrimStart().StartsWith("CN=", StringComparison.Ordinal))?.Trim()[3..] ?? name);

    private static bool IsTimeout(Exception exception, CancellationToken stop) => exception is OperationCanceledException && !stop.IsCancellationRequested;

    private CancellationTokenSource StopAfter(CancellationToken stop)
    {
        var source = CancellationTokenSource.CreateLinkedTokenSource(stop);
        source.CancelAfter(Limit);
        return source;
    }

    private static Finding Fail(string what, string remedy) => Finding.Of(new Failure(what, remedy));
}
