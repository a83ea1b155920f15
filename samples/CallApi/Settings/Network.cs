using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace CallApi;

/// <summary>How servers are reached: by which proxy, and whose certificates are trusted beside those that this machine trusts.</summary>
internal sealed record Network(Uri? Proxy, X509Certificate2Collection? Authorities)
{
    /// <summary>Reads a file in PEM. Throws <see cref="CryptographicException"/> or <see cref="IOException"/>: it is none.</summary>
    public static X509Certificate2Collection ReadAuthorities(string path)
    {
        var found = new X509Certificate2Collection();
        found.ImportFromPemFile(path);
        return found.Count > 0 ? found : throw new CryptographicException("It holds no certificate in PEM");
    }

    public SocketsHttpHandler Apply(SocketsHttpHandler handler)
    {
        if (Proxy is not null)
            handler.Proxy = new WebProxy(Proxy) { Credentials = Credentials };
        if (CreateChainPolicy() is { } policy)
            handler.SslOptions.CertificateChainPolicy = policy;
        return handler;
    }

    /// <summary>Null where the machine's own trust is all there is.</summary>
    public X509ChainPolicy? CreateChainPolicy()
    {
        if (Authorities is null)
            return null;
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.AddRange(Authorities);
        foreach (var location in new[] { StoreLocation.LocalMachine, StoreLocation.CurrentUser })
        {
            using var store = new X509Store(StoreName.Root, location);
            store.Open(OpenFlags.ReadOnly);
            policy.CustomTrustStore.AddRange(store.Certificates);
        }

        return policy;
    }

    public NetworkCredential? FindProxyCredentials(Uri proxy) => Proxy is not null ? Credentials : HttpClient.DefaultProxy.Credentials?.GetCredential(proxy, "Basic");

    /// <summary>The proxy that leads to the address; null where there is none.</summary>
    public Uri? FindProxy(Uri address) =>
        address is { IsLoopback: true, Scheme: "http" } ? null
        : Proxy ?? (HttpClient.DefaultProxy.IsBypassed(address) ? null : HttpClient.DefaultProxy.GetProxy(address));

    private NetworkCredential? Credentials => Proxy!.UserInfo.Split(':', 2) is [{ Length: > 0 } user, var password] ? new NetworkCredential(Uri.UnescapeDataString(user), Uri.UnescapeDataString(password)) : null;
}
