using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace OAuthClient.Testing.Hosting;

/// <summary>Makes the certificate of one server, for the names that loopback has.</summary>
internal static class LoopbackCertificate
{
    public static X509Certificate2 Create(X509Certificate2? authority)
    {
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        names.AddIpAddress(IPAddress.IPv6Loopback);
        return TestCertificates.Make(
            "CN=OAuth2TestServer",
            authority,
            CertificateKey.Rsa, // The one kind that the TLS of every system takes from a server.
            null,
            null,
            names.Build(),
            new X509BasicConstraintsExtension(false, false, 0, critical: true),
            new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyEncipherment, critical: true),
            new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], critical: false)); // serverAuth
    }
}
