namespace OAuthClient.Http;

// The system's proxy, except for this machine: plain http is allowed there because it never leaves it.
internal sealed class LoopbackProxy : IWebProxy
{
    public ICredentials? Credentials { get => HttpClient.DefaultProxy.Credentials; set => HttpClient.DefaultProxy.Credentials = value; }

    public Uri? GetProxy(Uri destination) => destination.IsLoopback ? null : HttpClient.DefaultProxy.GetProxy(destination);

    public bool IsBypassed(Uri host) => host.IsLoopback || HttpClient.DefaultProxy.IsBypassed(host);

    // Keeps the handler that sends from handing calls to this machine to the system's proxy. A proxy that the user chose stays, and where the
    // handler has sent for others already, which way its calls go is settled.
    public static void Use(HttpMessageHandler? handler)
    {
        if (!OperatingSystem.IsBrowser())
            Sender.Change(handler, sockets => sockets.Proxy ??= sockets.UseProxy ? new LoopbackProxy() : null, classic => classic.Proxy ??= classic.UseProxy ? new LoopbackProxy() : null);
    }
}
