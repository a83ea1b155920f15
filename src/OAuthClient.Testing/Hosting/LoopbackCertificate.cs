using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace OAuthClient.Testing.Hosting;

/// <summary>Makes the certificate of one server, for the names that loopback has.</summary>
internal static class LoopbackCertificate
{
    public static X509Certificate2 Create()
    {
        // RSA: the one kind that the TLS of every system takes from a server.
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=OAuth2TestServer", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        names.AddIpAddress(IPAddress.IPv6Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyEncipherment, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], critical: false)); // serverAuth

        // By the real clock, as TLS goes by no other.
        var now = TimeProvider.System.GetUtcNow();
        using var made = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(365));
        return WithLastingKey(made);
    }

    /// <summary>Windows serves TLS with a key only that it has stored; read from a PFX it is, until the certificate is disposed.</summary>
    private static X509Certificate2 WithLastingKey(X509Certificate2 made)
    {
        var pfx = made.Export(X509ContentType.Pfx);
#if NET9_0_OR_GREATER
        return X509CertificateLoader.LoadPkcs12(pfx, password: null);
#else
        return new X509Certificate2(pfx);
#endif
    }
}
