using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using OAuthClient.Testing;

namespace OAuthClient.Tests.Protocol;

/// <summary>Clients that prove themselves by a signature, against a server that checks it as a conformance suite does.</summary>
public sealed class ClientAssertionTests : IDisposable
{
    private const string ClientId = "signing-client";
    private const string Secret = "a-secret-that-is-long-enough-to-sign-with";

    private readonly string _file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());

    /// <summary>Each kind of key in each of its spellings, and the algorithm that it makes.</summary>
    public static TheoryData<string, string, string?> Keys => new()
    {
        { "RS256", "pkcs8", null }, { "RS256", "pkcs1", null }, { "PS256", "pkcs8", "PS256" }, { "ES256", "pkcs8", null }, { "ES256", "sec1", null }, { "ES384", "pkcs8", null },
        { "ES256", "encrypted", null }, { "RS256", "encrypted", null }, { "ES256", "pfx", null }, { "RS256", "pfx", null }, { "ES256", "jwk", null }, { "ES384", "jwk", null }, { "RS256", "jwk", null },
    };

    [Theory]
    [MemberData(nameof(Keys))]
    public async Task Get_WithAPrivateKey_IsAnsweredWithAToken(string algorithm, string spelling, string? chosen)
    {
        using var key = CreateKey(algorithm);
        await using var app = await StartAsync(key, algorithm, client =>
        {
            client.ClientAssertionAlgorithm = chosen;
            client.PrivateKeyPassword = spelling is "encrypted" or "pfx" ? "open sesame" : null;
            Write(key, spelling);
            client.PrivateKeyFile = _file;
        });

        await app.GetTokenAsync();

        Assert.Empty(app.Server.FailedChecks);
        var form = Assert.Single(app.Server.RecordedTokenRequests).Form;
        Assert.Equal("urn:ietf:params:oauth:client-assertion-type:jwt-bearer", form["client_assertion_type"]);
        Assert.False(form.ContainsKey("client_secret"));
        var assertion = new JsonWebToken(form["client_assertion"]);
        Assert.Equal((algorithm, "client-authentication+jwt"), (assertion.Alg, assertion.Typ));
        Assert.Equal([app.Server.Issuer.AbsoluteUri], assertion.Audiences);
        Assert.Equal((ClientId, ClientId), (assertion.Issuer, assertion.Subject));
        Assert.Equal(60, (assertion.ValidTo - assertion.IssuedAt).TotalSeconds);
        Assert.False(assertion.TryGetPayloadValue<object>("nbf", out _));
        Assert.Equal(16, Base64UrlEncoder.DecodeBytes(assertion.Id).Length);
    }

    /// <summary>RFC 7638 §3.1 has a key and what its thumbprint is.</summary>
    [Fact]
    public void KeyId_OfTheRfcsExample_IsTheThumbprintThere()
    {
        using var rsa = RSA.Create(2048);
        var parameters = rsa.ExportParameters(true);
        var own = SigningKey.Read(rsa.ExportPkcs8PrivateKeyPem(), null);
        var expected = Base64UrlEncoder.Encode(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(
            $$"""{"e":"{{Base64UrlEncoder.Encode(parameters.Exponent)}}","kty":"RSA","n":"{{Base64UrlEncoder.Encode(parameters.Modulus)}}"}""")));

        Assert.Equal((expected, expected), (own.Thumbprint, own.KeyId));
        Assert.Equal("NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs", Base64UrlEncoder.Encode(new JsonWebKey("""{"kty":"RSA","e":"AQAB","alg":"RS256","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"}""").ComputeJwkThumbprint()));
    }

    [Fact]
    public async Task Get_AfterALostAnswer_SendsAnotherAssertion()
    {
        using var key = CreateKey("ES256");
        await using var app = await StartAsync(key, "ES256", client => client.PrivateKey = key.ExportPkcs8PrivateKeyPem());
        app.Server.TokenEndpointBehavior.LoseNextResponses();

        await app.GetTokenAsync();
        await app.ForceTokenAsync();

        var ids = app.Server.RecordedTokenRequests.Select(request => new JsonWebToken(request.Form["client_assertion"]).Id).ToArray();
        Assert.Equal(3, ids.Distinct().Count());
        Assert.Empty(app.Server.FailedChecks);
    }

    [Theory]
    [InlineData("HS256", Secret)]
    [InlineData("HS512", "a-secret-that-is-long-enough-to-sign-with-hs512-too-as-the-rfc-wants-it")]
    public async Task Get_WithASignatureByTheSecret_IsAnsweredWithAToken(string algorithm, string secret)
    {
        await using var app = await TestApp.StartAsync(
            server => server.Clients.Add(new TestClient(ClientId, secret) { StrictAssertions = true, AssertionAlgorithm = algorithm, AuthenticationMethods = { "client_secret_jwt" } }),
            client => (client.ClientId, client.ClientSecret, client.ClientAuthenticationMethod, client.ClientAssertionAlgorithm) = (ClientId, secret, ClientAuthenticationMethod.ClientSecretJwt, algorithm));

        await app.GetTokenAsync();

        Assert.Empty(app.Server.FailedChecks);
        Assert.DoesNotContain(app.Server.RecordedTokenRequests, request => request.Form.Values.Contains(secret));
    }

    /// <summary>What kubelets, Azure, AWS and SPIFFE write is renewed in its file, and sent as it is.</summary>
    [Fact]
    public async Task Get_WithAnAssertionThatThePlatformWrites_SendsWhatIsInTheFileNow()
    {
        using var platform = CreateKey("RS256");
        await using var app = await TestApp.StartAsync(
            server => server.Clients.Add(new TestClient(ClientId, null)
            {
                AssertionIssuer = "https://kubernetes.example",
                AssertionSubject = "system:serviceaccount:shop:orders",
                AssertionIssuerPublicKeyPem = platform.ExportSubjectPublicKeyInfoPem(),
                AssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-spiffe",
            }),
            client => (client.ClientId, client.ClientSecret, client.ClientAssertionFile, client.ClientAssertionType) = (ClientId, null, _file, "urn:ietf:params:oauth:client-assertion-type:jwt-spiffe"));
        foreach (var id in new[] { "one", "two" })
        {
            File.WriteAllText(_file, WriteForPlatform(platform, app, id) + "\n");
            await app.ForceTokenAsync();
        }

        Assert.Empty(app.Server.FailedChecks);
        Assert.Equal(["one", "two"], app.Server.RecordedTokenRequests.Select(request => new JsonWebToken(request.Form["client_assertion"]).Id));
        Assert.All(app.Server.RecordedTokenRequests, request => Assert.Equal(ClientId, request.Form["client_id"]));
    }

    [Fact]
    public async Task Get_WithAKeyThatIsReplaced_SignsWithTheNewOne()
    {
        using var first = CreateKey("ES256");
        using var second = CreateKey("RS256");
        File.WriteAllText(_file, first.ExportPkcs8PrivateKeyPem());
        await using var app = await TestApp.StartAsync(
            server => server.Clients.Add(new TestClient(ClientId, null) { PublicKeyPem = first.ExportSubjectPublicKeyInfoPem() }),
            client => (client.ClientId, client.ClientSecret, client.PrivateKeyFile) = (ClientId, null, _file));
        await app.GetTokenAsync();

        File.WriteAllText(_file, second.ExportPkcs8PrivateKeyPem());
        app.Server.Options.Clients[^1].PublicKeyPem = second.ExportSubjectPublicKeyInfoPem();
        await app.ForceTokenAsync();

        Assert.Equal(["ES256", "RS256"], app.Server.RecordedTokenRequests.Select(request => new JsonWebToken(request.Form["client_assertion"]).Alg));
    }

    /// <summary>A second secret is tried once where the first is refused, and then it is the first.</summary>
    [Fact]
    public async Task Get_WhileOneSecretTakesThePlaceOfAnother_UsesWhicheverTheServerTakes()
    {
        await using var app = await TestApp.StartAsync(client: client => client.SecondaryClientSecret = "the-next-one");
        await app.GetTokenAsync();
        app.Server.Options.Clients[0].ClientSecret = "the-next-one";

        await app.ForceTokenAsync();
        await app.ForceTokenAsync();

        Assert.Equal([200, 401, 200, 200], app.Server.RecordedTokenRequests.Select(request => request.StatusCode!.Value));

        // And back, as when somebody takes the change back.
        app.Server.Options.Clients[0].ClientSecret = OAuth2TestServer.DefaultClientSecret;
        app.Clock.Advance(TimeSpan.FromMinutes(20));
        await app.ForceTokenAsync();
        Assert.Equal([401, 200], app.Server.RecordedTokenRequests.Skip(4).Select(request => request.StatusCode!.Value));
    }

    /// <summary>A server that is out of order says nothing of the second secret, so the first stays the first.</summary>
    [Fact]
    public async Task Get_WhereNothingWasLearntOfTheSecondSecret_GoesOnWithTheFirst()
    {
        await using var app = await TestApp.StartAsync(client: client => client.SecondaryClientSecret = "the-next-one");
        app.Server.TokenEndpointBehavior.FailNext(1, 401, """{"error":"invalid_client"}""", "application/json");
        app.Server.TokenEndpointBehavior.FailNext(1, 503);
        await Assert.ThrowsAsync<OAuth2TokenException>(() => app.GetTokenAsync());
        var before = app.Server.TokenRequests;
        app.Clock.Advance(TimeSpan.FromHours(1));
        app.Server.TokenEndpointBehavior.Clear();

        await app.GetTokenAsync();

        Assert.Equal(before + 1, app.Server.TokenRequests);
    }

    [Fact]
    public async Task Get_WithTwoSecretsThatAreBothWrong_SendsEachOnce()
    {
        await using var app = await TestApp.StartAsync(client: client => (client.ClientSecret, client.SecondaryClientSecret) = ("wrong", "wrong-too"));

        var exception = await Assert.ThrowsAsync<OAuth2TokenException>(() => app.GetTokenAsync());
        await Assert.ThrowsAsync<OAuth2TokenException>(() => app.ForceTokenAsync());

        Assert.Equal("invalid_client", exception.Error);
        Assert.Equal(2, app.Server.TokenRequests);
    }

    /// <summary>A key that is of no use is told of when the host starts, by what is wrong with it.</summary>
    [Theory]
    [InlineData("no key at all", null, "is no PEM, JWK or PFX with a private key")]
    [InlineData("P-384", "ES256", "is of the kind 'P-384', which signs with ES384, and not with the ClientAssertionAlgorithm 'ES256'")]
    [InlineData("public", null, "is no PEM, JWK or PFX with a private key")]
    [InlineData("public jwk", null, "it is the public half of a key")]
    [InlineData("missing", null, "Could not find file")]
    public void Start_WithAKeyThatIsOfNoUse_SaysWhy(string kind, string? algorithm, string says)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        var text = kind switch
        {
            "P-384" => key.ExportPkcs8PrivateKeyPem(),
            "public" => key.ExportSubjectPublicKeyInfoPem(),
            "public jwk" => """{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}""",
            _ => kind,
        };
        if (kind != "missing")
            File.WriteAllText(_file, text);
        var options = new OAuth2ClientOptions { TokenEndpoint = new Uri("https://idp.example/token"), ClientId = ClientId, PrivateKeyFile = _file, ClientAssertionAlgorithm = algorithm };

        var exception = Assert.Throws<OptionsValidationException>(() => OAuth2Handler.Create(options));

        Assert.Contains("PrivateKeyFile", exception.Message, StringComparison.Ordinal);
        Assert.Contains(says, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_WithAnAudienceOfOnesOwn_SendsThat()
    {
        using var key = CreateKey("ES256");
        await using var app = await StartAsync(key, "ES256", client => (client.PrivateKey, client.ClientAssertionAudience) = (key.ExportPkcs8PrivateKeyPem(), "https://elsewhere.example/"));

        await Assert.ThrowsAsync<OAuth2TokenException>(() => app.GetTokenAsync());

        Assert.Equal(["https://elsewhere.example/"], new JsonWebToken(app.Server.RecordedTokenRequests[0].Form["client_assertion"]).Audiences);
        Assert.Equal(["client_assertion.aud"], app.Server.FailedChecks.Distinct());
    }

    /// <summary>What a clock that is off looks like from here: the server's answer says by how much.</summary>
    [Theory]
    [InlineData(10, "The server's clock is 600 s ahead of the one here; what is signed needs both to be right.")]
    [InlineData(-10, "The server's clock is 600 s behind the one here; what is signed needs both to be right.")]
    public async Task Get_WithAClockThatIsOff_SaysByHowMuch(int minutes, string says)
    {
        using var key = CreateKey("ES256");
        await using var app = await TestApp.StartAsync(
            server =>
            {
                server.TimeProvider = new ManualTimeProvider(server.TimeProvider.GetUtcNow().AddMinutes(minutes));
                server.Clients.Add(new TestClient(ClientId, null) { PublicKeyPem = key.ExportSubjectPublicKeyInfoPem(), StrictAssertions = true });
            },
            client => (client.ClientId, client.ClientSecret, client.PrivateKey) = (ClientId, null, key.ExportPkcs8PrivateKeyPem()));

        var exception = await Assert.ThrowsAsync<OAuth2TokenException>(() => app.GetTokenAsync());

        Assert.EndsWith(says, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_WithAKeyThatIsNotRegistered_SaysWhatToCheckAndNothingOfSecrets()
    {
        using var registered = CreateKey("ES256");
        using var other = CreateKey("ES256");
        await using var app = await StartAsync(registered, "ES256", client => client.PrivateKey = other.ExportPkcs8PrivateKeyPem());

        var exception = await Assert.ThrowsAsync<OAuth2TokenException>(() => app.GetTokenAsync());

        Assert.EndsWith("Check ClientId, that the public half of PrivateKey or PrivateKeyFile is registered for it, PrivateKeyId, and ClientAssertionAudience.", exception.Message, StringComparison.Ordinal);
        Assert.Equal(["client_assertion.signature"], app.Server.FailedChecks.Distinct());
    }

    private static string WriteForPlatform(AsymmetricAlgorithm key, TestApp app, string id) => new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor
    {
        SigningCredentials = new SigningCredentials(new RsaSecurityKey((RSA)key), "RS256"),
        Claims = new Dictionary<string, object>
        {
            ["iss"] = "https://kubernetes.example",
            ["sub"] = "system:serviceaccount:shop:orders",
            ["aud"] = app.Server.TokenEndpoint.AbsoluteUri,
            ["jti"] = id,
            ["exp"] = app.Clock.GetUtcNow().AddHours(1).ToUnixTimeSeconds(),
        },
    });

    public void Dispose() => File.Delete(_file);

    private static Task<TestApp> StartAsync(AsymmetricAlgorithm key, string algorithm, Action<OAuth2ClientOptions> configure) => TestApp.StartAsync(
        server => server.Clients.Add(new TestClient(ClientId, null) { PublicKeyPem = key.ExportSubjectPublicKeyInfoPem(), StrictAssertions = true, AssertionAlgorithm = algorithm, AuthenticationMethods = { "private_key_jwt" } }),
        client =>
        {
            (client.ClientId, client.ClientSecret) = (ClientId, null);
            configure(client);
        });

    private static AsymmetricAlgorithm CreateKey(string algorithm) => algorithm switch
    {
        "ES256" => ECDsa.Create(ECCurve.NamedCurves.nistP256),
        "ES384" => ECDsa.Create(ECCurve.NamedCurves.nistP384),
        _ => RSA.Create(2048),
    };

    private void Write(AsymmetricAlgorithm key, string spelling)
    {
        switch (spelling)
        {
            case "pkcs8":
                File.WriteAllText(_file, key.ExportPkcs8PrivateKeyPem());
                break;
            case "pkcs1":
                File.WriteAllText(_file, ((RSA)key).ExportRSAPrivateKeyPem());
                break;
            case "sec1":
                File.WriteAllText(_file, ((ECDsa)key).ExportECPrivateKeyPem());
                break;
            case "encrypted":
                File.WriteAllText(_file, key.ExportEncryptedPkcs8PrivateKeyPem("open sesame", new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1_000)));
                break;
            case "pfx":
                var request = key is RSA rsa ? new CertificateRequest("CN=orders", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1) : new CertificateRequest("CN=orders", (ECDsa)key, HashAlgorithmName.SHA256);
                using (var certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(200)))
                    File.WriteAllBytes(_file, certificate.Export(X509ContentType.Pfx, "open sesame"));
                break;
            default:
                var jwk = key is RSA own ? JsonWebKeyConverter.ConvertFromRSASecurityKey(new RsaSecurityKey(own.ExportParameters(true))) : JsonWebKeyConverter.ConvertFromECDsaSecurityKey(new ECDsaSecurityKey((ECDsa)key));
                File.WriteAllText(_file, System.Text.Json.JsonSerializer.Serialize(new Dictionary<string, string?>
                {
                    ["kty"] = jwk.Kty,
                    ["crv"] = jwk.Crv,
                    ["x"] = jwk.X,
                    ["y"] = jwk.Y,
                    ["d"] = jwk.D,
                    ["n"] = jwk.N,
                    ["e"] = jwk.E,
                    ["p"] = jwk.P,
                    ["q"] = jwk.Q,
                    ["dp"] = jwk.DP,
                    ["dq"] = jwk.DQ,
                    ["qi"] = jwk.QI,
                }.Where(member => member.Value is not null).ToDictionary()));
                break;
        }
    }
}
