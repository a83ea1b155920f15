using System.Net;

namespace OAuthClient.Http;

// The system's proxy, except for this machine: plain http is allowed there because it never leaves it.
internal sealed class LoopbackProxy : IWebProxy
{
    public ICredentials? Credentials
    {
        get => HttpClient.DefaultProxy.Credentials;
        set => HttpClient.DefaultProxy.Credentials = value;
    }

    public Uri? GetProxy(Uri destination) => destination.IsLoopback ? null : HttpClient.DefaultProxy.GetProxy(destination);

    public bool IsBypassed(Uri host) => host.IsLoopback || HttpClient.DefaultProxy.IsBypassed(host);

    // Keeps the handler that sends from handing calls to this machine to the system's proxy. A proxy that the user chose stays.
    public static void Use(HttpMessageHandler? handler)
    {
        if (OperatingSystem.IsBrowser())
            return;
        try
        {
            switch (RedirectPolicy.FindSender(handler))
            {
                case SocketsHttpHandler { UseProxy: true, Proxy: null } sockets:
                    sockets.Proxy = new LoopbackProxy();
                    break;
                case HttpClientHandler { UseProxy: true, Proxy: null } classic:
                    classic.Proxy = new LoopbackProxy();
                    break;
            }
        }
        catch (InvalidOperationException)
        {
            // It has sent for others already; which way its calls go is settled.
        }
    }
}
