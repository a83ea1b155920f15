using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace OAuthClient.Testing.AuthorizationServer;

/// <summary>Checks the certificates with which clients authenticate and to which their tokens are bound (RFC 8705).</summary>
internal sealed class CertificateVerifier(OAuth2TestServerOptions options)
{
    /// <summary>The method that a client without any other credentials authenticates with; <see langword="null"/> when it has no certificate.</summary>
    public static string? MethodOf(TestClient client)
    {
        if ((client.CertificateSubject ?? client.CertificateSanDns) is not null && Accepts("tls_client_auth"))
            return "tls_client_auth";
        return client.CertificateThumbprint is not null && Accepts("self_signed_tls_client_auth") ? "self_signed_tls_client_auth" : null;

        bool Accepts(string method) => client.AuthenticationMethods.Count is 0 || client.AuthenticationMethods.Contains(method);
    }

    /// <summary>The value of <c>x5t#S256</c> (RFC 8705 section 3.1).</summary>
    public static string? HashOf(X509Certificate2? certificate) => certificate is null ? null : WebEncoders.Base64UrlEncode(certificate.GetCertHash(HashAlgorithmName.SHA256));

    public OAuthError? Authenticate(HttpContext context, TestClient client)
    {
        if (Find(context) is not { } certificate)
            return OAuthError.InvalidClient($"The client '{client.ClientId}' has presented no certificate here.").By("certificate.missing");
        if (CheckTimes(certificate) is { } error)
            return error;
        var isRegistered = MethodOf(client) is "tls_client_auth"
            ? HasSubject(certificate, client.CertificateSubject) && HasName(certificate, client.CertificateSanDns)
            : certificate.GetCertHashString(HashAlgorithmName.SHA256).Equals(client.CertificateThumbprint!.Replace(":", "", StringComparison.Ordinal), StringComparison.OrdinalIgnoreCase);
        return isRegistered ? null : OAuthError.InvalidClient($"The certificate is not the one that the client '{client.ClientId}' is registered with.").By("certificate.registered");
    }

    /// <summary>Finds the hash of what the client's tokens are to be bound to.</summary>
    public OAuthError? Bind(HttpContext context, TestClient client, out string? hash)
    {
        hash = null;
        if (!client.BindTokensToCertificate)
            return null;
        if (Find(context) is not { } certificate)
            return OAuthError.InvalidRequest($"The tokens of client '{client.ClientId}' are bound to its certificate, and it has presented none here.").By("certificate.missing");
        hash = HashOf(certificate);
        return CheckTimes(certificate);
    }

    private X509Certificate2? Find(HttpContext context) =>
        options.MtlsAliases && !context.Request.Path.StartsWithSegments("/mtls") ? null : context.Connection.ClientCertificate;

    private static OAuthError? CheckTimes(X509Certificate2 certificate)
    {
        // By the real clock, as TLS goes by no other.
        var now = TimeProvider.System.GetUtcNow();
        return now < certificate.NotBefore || now > certificate.NotAfter
            ? OAuthError.InvalidClient($"The certificate is good from {certificate.NotBefore.ToUniversalTime():u} to {certificate.NotAfter.ToUniversalTime():u}, and not now.").By("certificate.expired")
            : null;
    }

    private static bool HasSubject(X509Certificate2 certificate, string? subject) =>
        subject is null || Decode(new X500DistinguishedName(subject)) == Decode(certificate.SubjectName);

    /// <summary>The name in one spelling, whatever spaces it came with.</summary>
    private static string Decode(X500DistinguishedName name) => name.Decode(X500DistinguishedNameFlags.Reversed);

    private static bool HasName(X509Certificate2 certificate, string? name) =>
        name is null || certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().SelectMany(static e => e.EnumerateDnsNames()).Contains(name, StringComparer.OrdinalIgnoreCase);
}
