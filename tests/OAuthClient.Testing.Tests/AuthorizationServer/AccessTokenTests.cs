using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace OAuthClient.Testing.Tests.AuthorizationServer;

/// <summary>The JWTs that a server makes, as an API reads them that has a library for it.</summary>
public class AccessTokenTests : ServerTests
{
    private TestIssuer _acme = null!;

    // The library goes by the clock of the machine, so the server's is moved.
    public AccessTokenTests() => Time = new ManualTimeProvider(TimeProvider.System.GetUtcNow());

    public static TheoryData<string, string> Grants => new()
    {
        { "client_credentials", "test-client" },
        { "password", "alice" },
        { "refresh_token", "alice" },
        { "urn:custom", "bob" },
        { "authorization_code", "agent" },
        { "urn:ietf:params:oauth:grant-type:token-exchange", "alice" },
        { "urn:ietf:params:oauth:grant-type:jwt-bearer", "alice" },
        { "urn:ietf:params:oauth:grant-type:saml2-bearer", "carol" },
        { "urn:ietf:params:oauth:grant-type:device_code", "alice" },
        { "organization_switch", "alice" },
    };

    protected override void Configure(OAuth2TestServerOptions options)
    {
        var client = new TestClient("test-client", "test-secret");
        client.GrantTypes.UnionWith(Grants.Select(g => (string)g[0]));
        options.Clients.Add(client);
        options.Agents.Add(new TestAgent("agent", "agent-secret"));
        options.Organizations.Add("acme");
        options.CustomGrants["urn:custom"] = grant => grant.Username = "bob";
    }

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        _acme = Server.AddIssuer("t/acme");
    }

    [Theory]
    [MemberData(nameof(Grants))]
    public async Task Token_OfEachGrant_IsValidByTheKeysOfItsIssuer(string grantType, string subject)
    {
        foreach (var (issuer, endpoint) in new[] { (Server.Issuer, Server.TokenEndpoint), (_acme.Issuer, _acme.TokenEndpoint) })
        {
            var form = grantType is "refresh_token"
                ? $"grant_type=refresh_token&refresh_token={(await PostAsync(endpoint, Caller.PasswordGrant))["refresh_token"]}"
                : await GrantForms.CreateAsync(grantType, Server, Caller, endpoint);

            await AssertValidAsync((await PostAsync(endpoint, form))["access_token"]!, issuer, subject);
        }
    }

    [Theory]
    [InlineData(null, "test-client")]
    [InlineData("alice", "alice")]
    [InlineData("stranger", "stranger")]
    public async Task Token_IssuedWithoutARequest_IsValidByTheKeysOfItsIssuer(string? username, string subject)
    {
        await AssertValidAsync(Server.IssueToken(username: username), Server.Issuer, subject);
        await AssertValidAsync(_acme.IssueToken(username: username), _acme.Issuer, subject);
    }

    /// <summary>A grant that the server learns is to be checked here as well.</summary>
    [Fact]
    public async Task Grants_OfTheMetadata_AreAllAmongThoseOfTheseTests() =>
        Assert.Equal(
            (await ReadMetadataAsync(Server.Issuer)).GetProperty("grant_types_supported").EnumerateArray().Select(g => g.GetString()!).Order(),
            Grants.Select(g => (string)g[0]).Order());

    [Fact]
    public async Task Token_OfAnotherIssuer_IsRefused() =>
        Assert.IsType<SecurityTokenInvalidIssuerException>((await ReadAsync(_acme.IssueToken(), Server.Issuer)).Exception);

    [Fact]
    public async Task Token_SignedByAnotherIssuer_HasAKeyThatIsNotPublishedHere()
    {
        var third = Server.AddIssuer("t/third");

        foreach (var (issuer, signer) in new[] { (Server.Issuer, _acme), (_acme.Issuer, third) })
        {
            var token = signer.IssueToken(configureClaims: claims => claims["iss"] = issuer.AbsoluteUri);
            Assert.IsType<SecurityTokenSignatureKeyNotFoundException>((await ReadAsync(token, issuer)).Exception);
        }
    }

    [Fact]
    public async Task Token_Changed_HasASignatureThatIsWrong()
    {
        var token = Server.IssueToken();
        var other = Server.IssueToken(username: "alice");

        var mixed = string.Join('.', token.Split('.')[0], other.Split('.')[1], token.Split('.')[2]);

        Assert.IsType<SecurityTokenInvalidSignatureException>((await ReadAsync(mixed, Server.Issuer)).Exception);
    }

    [Fact]
    public async Task Token_AnHourOld_HasExpired()
    {
        Time.JumpWallClock(TimeSpan.FromHours(-1));

        Assert.IsType<SecurityTokenExpiredException>((await ReadAsync(await Caller.GetTokenAsync(), Server.Issuer)).Exception);
    }

    [Fact]
    public async Task Token_OfAServerWhoseClockIsFast_IsNotYetValid()
    {
        Time.JumpWallClock(TimeSpan.FromMinutes(5));

        Assert.IsType<SecurityTokenNotYetValidException>((await ReadAsync(await Caller.GetTokenAsync(), Server.Issuer)).Exception);
    }

    [Fact]
    public async Task Token_ThatLivesForEver_IsValid()
    {
        Server.Options.TokenLifetime = Timeout.InfiniteTimeSpan;
        Time.JumpWallClock(TimeSpan.FromDays(-10_000));

        Assert.Null((await ReadAsync(await Caller.GetTokenAsync(), Server.Issuer)).Exception);
    }

    [Fact]
    public async Task Token_ForAnotherAudience_IsRefusedForThat()
    {
        var token = Server.IssueToken(configureClaims: claims => claims["aud"] = "https://other.example");

        Assert.IsType<SecurityTokenInvalidAudienceException>((await ReadAsync(token, Server.Issuer)).Exception);
    }

    private Task<Answer> PostAsync(Uri endpoint, string form) => Caller.PostAsync(endpoint, form, Caller.Basic("test-client", "test-secret"));

    private async Task<JsonElement> ReadMetadataAsync(Uri issuer) => await Caller.Http.GetFromJsonAsync<JsonElement>($"{issuer}/.well-known/openid-configuration");

    private async Task AssertValidAsync(string token, Uri issuer, string subject)
    {
        var result = await ReadAsync(token, issuer);

        Assert.Null(result.Exception);
        Assert.Equal(subject, result.Claims["sub"]);
    }

    /// <summary>By the rules of RFC 9068 section 4: type, issuer, audience, lifetime, and the signature by the one key that the token names.</summary>
    private async Task<TokenValidationResult> ReadAsync(string token, Uri issuer)
    {
        var keys = new JsonWebKeySet(await Caller.Http.GetStringAsync((await ReadMetadataAsync(issuer)).GetProperty("jwks_uri").GetString()));
        return await new JsonWebTokenHandler().ValidateTokenAsync(token, new TokenValidationParameters
        {
            ValidTypes = ["at+jwt"],
            ValidAlgorithms = [SecurityAlgorithms.EcdsaSha256],
            ValidIssuer = issuer.AbsoluteUri,
            ValidAudience = "test-client",
            IssuerSigningKeys = keys.GetSigningKeys(),
            TryAllIssuerSigningKeys = false,
            ClockSkew = TimeSpan.Zero,
        });
    }
}
