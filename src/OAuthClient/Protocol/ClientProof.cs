using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Duende.IdentityModel.Client;

namespace OAuthClient.Protocol;

// What a client proves itself with, as its sources have it now, to the token or revocation endpoint: in a header or in the form, never in both (RFC 6749 §2.3.1).
internal sealed class ClientProof(ClientSettings client, string? secret, X509Certificate2? certificate, string? fingerprint, Func<string, string>? createAssertion = null)
{
    // Equal where the same is proved by the same; null where there is nothing to prove.
    public string? Fingerprint => fingerprint;
    public X509Certificate2? Certificate => certificate;
    public string?[] Secrets => [secret];

    // Adds the proof and finishes the request; an assertion is made anew for each, since its jti is good for one (RFC 7523 §3).
    public void Complete(ProtocolRequest request, Endpoints endpoints)
    {
        var isBasic = client.AuthenticationMethod == ClientAuthenticationMethod.ClientSecretBasic || (client.AuthenticationMethod is null && !endpoints.TakesPostAlone);
        request.ClientId = client.ClientId;
        if (createAssertion is not null)
            request.ClientAssertion = new ClientAssertion { Type = client.AssertionType, Value = createAssertion(client.AssertionAudience ?? endpoints.Issuer ?? endpoints.Token!.AbsoluteUri) };
        else
            request.ClientSecret = secret;
        request.ClientCredentialStyle = isBasic ? ClientCredentialStyle.AuthorizationHeader : ClientCredentialStyle.PostBody;
        request.AuthorizationHeaderStyle = client.BasicEncoding == BasicCredentialEncoding.Raw ? BasicAuthenticationHeaderStyle.Rfc2617 : BasicAuthenticationHeaderStyle.Rfc6749;

        // A request with nothing else to say is a form all the same (RFC 8628 §3.1).
        if (isBasic && request.Parameters.Count == 0)
            request.Parameters.Add("client_id", client.ClientId);
        request.Prepare();
    }
}
