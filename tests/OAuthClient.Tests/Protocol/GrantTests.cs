using System.Text;
using Microsoft.AspNetCore.Http;
using OAuthClient.Testing;

namespace OAuthClient.Tests.Protocol;

public sealed class GrantTests
{
    private const string Custom = "urn:acme:grant:pin";

    private static readonly OAuth2TokenRequest _new = new() { ForceNewToken = true };

    [Fact]
    public async Task ClientCredentials_SendsGrantTypeAndScopes()
    {
        await using var app = await TestApp.StartAsync(client: client =>
        {
            client.Scopes.Add("orders:read");
            client.Scopes.Add("urn:acme:orders:write");
        });

        await app.Tokens.GetTokenAsync(TestApp.ClientName);

        Assert.Equal(["grant_type=client_credentials&scope=orders%3Aread+urn%3Aacme%3Aorders%3Awrite"], Forms(app));
    }

    [Fact]
    public async Task ClientCredentials_WithNothingElse_SendsGrantTypeAlone()
    {
        await using var app = await TestApp.StartAsync();

        await app.Tokens.GetTokenAsync(TestApp.ClientName);

        Assert.Equal(["grant_type=client_credentials"], Forms(app));
    }

    [Fact]
    public async Task ClientCredentials_RefreshTokenInTheAnswer_IsIgnored()
    {
        await using var app = await TestApp.StartAsync(server => server.ConfigureTokenResponse = response => response["refresh_token"] = "r");

        await app.Tokens.GetTokenAsync(TestApp.ClientName);
        await app.Tokens.GetTokenAsync(TestApp.ClientName, _new);

        Assert.Equal(["grant_type=client_credentials", "grant_type=client_credentials"], Forms(app));
    }

    [Fact]
    public async Task AnyGrant_AudienceResourcesAndParameters_AreSent()
    {
        await using var app = await TestApp.StartAsync(
            server => server.RepeatableParameters.Add("resource"),
            client =>
            {
                client.Audience = "orders api";
                client.Resources.Add("https://orders.example/");
                client.Resources.Add("https://billing.example/?a=b&c=d");
                client.Parameters["orgHandle"] = "acmé & co";
            });

        await app.Tokens.GetTokenAsync(TestApp.ClientName);

        Assert.Equal(
            ["grant_type=client_credentials&audience=orders+api&resource=https%3A%2F%2Forders.example%2F&resource=https%3A%2F%2Fbilling.example%2F%3Fa%3Db%26c%3Dd&orgHandle=acm%C3%A9+%26+co"],
            Forms(app));
    }

    [Fact]
    public async Task AnyGrant_OverridesOfOneRequest_ReplaceTheClients()
    {
        await using var app = await TestApp.StartAsync(client: client =>
        {
            client.Scopes.Add("a");
            client.Audience = "orders";
            client.Resources.Add("https://orders.example/");
            client.Parameters["orgHandle"] = "acme";
            client.Parameters["env"] = "dev";
        });

        await app.Tokens.GetTokenAsync(TestApp.ClientName, new OAuth2TokenRequest
        {
            Scopes = ["b", "c"],
            Audience = "billing",
            Resources = ["https://billing.example/"],
            Parameters = new Dictionary<string, string> { ["env"] = "prod", ["pin"] = "1" },
        });

        var form = Assert.Single(app.Server.RecordedTokenRequests).Form;
        Assert.Equal(
            [("audience", "billing"), ("env", "prod"), ("grant_type", "client_credentials"), ("orgHandle", "acme"), ("pin", "1"), ("resource", "https://billing.example/"), ("scope", "b c")],
            form.Select(field => (field.Key, field.Value)).Order());
    }

    [Theory]
    [InlineData("grant_type", "GrantType")]
    [InlineData("client_id", "ClientId")]
    [InlineData("client_secret", "ClientSecret")]
    [InlineData("username", "Username")]
    [InlineData("password", "Password")]
    [InlineData("scope", "Scopes")]
    [InlineData("resource", "Resources")]
    [InlineData("audience", "Audience")]
    public async Task AnyGrant_ParameterWithASettingOfItsOwn_IsRefused(string field, string setting)
    {
        await using var app = await TestApp.StartAsync();
        var request = new OAuth2TokenRequest { Parameters = new Dictionary<string, string> { [field] = "x" } };

        var exception = await Assert.ThrowsAsync<InvalidOperationException>(async () => await app.Tokens.GetTokenAsync(TestApp.ClientName, request));

        Assert.Equal($"OAuth2 client 'orders': Parameters may not hold '{field}', which has a setting of its own. Set {setting} instead.", exception.Message);
    }

