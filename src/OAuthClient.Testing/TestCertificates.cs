using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace OAuthClient.Testing;

/// <summary>
/// Makes certificates with their private keys, for mutual TLS (RFC 8705) and for a server that programs trust; nothing of them is in any store of the
/// machine. <c>ExportCertificatePem()</c> and the private key's <c>ExportPkcs8PrivateKeyPem()</c> write them to files. Dispose them.
/// </summary>
public static class TestCertificates
{
    /// <summary>Makes a certificate authority, signed by itself, good from yesterday for a year by the real clock.</summary>
    /// <param name="subject">Its name. Default: <c>CN=OAuth2TestServer authority</c>.</param>
    /// <param name="key">The kind of its key. Default: <see cref="CertificateKey.ECDsa"/>.</param>
    /// <returns>The certificate with its private key.</returns>
    public static X509Certificate2 CreateAuthority(string subject = "CN=OAuth2TestServer authority", CertificateKey key = CertificateKey.ECDsa)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(subject);
        return Make(
            subject,
            null,
            key,
            null,
            null,
            new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true),
            new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
    }

    /// <summary>Makes the certificate of a client or server.</summary>
    /// <param name="subject">Its name, such as <c>CN=orders, O=Acme</c>.</param>
    /// <param name="authority">Who issues it, with a private key; <see langword="null"/>, the default, has it signed by itself.</param>
    /// <param name="key">The kind of its key. Default: <see cref="CertificateKey.ECDsa"/>.</param>
    /// <param name="notBefore">From when it is good. Default: yesterday, by the real clock.</param>
    /// <param name="notAfter">Until when it is good, in the past for one that has expired. Default: in a year, by the real clock.</param>
    /// <param name="dnsNames">Its alternative names (SAN dNSName). Default: none.</param>
    /// <returns>The certificate with its private key.</returns>
    /// <exception cref="ArgumentException"><paramref name="authority"/> has no private key, or <paramref name="notAfter"/> is before <paramref name="notBefore"/>.</exception>
    public static X509Certificate2 Create(
        string subject,
        X509Certificate2? authority = null,
        CertificateKey key = CertificateKey.ECDsa,
        DateTimeOffset? notBefore = null,
        DateTimeOffset? notAfter = null,
        IEnumerable<string>? dnsNames = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(subject);
        if (authority is { HasPrivateKey: false })
            throw new ArgumentException("The authority has no private key to sign with; take one of CreateAuthority.", nameof(authority));
        List<X509Extension> extensions =
        [
            new X509BasicConstraintsExtension(certificateAuthority: false, false, 0, critical: true),
            new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature | (key is CertificateKey.Rsa ? X509KeyUsageFlags.KeyEncipherment : 0), critical: true),
            new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1"), new Oid("1.3.6.1.5.5.7.3.2")], critical: false), // serverAuth, clientAuth
        ];
        if (dnsNames is not null)
        {
            var names = new SubjectAlternativeNameBuilder();
            foreach (var name in dnsNames)
                names.AddDnsName(name);
            extensions.Add(names.Build());
        }

        return Make(subject, authority, key, notBefore, notAfter, [.. extensions]);
    }

    internal static X509Certificate2 Make(
        string subject, X509Certificate2? authority, CertificateKey kind, DateTimeOffset? notBefore, DateTimeOffset? notAfter, params X509Extension[] extensions)
    {
        using AsymmetricAlgorithm key = kind is CertificateKey.Rsa ? RSA.Create(2048) : ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var name = new X500DistinguishedName(subject);
        var request = key is RSA rsa
            ? new CertificateRequest(name, rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            : new CertificateRequest(name, (ECDsa)key, HashAlgorithmName.SHA256);
        foreach (var extension in extensions)
            request.CertificateExtensions.Add(extension);
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));

        // By the real clock, as TLS goes by no other.
        var now = TimeProvider.System.GetUtcNow();
        var (from, to) = (notBefore ?? (notAfter < now ? notAfter.Value.AddDays(-1) : now.AddDays(-1)), notAfter ?? now.AddDays(365));
        using var made = authority is null ? request.CreateSelfSigned(from, to) : Issue(request, key, authority, from, to);
        return WithLastingKey(made);
    }

    private static X509Certificate2 Issue(CertificateRequest request, AsymmetricAlgorithm key, X509Certificate2 authority, DateTimeOffset from, DateTimeOffset to)
    {
        if (authority.Extensions.OfType<X509SubjectKeyIdentifierExtension>().FirstOrDefault() is { } identifier)
            request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(identifier));
        using AsymmetricAlgorithm? signingKey = (AsymmetricAlgorithm?)authority.GetRSAPrivateKey() ?? authority.GetECDsaPrivateKey();
        var signer = signingKey is RSA rsa ? X509SignatureGenerator.CreateForRSA(rsa, RSASignaturePadding.Pkcs1) : X509SignatureGenerator.CreateForECDsa((ECDsa)signingKey!);
        var serialNumber = RandomNumberGenerator.GetBytes(16);
        serialNumber[0] &= 0x7F; // It is a positive number (RFC 5280 section 4.1.2.2).
        using var issued = request.Create(authority.SubjectName, signer, from, to, serialNumber);
        return key is RSA own ? issued.CopyWithPrivateKey(own) : issued.CopyWithPrivateKey((ECDsa)key);
    }

    /// <summary>Windows does TLS with a key only that it has stored; read from a PFX it is, until the certificate is disposed.</summary>
    private static X509Certificate2 WithLastingKey(X509Certificate2 made)
    {
        var pfx = made.Export(X509ContentType.Pfx);
#if NET9_0_OR_GREATER
        return X509CertificateLoader.LoadPkcs12(pfx, password: null, X509KeyStorageFlags.Exportable);
#else
        return new X509Certificate2(pfx, (string?)null, X509KeyStorageFlags.Exportable);
#endif
    }
}
