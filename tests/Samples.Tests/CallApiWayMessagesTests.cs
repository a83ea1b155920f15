using System.Security.Cryptography;
using OAuthClient.Testing;

namespace Samples.Tests;

/// <summary>What is said where one of the other ways in does not lead there.</summary>
public class CallApiWayMessagesTests
{
    private const string Exchange = "--OAuth2:GrantType=urn:ietf:params:oauth:grant-type:token-exchange --OAuth2:SubjectTokenClient=machine ";
    private const string Machine = "--Clients:machine:TokenEndpoint=https://idp.example/oauth2/token --Clients:machine:ClientId=<its id> --Clients:machine:ClientSecretFile=";
    private const string Agent = "--OAuth2:GrantType=authorization_code --OAuth2:AgentId=<agent's id> --OAuth2:RedirectUri=https://app.example/callback --OAuth2:AgentSecretFile=";

    private static readonly ECDsa _other = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    [Theory]
    [InlineData("a private key: EC", "--OAuth2:PrivateKeyFile=missing.pem", 2, "PrivateKeyFile", "missing.pem")]
    [InlineData("a private key: EC", "--OAuth2:PrivateKeyFile=junk", 2, "PrivateKeyFile", "no PEM, JWK or PFX")]
    [InlineData("a private key: EC", "--OAuth2:PrivateKeyFile=public.pem", 2, "PrivateKeyFile", "public.pem")]
    [InlineData("a private key: EC", "--OAuth2:PrivateKeyFile=encrypted.pem --OAuth2:PrivateKeyPassword=" + CallApiProcess.WrongPassword, 2, "PrivateKeyPassword")]
    [InlineData("a private key: EC", "--OAuth2:PrivateKeyFile=other.pem", 3, "invalid_client", "is not signed with the client's key")]
    [InlineData("a certificate", "--OAuth2:ClientCertificateFile=missing.pem", 2, "ClientCertificateFile", "missing.pem")]
    [InlineData("a certificate", "--OAuth2:ClientCertificateFile=authority.pem", 2, "ClientCertificateFile", "no PEM with the private key")]
    [InlineData("a certificate", "--OAuth2:ClientCertificateFile=expired.pem", 3, "ClientCertificateFile", "it expired on 2020-01-01")]
    [InlineData("a certificate", "--OAuth2:ClientCertificateFile=another.pem", 3, "invalid_client", "The certificate is not the one")]
    [InlineData("a token that the platform writes into a file", "--OAuth2:ClientAssertionFile=missing.jwt", 3, "ClientAssertionFile", "missing.jwt")]
    [InlineData("a token bound to a key (DPoP): http", "--OAuth2:DPoP=true --OAuth2:DPoPKeyFile=missing.pem", 2, "DPoPKeyFile 'missing.pem'")]
    [InlineData("another token for a user's", "--OAuth2:GrantType=urn:ietf:params:oauth:grant-type:token-exchange --OAuth2:SubjectTokenFile=missing.jwt", 3, "SubjectTokenFile", "missing.jwt")]
    [InlineData("another token for a user's", "--OAuth2:SubjectTokenFile=user.jwt", 2, "SubjectTokenFile is set, but GrantType 'client_credentials' sends none")]
    [InlineData("another token for another client's", Exchange, 2, "OAuth2:SubjectTokenClient names the client 'machine'", "Give it one, Clients:machine:ClientId=<id>")]
    [InlineData("another token for another client's", Exchange + "--Clients:Machine:ClientId=a", 2, "OAuth2:SubjectTokenClient names the client 'machine'", "there is Clients:Machine. Upper and lower case count")]
    [InlineData("another token for another client's", Exchange + Machine + "machine-secret --Clients:machine:TokenEndpont=https://idp.example/", 2, "Clients:machine:TokenEndpont", "did you mean TokenEndpoint?")]
    [InlineData("another token for another client's", Exchange + Machine + " --OAuth2:DPoP=yes", 2, "client 'api': OAuth2:DPoP must be true or false", "client 'machine': ClientSecret is not set")]
    [InlineData("another token for another client's", Exchange + Machine + "junk", 3, "client 'api': the subject token", "client 'machine'", "invalid_client")]
    [InlineData("another token for another client's", Exchange + Machine + "missing", 3, "client 'api': the subject token", "client 'machine'", "ClientSecretFile")]
    [InlineData("another token for another client's", Exchange + Machine + "machine-secret --Clients:machine:GrantType=urn:ietf:params:oauth:grant-type:jwt-bearer --Clients:machine:AssertionClient=api", 2, "lead in a circle")]
    [InlineData("another token for another client's", Exchange + "--Clients:api:ClientId=a", 2, "Clients:api takes the name")]
    [InlineData("another token for another client's", Exchange + "--Clients:machine=a", 2, "--Clients:machine is not known; for a setting of a further client write --Clients:<name>:<setting>")]
    [InlineData("another token for another client's", Exchange + "--Client:machine:ClientId=a", 2, "write --Clients:<name>:<setting>")]
    [InlineData("a user signs in on another device", "--OAuth2:GrantType=urn:ietf:params:oauth:grant-type:device_code", 2, "DeviceAuthorizationEndpoint is not set")]
    [InlineData("an agent signs in", Agent + "junk", 3, "Check AgentId and AgentSecret")]
    [InlineData("an agent signs in", Agent + "missing", 3, "AgentSecretFile", "missing")]
    [InlineData("an API that rejects tokens by other statuses", "", 4, "answered 498", "Add 498 to OAuth2:TokenRejectedStatusCodes")]
    [InlineData("more scopes where the API asks for them", "--OAuth2:StepUpScopes=orders:delete", 4, "answered 403", "OAuth2:Scopes")]
    public async Task Way_WithSomethingWrong_SaysWhat(string label, string arguments, int exitCode, params string[] says)
    {
        var way = Way.Find(label);
        if (way.UsesTls && !OperatingSystem.IsLinux())
            return;
        await using var callApi = await StartAsync(way);

        var output = await callApi.RunAsync(Way.Fill(callApi, arguments));

        output.AssertFailure(exitCode, says);
        Assert.Equal((exitCode == 4, exitCode == 4), (callApi.Server.ApiCalls > 0, output.StandardOutput.Length > 0));
    }

