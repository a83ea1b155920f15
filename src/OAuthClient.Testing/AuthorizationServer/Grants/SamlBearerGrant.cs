using System.Collections.Frozen;
using System.Globalization;
using System.Xml;
using System.Xml.Linq;
using Microsoft.AspNetCore.WebUtilities;

namespace OAuthClient.Testing.AuthorizationServer.Grants;

/// <summary>
/// SAML 2.0 assertions as authorization grants (RFC 7522 section 2.1). Signatures are not checked, nor are issuers: any assertion is taken that is well formed,
/// in its time and not for somebody else.
/// </summary>
internal sealed class SamlBearerGrant(OAuth2TestServerOptions options, FrozenDictionary<string, TestUser> users) : IGrant
{
    private static readonly XNamespace _saml = "urn:oasis:names:tc:SAML:2.0:assertion";

    public OAuthError? Check(GrantRequest request, out Grant? grant)
    {
        grant = null;
        if (request["assertion"] is not { } assertion)
            return GrantRequest.Missing("assertion");
        if (!Characters.AreBase64Url(assertion))
            return OAuthError.InvalidGrant("The assertion is not in base64url without padding and line breaks.");
        if (Read(assertion) is not { } root || root.Name != _saml + "Assertion")
            return OAuthError.InvalidGrant("The assertion is no XML whose root is a SAML 2.0 Assertion.");
        if (FindFlaw(request.Issuer, root) is { } flaw)
            return OAuthError.InvalidGrant(flaw);
        if (root.Element(_saml + "Subject")?.Element(_saml + "NameID")?.Value.Trim() is not { Length: > 0 } name)
            return OAuthError.InvalidGrant("The assertion has no NameID in its Subject.");
        var user = users.GetValueOrDefault(name);
        if (user is { IsLocked: true })
            return OAuthError.InvalidGrant($"17003:Account is locked for user {name}");
        grant = new Grant(new Authorization(request.Issuer, request.Client, user, name));
        return null;
    }

    private static XElement? Read(string assertion)
    {
        try
        {
            using var stream = new MemoryStream(WebEncoders.Base64UrlDecode(assertion));
            using var reader = XmlReader.Create(stream, new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null });
            return XElement.Load(reader);
        }
        catch (Exception exception) when (exception is FormatException or XmlException)
        {
            return null;
        }
    }

    /// <summary>What the Conditions say, where there are any.</summary>
    private string? FindFlaw(TestIssuer issuer, XElement assertion)
    {
        if (assertion.Element(_saml + "Conditions") is not { } conditions)
            return null;
        var now = options.TimeProvider.GetUtcNow();
        if (conditions.Attribute("NotOnOrAfter") is { } end && !(Time(end) > now))
            return "The NotOnOrAfter of the assertion is no time, or has come.";
        if (conditions.Attribute("NotBefore") is { } start && !(Time(start) <= now))
            return "The NotBefore of the assertion is no time, or is to come.";
        var isForUs = conditions.Elements(_saml + "AudienceRestriction")
            .All(r => r.Elements(_saml + "Audience").Any(a => a.Value.Trim() is var audience && (audience == issuer.TokenEndpoint.AbsoluteUri || audience == issuer.Issuer.AbsoluteUri)));
        return isForUs ? null : "The Audience of the assertion is neither the token endpoint nor the issuer.";
    }

    private static DateTimeOffset? Time(XAttribute attribute) =>
        DateTimeOffset.TryParse(attribute.Value, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;
}
