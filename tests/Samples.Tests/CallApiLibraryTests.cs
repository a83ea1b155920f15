using Microsoft.Extensions.DependencyInjection;
using OAuthClient;

namespace Samples.Tests;

/// <summary>What CallApi meets in the library on other ways in.</summary>
public class CallApiLibraryTests
{
    [Fact]
    public async Task Device_WithoutScopes_IsAskedForAllTheSame()
    {
        var way = Way.Find(Way.Device);
        await using var callApi = await way.StartAsync();

        var output = await callApi.RunAsync([.. Way.Fill(callApi, CallApiReadme.Ways[way.Name]), "--OAuth2:Scopes="]);

        Assert.True(output.ExitCode == 0, output.ToString());
    }

    [Fact]
    public async Task Device_FirstSecretReplaced_IsAskedForWithTheSecond()
    {
        var way = Way.Find(Way.Device);
        await using var callApi = await way.StartAsync();
        callApi.Variables["OAuth2__ClientSecret"] = CallApiProcess.WrongSecret;
        callApi.Write("new-secret", CallApiProcess.ClientSecret);

        var output = await callApi.RunAsync([.. Way.Fill(callApi, CallApiReadme.Ways[way.Name]), "--OAuth2:SecondaryClientSecretFile=new-secret"]);

        Assert.True(output.ExitCode == 0, output.ToString());
    }

    // Those of WSO2's servers have 28 characters.
    [Fact]
    public async Task ClientSecretJwt_SecretOf28Characters_Signs()
    {
        const string Secret = "canary-secret-of-28-letters!";
        var way = Way.Find("the secret, without sending it");
        await using var callApi = await way.StartAsync();
        callApi.Server.Options.Clients[0].ClientSecret = Secret;
        callApi.Variables["OAuth2__ClientSecret"] = Secret;

        var output = await callApi.RunAsync(Way.Fill(callApi, CallApiReadme.Ways[way.Name]));

        Assert.True(output.ExitCode == 0, output.ToString());
    }

    [Fact]
    public async Task SubjectTokenClient_HandlerAtTheTokenEndpointThatOnlySendsAsync_SeesItsRequestToo()
    {
        var way = Way.Find("another token for another client's");
        await using var callApi = await way.StartAsync();
        var seen = 0;
        var services = new ServiceCollection();
        foreach (var name in (string[])["machine", "api"])
        {
            services.AddOAuth2Client(name, options =>
            {
                (options.TokenEndpoint, options.ClientId, options.ClientSecretFile) = (callApi.Server.TokenEndpoint, name, Path.Combine(callApi.WorkingDirectory, "machine-secret"));
                if (name == "api")
                    (options.ClientId, options.ClientSecretFile, options.ClientSecret, options.GrantType, options.SubjectTokenClient) = (CallApiProcess.ClientId, null, CallApiProcess.ClientSecret, GrantTypes.TokenExchange, "machine");
            });
        }

        services.AddHttpClient(OAuth2Defaults.TokenEndpointHttpClientName).AddHttpMessageHandler(() => new Watcher(() => seen++));
        await using var provider = services.BuildServiceProvider();

        await provider.GetRequiredService<IOAuth2TokenProvider>().GetTokenAsync("api");

        Assert.Equal((2, 2), (callApi.Server.TokenRequests, seen));
    }

    [Theory]
    [InlineData("a private key: EC", "--OAuth2:PrivateKeyFile=other.pem", "PrivateKey")]
    [InlineData("a private key: EC", "--OAuth2:PrivateKeyFile=encrypted.pem", "PrivateKeyPassword")]
    [InlineData("a private key: EC", "--OAuth2:PrivateKeyFile=other.pem --OAuth2:ClientSecret=" + CallApiProcess.WrongSecret, "ClientSecret is set|ClientSecret are both set")]
    [InlineData("a certificate", "--OAuth2:ClientCertificateFile=another.pem", "ClientCertificate")]
    [InlineData("a token that the platform writes into a file", "--OAuth2:ClientAssertionFile=junk", "ClientAssertion")]
    [InlineData("a second secret, while one replaces the other", "--OAuth2:SecondaryClientSecretFile=missing", "SecondaryClientSecretFile")]
    [InlineData("a second secret, while one replaces the other", "--OAuth2:SecondaryClientSecretFile=junk", "SecondaryClientSecret")]
    [InlineData("a token bound to a key (DPoP): http", "", "DPoP to true|Set DPoP")]
    [InlineData("another organization", "--OAuth2:GrantType=organization_switch --OAuth2:SubjectTokenFile=user.jwt --OAuth2:SwitchingOrganization=nowhere", "SwitchingOrganization")]
    [InlineData("another token for a user's", "--OAuth2:GrantType=urn:ietf:params:oauth:grant-type:token-exchange --OAuth2:SubjectTokenFile=junk", "SubjectToken")]
    [InlineData("a user signs in on another device", "--OAuth2:GrantType=device_code", "urn:ietf:params:oauth:grant-type:device_code")]
    public async Task Message_OfAWayThatFails_NamesTheSettingThatHelps(string label, string arguments, string setting)
    {
        var way = Way.Find(label);
        await using var callApi = await CallApiWayMessagesTests.StartAsync(way);
        callApi.Write("user.jwt", callApi.Server.IssueToken(username: "alice"));

        var output = await callApi.RunAsync(Way.Fill(callApi, arguments));

        Assert.Matches(setting, output.StandardError);
    }

    [Theory]
    [InlineData("a token for a JWT", "--OAuth2:GrantType=urn:ietf:params:oauth:grant-type:jwt-bearer --OAuth2:AssertionFile=junk", "Username|Password")]
    [InlineData("a private key: EC", "--OAuth2:PrivateKeyFile=other.pem", "ClientSecret|BasicCredentialEncoding")]
    [InlineData("an agent signs in", "--OAuth2:GrantType=authorization_code --OAuth2:AgentId=<agent's id> --OAuth2:RedirectUri=https://app.example/callback --OAuth2:AgentSecretFile=missing", "AgentSecretCallback")]
    public async Task Message_OfAWayThatFails_NamesNoSettingThatCannotHelp(string label, string arguments, string setting)
    {
        var way = Way.Find(label);
        await using var callApi = await CallApiWayMessagesTests.StartAsync(way);

        var output = await callApi.RunAsync(Way.Fill(callApi, arguments));

        Assert.DoesNotMatch(setting, output.StandardError);
    }

    [Fact]
    public async Task Device_UserSaysNo_SaysThatTheUserDid()
    {
        var way = Way.Find(Way.Device);
        await using var callApi = await way.StartAsync();
        callApi.OnErrorLine = _ => callApi.Server.PendingUserCodes.ToList().ForEach(callApi.Server.DenyDevice);

        var output = await callApi.RunAsync(Way.Fill(callApi, CallApiReadme.Ways[way.Name]));

        output.AssertFailure(3, "access_denied");
        Assert.DoesNotContain("Check TokenEndpoint", output.StandardError, StringComparison.Ordinal);
    }

    private sealed class Watcher(Action see) : DelegatingHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            see();
            return base.SendAsync(request, cancellationToken);
        }
    }
}
