using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.Tokens;
using OAuthClient.Testing;
using OAuthClient.Tests.Fapi;

namespace OAuthClient.Tests.Protocol;

/// <summary>What goes out, against the examples in the RFCs: the same settings make the same bytes.</summary>
public sealed class RfcExampleTests
{
    private const string Answer = """{"access_token":"mF_9.B5f-4.1JqM","token_type":"Bearer","expires_in":3600}""";

    /// <summary>RFC 8693 §2.3.</summary>
    [Fact]
    public async Task TokenExchange_OfTheRfcsExample_IsTheRequestThere()
    {
        await using var world = new World(_ => Answer, options =>
        {
            (options.TokenEndpoint, options.ClientId, options.ClientSecret) = (new Uri("https://as.example.com/as/token.oauth2"), "rs08", "long-secure-random-secret");
            (options.GrantType, options.SubjectToken) = (GrantTypes.TokenExchange, "accVkjcJyb4BWCxGsndESCJQbdFMogUC5PbRDqceLTC");
            options.Resources.Add("https://backend.example.com/api");
        });

        await world.Tokens.GetTokenAsync("rfc");

        var request = Assert.Single(world.Requests);
        Assert.Equal(("POST", "https://as.example.com/as/token.oauth2"), (request.Method, request.Address));
        Assert.Equal("Basic cnMwODpsb25nLXNlY3VyZS1yYW5kb20tc2VjcmV0", request.Headers["Authorization"]);
        AssertForm(
            "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange&resource=https%3A%2F%2Fbackend.example.com%2Fapi"
            + "&subject_token=accVkjcJyb4BWCxGsndESCJQbdFMogUC5PbRDqceLTC&subject_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Aaccess_token",
            request);
    }

    /// <summary>RFC 7523 §2.2. The code there is another grant's; <c>client_id</c> may stand beside an assertion (RFC 7521 §4.2), and platforms need it.</summary>
    [Fact]
    public async Task ClientAssertion_OfTheRfcsExample_IsInTheFormAsThere()
    {
        const string Assertion = "eyJhbGciOiJSUzI1NiIsImtpZCI6IjIyIn0.eyJpc3Mi.cC4hiUPo";
        await using var world = new World(_ => Answer, options =>
        {
            (options.TokenEndpoint, options.ClientId, options.ClientSecret) = (new Uri("https://as.example.com/token.oauth2"), "client", null);
            options.ClientAssertionCallback = _ => new(Assertion);
        });

        await world.Tokens.GetTokenAsync("rfc");

        var request = Assert.Single(world.Requests);
        Assert.Equal(("POST", "https://as.example.com/token.oauth2"), (request.Method, request.Address));
        Assert.DoesNotContain("Authorization", request.Headers.Keys);
        AssertForm($"grant_type=client_credentials&client_id=client&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion={Assertion}", request);
    }

    /// <summary>RFC 7523 §2.1.</summary>
    [Fact]
    public async Task JwtBearer_OfTheRfcsExample_IsInTheFormAsThere()
    {
        const string Assertion = "eyJhbGciOiJFUzI1NiIsImtpZCI6IjE2In0.eyJpc3Mi.J9l-ZhwP";
        await using var world = new World(_ => Answer, options =>
        {
            (options.TokenEndpoint, options.ClientId, options.ClientSecret) = (new Uri("https://as.example.com/token.oauth2"), "client", "secret");
            (options.GrantType, options.Assertion) = (GrantTypes.JwtBearer, Assertion);
        });

        await world.Tokens.GetTokenAsync("rfc");

        AssertForm($"grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion={Assertion}", Assert.Single(world.Requests));
    }

