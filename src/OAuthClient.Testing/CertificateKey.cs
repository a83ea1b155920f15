namespace OAuthClient.Testing;

/// <summary>The kind of key that a certificate of <see cref="TestCertificates"/> is for.</summary>
public enum CertificateKey
{
    /// <summary>An elliptic curve key, P-256. The default.</summary>
    ECDsa,

    /// <summary>An RSA key of 2048 bits.</summary>
    Rsa,
}
