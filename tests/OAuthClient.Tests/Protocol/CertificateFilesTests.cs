using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using OAuthClient.Testing;

namespace OAuthClient.Tests.Protocol;

/// <summary>A certificate with its private key, in each spelling, and why a text is none.</summary>
public sealed class CertificateFilesTests : IDisposable
{
    private const string Password = "open sesame";
    private const string None = "it is no PFX, and no PEM with the private key that belongs to it";

    private readonly X509Certificate2 _authority = TestCertificates.CreateAuthority();
    private readonly X509Certificate2 _certificate;

    public CertificateFilesTests() => _certificate = TestCertificates.Create("CN=orders", _authority);

    [Theory]
    [InlineData("pem", null)]
    [InlineData("encrypted", Password)]
    [InlineData("pfx", null)]
    [InlineData("encrypted pfx", Password)]
    public void Read_OfEachSpelling_IsTheCertificateWithItsKey(string spelling, string? password)
    {
        using var read = CertificateFiles.Read(Write(spelling), password);

        Assert.Equal((_certificate.Thumbprint, true), (read.Thumbprint, read.HasPrivateKey));
        Assert.NotNull(read.GetECDsaPrivateKey()!.SignData([1], HashAlgorithmName.SHA256));
    }

    /// <summary>A server may not know who issued it, and is shown the rest of the chain.</summary>
    [Fact]
    public void IssuersOf_APemWithItsChain_AreThoseAfterTheCertificate()
    {
        using var read = CertificateFiles.Read($"{Write("pem")}\n{_authority.ExportCertificatePem()}", null);
        using var alone = CertificateFiles.Read(Write("pem"), null);

        Assert.Equal([_authority.Thumbprint], CertificateFiles.IssuersOf(read)!.Select(issuer => issuer.Thumbprint));
        Assert.Empty(CertificateFiles.IssuersOf(alone)!);
        Assert.Null(CertificateFiles.IssuersOf(_certificate));
    }

    [Theory]
    [InlineData("nothing of the kind", null, None)]
    [InlineData("nothing of the kind", Password, None + ", that ClientCertificatePassword opens")]
    [InlineData("certificate", null, None)]
    [InlineData("another's key", null, None)]
    [InlineData("encrypted", null, "its key is encrypted; set ClientCertificatePassword")]
    [InlineData("encrypted", "wrong", None + ", that ClientCertificatePassword opens")]
    [InlineData("encrypted pfx", null, None)]
    [InlineData("encrypted pfx", "wrong", None + ", that ClientCertificatePassword opens")]
    [InlineData("pfx without key", null, "it holds no private key")]
    public void Read_OfWhatIsOfNoUse_SaysWhy(string spelling, string? password, string says) =>
        Assert.Equal(says, Assert.Throws<InvalidOperationException>(() => CertificateFiles.Read(Write(spelling), password)).Message);

    public void Dispose()
    {
        _certificate.Dispose();
        _authority.Dispose();
    }

    private string Write(string spelling)
    {
        using var key = _certificate.GetECDsaPrivateKey()!;
        var pem = _certificate.ExportCertificatePem();
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return spelling switch
        {
            "pem" => $"{pem}\n{key.ExportPkcs8PrivateKeyPem()}",
            "encrypted" => $"{pem}\n{key.ExportEncryptedPkcs8PrivateKeyPem(Password, new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1_000))}",
            "pfx" => Convert.ToBase64String(_certificate.Export(X509ContentType.Pfx)),
            "encrypted pfx" => Convert.ToBase64String(_certificate.Export(X509ContentType.Pfx, Password)),
            "pfx without key" => Convert.ToBase64String(X509Certificate2.CreateFromPem(pem).Export(X509ContentType.Pfx)),
            "certificate" => pem,
            "another's key" => $"{pem}\n{other.ExportPkcs8PrivateKeyPem()}",
            _ => spelling,
        };
    }
}