    /// <summary>RFC 9449 §4.1 and §5 for the token endpoint, §8 for the nonce, §7.1 for the API; the moments are those of the RFC.</summary>
    [Fact]
    public async Task DPoP_OfTheRfcsExamples_HasTheirMembersAndNoOthers()
    {
        const string Token = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU";
        var hasNonce = false;
        await using var world = new World(
            request => request.RequestUri!.Host == "server.example.com" ? $$"""{"access_token":"{{Token}}","token_type":"DPoP","expires_in":2677}""" : "{}",
            options =>
            {
                (options.TokenEndpoint, options.ClientId, options.ClientSecret) = (new Uri("https://server.example.com/token"), "s6BhdRkqt3", "gX1fBat3bV");
                (options.DPoP, options.BaseAddress) = (true, new Uri("https://resource.example.org/"));
            },
            DateTimeOffset.FromUnixTimeSeconds(1562262616),
            answer =>
            {
                if (hasNonce)
                    answer.Headers.TryAddWithoutValidation("DPoP-Nonce", "eyJ7S_zG.eyJH0-Z.HX4w-7v");
            });
        using var http = world.CreateClient();

        await world.Tokens.GetTokenAsync("rfc");
        world.Clock.Advance(TimeSpan.FromSeconds(2));
        await http.GetStringAsync(new Uri("protectedresource?page=1", UriKind.Relative));
        hasNonce = true;
        await world.Tokens.GetTokenAsync("rfc", new OAuth2TokenRequest { ForceNewToken = true });
        await world.Tokens.GetTokenAsync("rfc", new OAuth2TokenRequest { ForceNewToken = true });

        var (tokenRequest, call, withNonce) = (world.Requests[0], world.Requests[1], world.Requests[3]);
        AssertProof("""{"jti":"-BwC3ESc6acc2lTc","htm":"POST","htu":"https://server.example.com/token","iat":1562262616}""", tokenRequest);
        Assert.Equal($"DPoP {Token}", call.Headers["Authorization"]);
        AssertProof("""{"jti":"e1j3V_bKic8-LAEB","htm":"GET","htu":"https://resource.example.org/protectedresource","iat":1562262618,"ath":"fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo"}""", call);
        AssertProof("""{"jti":"-BwC3ESc6acc2lTc","htm":"POST","htu":"https://server.example.com/token","iat":1562262618,"nonce":"eyJ7S_zG.eyJH0-Z.HX4w-7v"}""", withNonce);
        Assert.Single(world.Requests.Select(request => Jws.Read(request.Headers["DPoP"]).Thumbprint).Distinct());
    }

    /// <summary>RFC 9449 §6.1 has what a token for the key of §4.1 is bound to.</summary>
    [Fact]
    public void Thumbprint_OfTheRfcsKey_IsTheOneThere() => Assert.Equal(
        "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I",
        Base64UrlEncoder.Encode(new JsonWebKey("""{"kty":"EC","x":"l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs","y":"9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA","crv":"P-256"}""").ComputeJwkThumbprint()));

    /// <summary>RFC 8628 §3.1 and §3.4, with the answer of §3.2.</summary>
    [Fact]
    public async Task DeviceFlow_OfTheRfcsExample_IsTheRequestsThere()
    {
        DeviceCodePrompt? prompt = null;
        await using var world = new World(
            request => request.RequestUri!.AbsolutePath == "/token" ? Answer
                : """{"device_code":"GmRhmhcxhwAzkoEqiMEg_DnyEhNkszIySk9eS","user_code":"WDJB-MJHT","verification_uri":"https://example.com/device","verification_uri_complete":"https://example.com/device?user_code=WDJB-MJHT","expires_in":1800,"interval":5}""",
            options =>
            {
                (options.TokenEndpoint, options.DeviceAuthorizationEndpoint) = (new Uri("https://server.example.com/token"), new Uri("https://server.example.com/device_authorization"));
                (options.ClientId, options.ClientSecret, options.ClientAuthenticationMethod) = ("1406020730", null, ClientAuthenticationMethod.None);
                options.GrantType = GrantTypes.DeviceCode;
                options.Scopes.Add("example_scope");
                options.DeviceCodeCallback = (shown, _) =>
                {
                    prompt = shown;
                    return default;
                };
            });

        await world.AdvanceUntilAsync(world.Tokens.GetTokenAsync("rfc").AsTask());

        Assert.Equal(["https://server.example.com/device_authorization", "https://server.example.com/token"], world.Requests.Select(request => request.Address));
        Assert.All(world.Requests, request => Assert.DoesNotContain("Authorization", request.Headers.Keys));
        AssertForm("client_id=1406020730&scope=example_scope", world.Requests[0]);

        // The scope is the device request's; the RFC's example of the token request has none, and servers ignore it there.
        var fields = Read(world.Requests[1].Body);
        Assert.Equal(
            Read("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&device_code=GmRhmhcxhwAzkoEqiMEg_DnyEhNkszIySk9eS&client_id=1406020730"),
            fields.Where(field => field != "scope=example_scope"));
        Assert.Equal(("WDJB-MJHT", new Uri("https://example.com/device")), (prompt!.UserCode, prompt.VerificationUri));
    }