    [Fact]
    public async Task Password_SendsTheUserAndLaterTheRefreshTokenWithoutScope()
    {
        await using var app = await TestApp.StartAsync(client: client =>
        {
            client.GrantType = GrantTypes.Password;
            (client.Username, client.Password) = (OAuth2TestServer.DefaultUsername, OAuth2TestServer.DefaultPassword);
            client.Scopes.Add("orders");
            client.Parameters["orgHandle"] = "acme";
        });

        await app.Tokens.GetTokenAsync(TestApp.ClientName);
        await app.Tokens.GetTokenAsync(TestApp.ClientName, _new);

        var forms = Forms(app);
        Assert.Equal("grant_type=password&username=alice&password=alice-password&scope=orders&orgHandle=acme", forms[0]);
        Assert.Matches("^grant_type=refresh_token&refresh_token=[A-Za-z0-9_-]+&orgHandle=acme$", forms[1]);
        Assert.Equal([200, 200], app.Server.RecordedTokenRequests.Select(request => request.StatusCode));
    }

    [Fact]
    public async Task RefreshToken_GivenAsParameter_IsExchangedAndReplaced()
    {
        await using var app = await TestApp.StartAsync(client: client =>
        {
            client.GrantType = GrantTypes.RefreshToken;
            client.Parameters["refresh_token"] = "first";
            client.Parameters["orgHandle"] = "acme";
            client.Scopes.Add("orders");
        });
        var answers = new Queue<string>(["""{"access_token":"a","refresh_token":"second"}""", """{"access_token":"b"}""", """{"access_token":"c"}"""]);
        app.Server.TokenEndpointBehavior.Override = async context =>
        {
            await context.Request.ReadFormAsync();
            await context.Response.WriteAsync(answers.Dequeue());
        };

        await app.Tokens.GetTokenAsync(TestApp.ClientName);
        await app.Tokens.GetTokenAsync(TestApp.ClientName, _new);
        await app.Tokens.GetTokenAsync(TestApp.ClientName, _new);

        string Form(string refreshToken) => $"grant_type=refresh_token&refresh_token={refreshToken}&scope=orders&orgHandle=acme";
        Assert.Equal([Form("first"), Form("second"), Form("second")], Forms(app));
    }

    [Fact]
    public async Task RefreshToken_Refused_SaysToSignInAgain()
    {
        await using var app = await TestApp.StartAsync(client: client =>
        {
            client.GrantType = GrantTypes.RefreshToken;
            client.Parameters["refresh_token"] = "canary-token";
        });

        var exception = await Assert.ThrowsAsync<OAuth2TokenException>(async () => await app.Tokens.GetTokenAsync(TestApp.ClientName));

        Assert.Equal(("invalid_grant", false), (exception.Error, exception.IsTransient));
        Assert.EndsWith("The client has no other grant; sign in again for a new refresh token.", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("canary-token", exception.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ExtensionGrant_SendsItsParametersAndRefreshesWithoutThem()
    {
        await using var app = await TestApp.StartAsync(
            server =>
            {
                server.CustomGrants[Custom] = context =>
                {
                    if (context.Parameters["pin"] != "4711")
                        context.Refuse("invalid_grant", "Wrong pin");
                    context.IssueRefreshToken = true;
                };
                server.Clients.Add(new TestClient(OAuth2TestServer.DefaultClientId, OAuth2TestServer.DefaultClientSecret) { GrantTypes = { Custom } });
            },
            client =>
            {
                client.GrantType = Custom;
                client.Parameters["pin"] = "4711";
                client.Scopes.Add("orders");
            });

        await app.Tokens.GetTokenAsync(TestApp.ClientName);
        await app.Tokens.GetTokenAsync(TestApp.ClientName, _new);

        var forms = Forms(app);
        Assert.Equal("grant_type=urn%3Aacme%3Agrant%3Apin&scope=orders&pin=4711", forms[0]);
        Assert.Matches("^grant_type=refresh_token&refresh_token=[A-Za-z0-9_-]+$", forms[1]);
        Assert.Equal([200, 200], app.Server.RecordedTokenRequests.Select(request => request.StatusCode));
    }

    private static string[] Forms(TestApp app) => [.. app.Server.RecordedTokenRequests.Select(request => Encoding.UTF8.GetString(request.Body.Span))];
}
