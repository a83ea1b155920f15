using System.Net;
using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using OAuthClient.Testing;

namespace OAuthClient.Tests.Http;

/// <summary>Tokens that are bound to a key (RFC 9449), against a server that checks every proof.</summary>
public sealed class DPoPTests : IDisposable
{
    private readonly string _file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());

    [Fact]
    public async Task Call_OfABoundClient_CarriesAProofOfItsOwn()
    {
        await using var app = await StartAsync();
        using var http = app.CreateClient();

        await http.GetStringAsync(new Uri("orders?x=1#part", UriKind.Relative));
        await http.PostAsync(new Uri("orders/7", UriKind.Relative), new StringContent("x"));

        Assert.Empty(app.Server.FailedChecks);
        var proofs = app.Server.RecordedApiCalls.Select(call => new JsonWebToken(call.Headers["DPoP"])).ToArray();
        Assert.Equal(["GET", "POST"], proofs.Select(proof => proof.GetPayloadValue<string>("htm")));
        Assert.Equal([$"{app.Server.ApiBaseAddress}orders", $"{app.Server.ApiBaseAddress}orders/7"], proofs.Select(proof => proof.GetPayloadValue<string>("htu")));
        Assert.Equal(2, proofs.Select(proof => proof.Id).Distinct().Count());
        var token = app.Server.RecordedApiCalls[0].Headers["Authorization"]["DPoP ".Length..];
        Assert.All(proofs, proof => Assert.Equal(Base64UrlEncoder.Encode(SHA256.HashData(System.Text.Encoding.ASCII.GetBytes(token))), proof.GetPayloadValue<string>("ath")));
        Assert.All(proofs, proof => Assert.DoesNotContain("\"d\"", Base64UrlEncoder.Decode(proof.EncodedHeader), StringComparison.Ordinal));
        Assert.Equal(1, app.Server.TokenRequests);
        Assert.False(new JsonWebToken(app.Server.RecordedTokenRequests[0].Headers["DPoP"]).TryGetPayloadValue<string>("ath", out _));
    }

    /// <summary>The RFC has the hash of a token in §7.1, with the token in §4.1.</summary>
    [Fact]
    public void HashOf_TheRfcsToken_IsTheHashThere() =>
        Assert.Equal("fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo", DPoPProver.HashOf("Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU"));

    [Fact]
    public async Task Nonces_OfBothServers_CostOneMoreRequestOnce()
    {
        await using var app = await StartAsync(server => server.TokenEndpointNonces = server.ApiNonces = true);
        using var http = app.CreateClient();

        for (var i = 0; i < 5; i++)
            await http.GetStringAsync(new Uri("orders", UriKind.Relative));
        await app.ForceTokenAsync();

        Assert.Equal([400, 200, 200], app.Server.RecordedTokenRequests.Select(request => request.StatusCode!.Value));
        Assert.Equal([401, 200, 200, 200, 200, 200], app.Server.RecordedApiCalls.Select(request => request.StatusCode!.Value));

        app.Server.RotateNonces();
        await http.GetStringAsync(new Uri("orders", UriKind.Relative));
        await http.GetStringAsync(new Uri("orders", UriKind.Relative));

        Assert.Equal([401, 200, 200], app.Server.RecordedApiCalls.Skip(6).Select(request => request.StatusCode!.Value));
        Assert.Equal(3, app.Server.TokenRequests);
    }

    /// <summary>Each of many callers at once needs its nonce, and none of them another token.</summary>
    [Fact]
    public async Task Nonces_OfTheApi_WithManyCallersAtOnce_CostNoToken()
    {
        await using var app = await StartAsync(server => server.ApiNonces = true);
        using var http = app.CreateClient();
        await app.GetTokenAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => http.GetAsync(new Uri("orders", UriKind.Relative))));

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        Assert.Equal(1, app.Server.TokenRequests);
    }

    [Fact]
    public async Task Nonce_ForContentThatCannotBeSentTwice_ReachesTheNextCall()
    {
        await using var app = await StartAsync(server => server.ApiNonces = true);
        using var http = app.CreateClient();

        using var first = await http.PostAsync(new Uri("orders", UriKind.Relative), new StreamContent(new OneWayStream()));
        using var second = await http.PostAsync(new Uri("orders", UriKind.Relative), new StreamContent(new OneWayStream()));

        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.OK), (first.StatusCode, second.StatusCode));
    }

    [Theory]
    [InlineData("dpop")]
    [InlineData("DPOP")]
    public async Task Token_WithItsTypeInAnotherCase_IsTaken(string type)
    {
        await using var app = await StartAsync(server => server.ConfigureTokenResponse = response => response["token_type"] = type);
        using var http = app.CreateClient();

        await http.GetStringAsync(new Uri("orders", UriKind.Relative));

        Assert.StartsWith("DPoP ", Assert.Single(app.Server.RecordedApiCalls).Headers["Authorization"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Token_ThatIsBoundToNothing_IsAnErrorUnlessAllowed()
    {
        await using var app = await StartAsync(server => server.ConfigureTokenResponse = response => response["token_type"] = "Bearer");
        await using var lenient = app.StartAnother(client => (client.DPoP, client.DPoPAllowBearer) = (true, true));

        var exception = await Assert.ThrowsAsync<OAuth2TokenException>(() => app.GetTokenAsync());

        Assert.Contains("that is not bound to the DPoP key of this client", exception.Message, StringComparison.Ordinal);
        Assert.Equal("Bearer", (await lenient.GetTokenAsync()).TokenType);
    }

    [Theory]
    [InlineData("pem")]
    [InlineData("jwk")]
    public async Task Key_FromAFile_IsTheOneThatTokensAreBoundTo(string spelling)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var jwk = JsonWebKeyConverter.ConvertFromECDsaSecurityKey(new ECDsaSecurityKey(key));
        File.WriteAllText(_file, spelling == "pem" ? key.ExportPkcs8PrivateKeyPem() : $$"""{"kty":"EC","crv":"P-256","x":"{{jwk.X}}","y":"{{jwk.Y}}","d":"{{jwk.D}}"}""");
        await using var app = await StartAsync(client: client => client.DPoPKeyFile = _file);

        var token = new JsonWebToken((await app.GetTokenAsync()).Value);

        Assert.Equal(Base64UrlEncoder.Encode(new ECDsaSecurityKey(key).ComputeJwkThumbprint()), token.GetPayloadValue<System.Text.Json.JsonElement>("cnf").GetProperty("jkt").GetString());
    }

    [Theory]
    [InlineData("no key", "cannot be read, or holds no P-256 key")]
    [InlineData("P-384", "holds a key of 384 bits")]
    public void Start_WithAKeyThatIsOfNoUse_SaysWhy(string kind, string says)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        File.WriteAllText(_file, kind == "P-384" ? key.ExportPkcs8PrivateKeyPem() : kind);

        var exception = Assert.Throws<OptionsValidationException>(() => OAuth2Handler.Create(new OAuth2ClientOptions
        {
            TokenEndpoint = new Uri("https://idp.example/token"),
            ClientId = "id",
            ClientSecret = "secret",
            DPoP = true,
            DPoPKeyFile = _file,
        }));

        Assert.Contains(says, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Call_AfterAChangeOfOtherSettings_GoesOnWithItsKeyAndToken()
    {
        var timeout = TimeSpan.FromSeconds(30);
        await using var app = await StartAsync(client: client => client.TokenRequestTimeout = timeout);
        using var http = app.CreateClient();
        await http.GetStringAsync(new Uri("orders", UriKind.Relative));

        timeout = TimeSpan.FromSeconds(20);
        app.ReloadOptions();
        await http.GetStringAsync(new Uri("orders", UriKind.Relative));

        Assert.Empty(app.Server.FailedChecks);
        Assert.Equal(1, app.Server.TokenRequests);
    }

    [Fact]
    public async Task Redirect_ToAnotherOrigin_TakesNoProofAlong()
    {
        await using var other = await OAuth2TestServer.StartAsync();
        await using var app = await StartAsync(server => server.Api = context =>
        {
            context.Response.Redirect($"{other.ApiBaseAddress}elsewhere");
            return Task.CompletedTask;
        });
        using var http = app.CreateClient();

        using var answer = await http.GetAsync(new Uri("orders", UriKind.Relative));

        var call = Assert.Single(other.RecordedApiCalls);
        Assert.False(call.Headers.ContainsKey("DPoP") || call.Headers.ContainsKey("Authorization"));
    }

    /// <summary>What is wrong with the proof no other token can mend.</summary>
    [Fact]
    public async Task Rejection_OfTheProof_CostsNoToken()
    {
        await using var app = await StartAsync();
        using var http = app.CreateClient();
        await http.GetStringAsync(new Uri("orders", UriKind.Relative));
        app.Server.ApiBehavior.Override = context =>
        {
            context.Response.StatusCode = 401;
            context.Response.Headers.WWWAuthenticate = "DPoP error=\"invalid_dpop_proof\"";
            return Task.CompletedTask;
        };

        using var answer = await http.GetAsync(new Uri("orders", UriKind.Relative));

        Assert.Equal((HttpStatusCode.Unauthorized, 1, 2), (answer.StatusCode, app.Server.TokenRequests, app.Server.ApiCalls));
        Assert.Contains(app.Log.Entries, entry => entry.Message.Contains("it objects to the DPoP proof, not to the token", StringComparison.Ordinal));
    }

    public void Dispose() => File.Delete(_file);

    private static Task<TestApp> StartAsync(Action<OAuth2TestServerOptions>? server = null, Action<OAuth2ClientOptions>? client = null) => TestApp.StartAsync(
        options =>
        {
            options.Clients.Add(new TestClient(OAuth2TestServer.DefaultClientId, OAuth2TestServer.DefaultClientSecret) { RequireDPoP = true });
            server?.Invoke(options);
        },
        options =>
        {
            options.DPoP = true;
            client?.Invoke(options);
        });
}