    /// <summary>RFC 7662 §2.1, its second example.</summary>
    [Fact]
    public async Task Introspection_OfTheRfcsExample_IsTheRequestThere()
    {
        await using var world = new World(
            request => request.RequestUri!.AbsolutePath == "/introspect" ? """{"active":true,"client_id":"l238j323ds-23ij4"}""" : Answer,
            options =>
            {
                (options.ClientId, options.ClientSecret) = ("s6BhdRkqt3", "gX1fBat3bV");
                (options.TokenEndpoint, options.IntrospectionEndpoint) = (new Uri("https://server.example.com/token"), new Uri("https://server.example.com/introspect"));
            });

        var said = await world.Tokens.IntrospectAsync("rfc");

        Assert.Equal((true, "l238j323ds-23ij4"), (said.IsActive, said.ClientId));
        var request = world.Requests[1];
        Assert.Equal(("POST", "https://server.example.com/introspect"), (request.Method, request.Address));
        Assert.Equal("application/json", request.Headers["Accept"]);
        Assert.Equal("Basic czZCaGRSa3F0MzpnWDFmQmF0M2JW", request.Headers["Authorization"]);
        AssertForm("token=mF_9.B5f-4.1JqM&token_type_hint=access_token", request);

        // RFC 6749 §4.4.2 has the request before it.
        Assert.Equal("Basic czZCaGRSa3F0MzpnWDFmQmF0M2JW", world.Requests[0].Headers["Authorization"]);
        AssertForm("grant_type=client_credentials", world.Requests[0]);
    }

    /// <summary>RFC 7009 §2.1; the token comes by RFC 6749 §4.3.2 and is refreshed by its §6.</summary>
    [Fact]
    public async Task Revocation_OfTheRfcsExample_IsTheRequestThere()
    {
        await using var world = new World(
            request => request.RequestUri!.AbsolutePath == "/token" ? """{"access_token":"2YotnFZFEjr1zCsicMWpAA","token_type":"example","expires_in":3600,"refresh_token":"45ghiukldjahdnhzdauz"}""".Replace("example", "Bearer", StringComparison.Ordinal) : "",
            options =>
            {
                (options.ClientId, options.ClientSecret) = ("s6BhdRkqt3", "gX1fBat3bV");
                (options.GrantType, options.Username, options.Password) = (GrantTypes.Password, "johndoe", "A3ddj3w");
                (options.TokenEndpoint, options.RevocationEndpoint) = (new Uri("https://server.example.com/token"), new Uri("https://server.example.com/revoke"));
            });

        await world.Tokens.GetTokenAsync("rfc");
        await world.Tokens.RevokeAsync("rfc");

        Assert.Equal(3, world.Requests.Count);
        AssertForm("grant_type=password&username=johndoe&password=A3ddj3w", world.Requests[0]);
        var request = world.Requests[1];
        Assert.Equal(("POST", "https://server.example.com/revoke"), (request.Method, request.Address));
        Assert.Equal("Basic czZCaGRSa3F0MzpnWDFmQmF0M2JW", request.Headers["Authorization"]);
        AssertForm("token=45ghiukldjahdnhzdauz&token_type_hint=refresh_token", request);
        AssertForm("token=2YotnFZFEjr1zCsicMWpAA&token_type_hint=access_token", world.Requests[2]);
    }

