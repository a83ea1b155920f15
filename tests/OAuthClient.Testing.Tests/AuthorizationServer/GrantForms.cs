using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.IdentityModel.Tokens;

namespace OAuthClient.Testing.Tests.AuthorizationServer;

/// <summary>Token requests of each grant that come after whatever leads to them.</summary>
internal static class GrantForms
{
    /// <summary>The form for an issuer's token endpoint. The server has the agent <c>agent</c> / <c>agent-secret</c> and the organization <c>acme</c>.</summary>
    public static async Task<string> CreateAsync(
        string grantType, OAuth2TestServer server, Caller caller, Uri tokenEndpoint, string client = "test-client", string? secret = "test-secret")
    {
        var token = server.IssueToken(username: "alice");
        var parameters = grantType[(grantType.LastIndexOf(':') + 1)..] switch
        {
            "password" => "username=alice&password=alice-password",
            "authorization_code" => await SignInAsync(),
            "token-exchange" => $"subject_token={token}&subject_token_type=urn:ietf:params:oauth:token-type:jwt",
            "jwt-bearer" => $"assertion={token}",
            "saml2-bearer" => $"assertion={Base64UrlEncoder.Encode("<Assertion xmlns='urn:oasis:names:tc:SAML:2.0:assertion'><Subject><NameID>carol</NameID></Subject></Assertion>")}",
            "device_code" => await ApproveAsync(),
            "organization_switch" => $"token={token}&switching_organization=acme",
            _ => "",
        };
        return $"grant_type={Uri.EscapeDataString(grantType)}&{parameters}";

        async Task<string> ApproveAsync()
        {
            var device = await caller.PostAsync(new Uri(tokenEndpoint, "device_authorize"), $"client_id={client}", secret is null ? null : Caller.Basic(client, secret));
            server.ApproveDevice(device["user_code"]!, "alice");
            return $"device_code={device["device_code"]}";
        }

        async Task<string> SignInAsync()
        {
            var verifier = new string('v', 43);
            var begun = await caller.PostAsync(
                new Uri(tokenEndpoint, "authorize"),
                $"client_id={client}&response_type=code&response_mode=direct&redirect_uri=urn%3Aapp&code_challenge_method=S256&code_challenge="
                + Base64UrlEncoder.Encode(SHA256.HashData(Encoding.ASCII.GetBytes(verifier))),
                null);
            var authenticator = JsonDocument.Parse(begun["nextStep"]!).RootElement.GetProperty("authenticators")[0].GetProperty("authenticatorId").GetString();
            using var response = await caller.Http.PostAsJsonAsync(new Uri(tokenEndpoint, "authn"), new
            {
                flowId = begun["flowId"],
                selectedAuthenticator = new { authenticatorId = authenticator, @params = new { username = "agent", password = "agent-secret" } },
            });
            return $"code={(await Answer.ReadAsync(response))["code"]}&redirect_uri=urn%3Aapp&code_verifier={verifier}";
        }
    }
}
