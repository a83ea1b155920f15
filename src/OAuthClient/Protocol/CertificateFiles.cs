using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace OAuthClient.Protocol;

// Reads certificates with their private keys, for which .NET 8 and later ones have different loaders.
internal static class CertificateFiles
{
    private static readonly ConditionalWeakTable<X509Certificate2, X509Certificate2Collection> _issuers = [];

    // The certificates between this one and the root, which a server may not know, where the file has them.
    public static X509Certificate2Collection? IssuersOf(X509Certificate2 certificate) => _issuers.TryGetValue(certificate, out var issuers) ? issuers : null;

    public static X509Certificate2 ReadPfx(byte[] pfx, string? password) =>
#if NET9_0_OR_GREATER
        X509CertificateLoader.LoadPkcs12(pfx, password);
#else
        new(pfx, password);
#endif

    // Reads a PFX in base64, or PEM that holds both the certificate and its key. Throws InvalidOperationException: They are none, or do not belong together.
    public static X509Certificate2 Read(string text, string? password)
    {
        try
        {
            if (!text.Contains("-----BEGIN", StringComparison.Ordinal))
                return ReadPfx(Convert.FromBase64String(text), password) is { HasPrivateKey: true } whole ? whole : throw new InvalidOperationException("it holds no private key");
            using var pem = password is null ? X509Certificate2.CreateFromPem(text, text) : X509Certificate2.CreateFromEncryptedPem(text, text, password);

            // TLS on Windows takes a key that was read from a PFX alone.
            var certificate = ReadPfx(pem.Export(X509ContentType.Pfx), null);
            var issuers = new X509Certificate2Collection();
            issuers.ImportFromPem(text);
            issuers.RemoveAt(0);
            _issuers.Add(certificate, issuers);
            return certificate;
        }
        catch (Exception exception) when (exception is CryptographicException or FormatException or ArgumentException)
        {
            throw new InvalidOperationException(text.Contains("ENCRYPTED", StringComparison.Ordinal) && password is null ? "its key is encrypted; set ClientCertificatePassword" : $"it is no PFX, and no PEM with the private key that belongs to it{(password is null ? "" : ", that ClientCertificatePassword opens")}");
        }
    }
}
