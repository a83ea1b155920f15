using System.Text.Json.Nodes;

namespace OAuthClient.Testing.AuthorizationServer;

/// <summary>What the holder of a token must prove beside it: a DPoP key, a certificate or both.</summary>
internal sealed record Confirmation(string? KeyThumbprint, string? CertificateHash)
{
    /// <summary>The check that what a request has proven fails; <see langword="null"/> when it is all that is asked for.</summary>
    public string? FindContradiction(Confirmation? proven)
    {
        if (KeyThumbprint is not null && proven?.KeyThumbprint != KeyThumbprint)
            return "dpop.binding";
        return CertificateHash is not null && proven?.CertificateHash != CertificateHash ? "certificate.binding" : null;
    }

    /// <summary>The claim <c>cnf</c> (RFC 9449 section 6.1, RFC 8705 section 3.1).</summary>
    public JsonObject ToClaim()
    {
        var claim = new JsonObject();
        if (KeyThumbprint is not null)
            claim["jkt"] = KeyThumbprint;
        if (CertificateHash is not null)
            claim["x5t#S256"] = CertificateHash;
        return claim;
    }
}