    // The order of a form's fields means nothing; their bytes are to be the same.
    private static void AssertForm(string expected, Sent request)
    {
        Assert.Equal("application/x-www-form-urlencoded", request.Headers["Content-Type"]);
        Assert.Equal(Read(expected), Read(request.Body));
    }

    private static string[] Read(string form) => [.. form.Split('&').Order(StringComparer.Ordinal)];

    // Member by member; what is made anew for each key and proof is put in place of the RFC's.
    private static void AssertProof(string expectedClaims, Sent request)
    {
        var proof = Jws.Read(request.Headers["DPoP"]);
        var header = JsonNode.Parse("""{"typ":"dpop+jwt","alg":"ES256","jwk":{"kty":"EC","x":"l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs","y":"9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA","crv":"P-256"}}""")!;
        foreach (var member in new[] { "x", "y" })
        {
            Assert.Equal(32, Base64UrlEncoder.DecodeBytes((string?)proof.Jwk[member]).Length);
            header["jwk"]![member] = (string?)proof.Jwk[member];
        }

        var claims = JsonNode.Parse(expectedClaims)!;
        Assert.True(((string?)proof.Claims["jti"])?.Length >= 16, "RFC 9449 §4.2 wants 96 bits of it.");
        claims["jti"] = (string?)proof.Claims["jti"];
        Assert.True(JsonNode.DeepEquals(header, proof.Header), proof.Header.ToJsonString());
        Assert.True(JsonNode.DeepEquals(claims, proof.Claims), proof.Claims.ToJsonString());
        Assert.True(proof.IsSignedByItsOwnKey());
    }

    private sealed record Sent(string Method, string Address, Dictionary<string, string> Headers, string Body);

    /// <summary>A client at the hosts that the RFCs name, whose requests end here.</summary>
    private sealed class World : IAsyncDisposable
    {
        private readonly ServiceProvider _services;
        private readonly WaitingClock _time;

        public World(Func<HttpRequestMessage, string> answer, Action<OAuth2ClientOptions> configure, DateTimeOffset? start = null, Action<HttpResponseMessage>? complete = null)
        {
            Clock = new ManualTimeProvider(start);
            _time = new WaitingClock(Clock);
            var services = new ServiceCollection();
            services.AddSingleton<TimeProvider>(_time);
            services.AddOAuth2Client("rfc", configure).ConfigurePrimaryHttpMessageHandler(() => new Recorder(Requests, answer, complete));
            services.AddHttpClient(OAuth2Defaults.TokenEndpointHttpClientName).ConfigurePrimaryHttpMessageHandler(() => new Recorder(Requests, answer, complete));
            _services = services.BuildServiceProvider();
        }

        public ManualTimeProvider Clock { get; }

        public List<Sent> Requests { get; } = [];

        public IOAuth2TokenProvider Tokens => _services.GetRequiredService<IOAuth2TokenProvider>();

        public HttpClient CreateClient() => _services.GetRequiredService<IHttpClientFactory>().CreateClient("rfc");

        public async Task AdvanceUntilAsync(Task ended)
        {
            await TestApp.UntilAsync(() =>
            {
                if (_time.Waits > 0)
                    Clock.Advance(TimeSpan.FromSeconds(1));
                return ended.IsCompleted;
            });
            await ended;
        }

        public ValueTask DisposeAsync() => _services.DisposeAsync();
    }

    private sealed class Recorder(List<Sent> requests, Func<HttpRequestMessage, string> answer, Action<HttpResponseMessage>? complete) : HttpMessageHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var headers = request.Headers.NonValidated.Concat(request.Content is { } content ? content.Headers.NonValidated : []).ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase);
            requests.Add(new Sent(request.Method.Method, request.RequestUri!.AbsoluteUri, headers, request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken)));
            var response = new HttpResponseMessage(HttpStatusCode.OK) { RequestMessage = request, Content = new StringContent(answer(request), Encoding.UTF8, "application/json") };
            complete?.Invoke(response);
            return response;
        }
    }
}