    [Fact]
    public async Task DPoP_ServerIssuesBearer_Exits3AndSaysSo()
    {
        await using var callApi = await StartAsync(Way.Find("a token bound to a key (DPoP): http"));
        callApi.Server.TokenEndpointBehavior.FailNext(9, 200, """{"access_token":"canary-bearer-token","token_type":"Bearer","expires_in":60}""", "application/json");

        var output = await callApi.RunAsync(Way.Fill(callApi, "--OAuth2:DPoP=true"));

        output.AssertFailure(3, "'Bearer'", "not bound to the DPoP key", "DPoPAllowBearer");
        Assert.DoesNotContain("canary-bearer-token", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Certificate_OfTheServerNotTrusted_Exits3AndSaysSo()
    {
        if (!OperatingSystem.IsLinux())
            return;
        var way = Way.Find("a certificate");
        await using var callApi = await StartAsync(way);
        callApi.Variables.Remove("SSL_CERT_FILE");

        var output = await callApi.RunAsync(Way.Fill(callApi, CallApiReadme.Ways[way.Name]));

        output.AssertFailure(3, "no secure connection", "trust the authority");
    }

    [Fact]
    public async Task Clients_AsASingleValue_Exits2()
    {
        await using var callApi = await CallApiProcess.StartAsync();
        callApi.Write("appsettings.json", """{ "Clients": "machine" }""");

        var output = await callApi.CallAsync();

        output.AssertFailure(2, "Clients must hold a section for each client");
    }

    [Theory]
    [InlineData("an agent signs in", 1)]
    [InlineData(Way.Device, 1)]
    [InlineData("another token for another client's", 2)]
    public async Task Run_InAnotherWay_CountsTokenRequestsAlone(string label, int expected)
    {
        var way = Way.Find(label);
        await using var callApi = await StartAsync(way);

        var output = await callApi.RunAsync([.. Way.Fill(callApi, CallApiReadme.Ways[way.Name]), "--Repeat=3"]);

        Assert.Equal(("3", $"{expected}"), (output.LastLine["ok"], output.LastLine["token_requests"]));
        Assert.Equal(expected, callApi.Server.TokenRequests);
    }

    internal static async Task<CallApiProcess> StartAsync(Way way)
    {
        var callApi = await way.StartAsync();
        using var expired = TestCertificates.Create("CN=orders, O=Acme", notAfter: DateTimeOffset.UnixEpoch.AddYears(50));
        using var another = TestCertificates.Create("CN=another");
        callApi.Write("junk", "canary-that-is-no-key-and-no-secret");
        callApi.Write("public.pem", _other.ExportSubjectPublicKeyInfoPem());
        callApi.Write("other.pem", _other.ExportECPrivateKeyPem());
        callApi.Write("encrypted.pem", _other.ExportEncryptedPkcs8PrivateKeyPem(CallApiProcess.Password, new PbeParameters(PbeEncryptionAlgorithm.Aes128Cbc, HashAlgorithmName.SHA256, 1000)));
        callApi.Write("expired.pem", Way.Pem(expired) + Way.PrivateKeyPem(expired));
        callApi.Write("another.pem", Way.Pem(another) + Way.PrivateKeyPem(another));
        return callApi;
    }
}
