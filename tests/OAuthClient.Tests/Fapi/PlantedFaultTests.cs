using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.WebUtilities;

namespace OAuthClient.Tests.Fapi;

/// <summary>
/// What a client could do wrong, planted between the library and the wire: the test server catches each fault under its own name, so that a
/// run of its checks without one says something, and the library takes no refusal for a success.
/// </summary>
public sealed class PlantedFaultTests
{
    private static readonly FapiProfile _signing = new(Signs: true, ProvesKey: false, BindsToCertificate: false);
    private static readonly FapiProfile _proving = new(Signs: true, ProvesKey: true, BindsToCertificate: false);
    private static readonly FapiProfile _mutual = new(Signs: false, ProvesKey: false, BindsToCertificate: true);

    private static readonly Dictionary<string, Fault> _faults = new(StringComparer.Ordinal)
    {
        ["assertion of another key"] = Assertion("signature", _ => { }, signedBy: app => app.ProofKey),
        ["assertion for another server"] = Assertion("aud", jws => jws.Claims["aud"] = "https://other.example/"),
        ["assertion for the token endpoint"] = Assertion("aud", (jws, app) => jws.Claims["aud"] = app.Issuer.TokenEndpoint.AbsoluteUri),
        ["assertion without aud"] = Assertion("aud", jws => jws.Claims.Remove("aud")),
        ["assertion with a list as aud"] = Assertion("aud_array", (jws, app) => jws.Claims["aud"] = new JsonArray(app.Issuer.Issuer.AbsoluteUri)),
        ["assertion that lives for an hour"] = Assertion("exp_far", jws => jws.Claims["exp"] = (long)jws.Claims["iat"]! + 3_600),
        ["assertion that has expired"] = Assertion("exp", jws => jws.Claims["exp"] = (long)jws.Claims["iat"]! - 1),
        ["assertion without exp"] = Assertion("exp", jws => jws.Claims.Remove("exp")),
        ["assertion of a time to come"] = Assertion("iat", jws => jws.Claims["iat"] = (long)jws.Claims["iat"]! + 300),
        ["assertion that is not good yet"] = Assertion("nbf", jws => jws.Claims["nbf"] = (long)jws.Claims["iat"]! + 30),
        ["assertion with a jti of before"] = Assertion("jti", jws => jws.Claims["jti"] = "the same each time") with { IsRepetition = true },
        ["assertion without jti"] = Assertion("jti", jws => jws.Claims.Remove("jti")),
        ["assertion of another issuer"] = Assertion("iss", jws => jws.Claims["iss"] = "another-client"),
        ["assertion without iss"] = Assertion("iss", jws => jws.Claims.Remove("iss")),
        ["assertion of another subject"] = Assertion("sub", jws => jws.Claims["sub"] = "another-client"),
        ["assertion by RS256"] = Assertion("alg", jws => jws.Header["alg"] = "RS256", signedBy: _ => RSA.Create(2048)),
        ["assertion by none"] = Assertion("alg", jws => jws.Header["alg"] = "none"),
        ["assertion by the public key as a secret"] = Assertion("alg", jws => jws.Header["alg"] = "HS256"),
        ["assertion that is no JWT"] = Form("client_assertion.format", form => form["client_assertion"] = "e30.e30"),
        ["assertion of another type"] = Form("client_assertion.type", form => form["client_assertion_type"] = "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"),
        ["assertion without its type"] = Form("client_assertion.type", form => form.Remove("client_assertion_type")),
        ["assertion beside the id of another client"] = Form("client_assertion.iss", form => form["client_id"] = "another-client"),

        ["secret beside the assertion"] = Form("token_request.authentication", form => form["client_secret"] = "a-secret"),
        ["secret in the header beside the assertion"] = Request("token_request.authentication", (request, _) => request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String("fapi-client:a-secret"u8))),
        ["parameter twice"] = Request("token_request.repeated", (request, _) => request.Content = new FormUrlEncodedContent([.. ReadForm(request), new("grant_type", "client_credentials")])),
        ["assertion in the query"] = Request("token_request.query", (request, _) => request.RequestUri = new Uri(QueryHelpers.AddQueryString(request.RequestUri!.AbsoluteUri, "client_assertion", "e30"))),
        ["GET"] = Request("token_request.method", (request, _) => request.Method = HttpMethod.Get),
        ["JSON"] = Request("token_request.content_type", (request, _) => request.Content!.Headers.ContentType = new MediaTypeHeaderValue("application/json")),

        ["no proof"] = Request("dpop.missing", (request, _) => request.Headers.Remove("DPoP"), _proving),
        ["two proofs"] = Request("dpop.multiple", (request, _) => request.Headers.TryAddWithoutValidation("DPoP", request.Headers.GetValues("DPoP").Single()), _proving),
        ["proof that is no JWT"] = Request("dpop.format", (request, _) => SetProof(request, "e30.e30"), _proving),
        ["proof of the type JWT"] = Proof("typ", jws => jws.Header["typ"] = "JWT"),
        ["proof by none"] = Proof("alg", jws => jws.Header["alg"] = "none"),
        ["proof by a secret"] = Proof("alg", jws => jws.Header["alg"] = "HS256"),
        ["proof without a key"] = Proof("jwk", jws => jws.Header.Remove("jwk")),
        ["proof with the private key"] = Proof("jwk_private", (jws, app) => jws.Header["jwk"] = Jws.CreateJwk(app.ProofKey, withPrivatePart: true)),
        ["proof of another key than it names"] = Proof("signature", _ => { }, signedBy: app => app.Key),
        ["proof for another method"] = Proof("htm", jws => jws.Claims["htm"] = "GET"),
        ["proof for the method in lower case"] = Proof("htm", jws => jws.Claims["htm"] = "post"),
        ["proof for another address"] = Proof("htu", (jws, app) => jws.Claims["htu"] = app.Issuer.RevocationEndpoint.AbsoluteUri),
        ["proof for another origin"] = Proof("htu", jws => jws.Claims["htu"] = "https://other.example/fapi/oauth2/token"),
        ["proof of an hour ago"] = Proof("iat", jws => jws.Claims["iat"] = (long)jws.Claims["iat"]! - 3_600),
        ["proof of a time to come"] = Proof("iat", jws => jws.Claims["iat"] = (long)jws.Claims["iat"]! + 3_600),
        ["proof without iat"] = Proof("iat", jws => jws.Claims.Remove("iat")),
        ["proof with a jti of before"] = Proof("jti", jws => jws.Claims["jti"] = "the same each time") with { IsRepetition = true },
        ["proof without jti"] = Proof("jti", jws => jws.Claims.Remove("jti")),
        ["proof with a nonce that nobody gave out"] = Proof("nonce", jws => jws.Claims["nonce"] = "mine") with { WantsNonces = true },

        ["call with the scheme Bearer"] = Call("dpop.scheme", (request, _) => request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", request.Headers.Authorization!.Parameter)),
        ["call without a proof"] = Call("dpop.missing", (request, _) => request.Headers.Remove("DPoP")),
        ["call with two proofs"] = Call("dpop.multiple", (request, _) => request.Headers.TryAddWithoutValidation("DPoP", request.Headers.GetValues("DPoP").Single())),
        ["call with a proof without ath"] = CallProof("ath", jws => jws.Claims.Remove("ath")),
        ["call with a proof for another token"] = CallProof("ath", jws => jws.Claims["ath"] = Jws.Hash("another token")),
        ["call with a proof of another key"] = CallProof("binding", (jws, app) => jws.Header["jwk"] = Jws.CreateJwk(app.Key), signedBy: app => app.Key),
        ["call with a proof for another address"] = CallProof("htu", (jws, app) => jws.Claims["htu"] = $"{app.Server.ApiBaseAddress}others"),
        ["call with a proof for another method"] = CallProof("htm", jws => jws.Claims["htm"] = "POST"),
        ["call with a proof with a jti of before"] = CallProof("jti", jws => jws.Claims["jti"] = "the same each time") with { IsRepetition = true },
        ["call with a proof with a nonce that nobody gave out"] = CallProof("nonce", jws => jws.Claims["nonce"] = "mine") with { WantsNonces = true },

        ["another certificate"] = Request("certificate.registered", (request, app) => Present(request, app.CreateCertificate("CN=another")), _mutual),
        ["no certificate"] = Request("certificate.missing", (request, _) => Present(request, null), _mutual),
        ["certificate that has expired"] = Request("certificate.expired", (request, app) => Present(request, app.CreateCertificate(until: DateTimeOffset.UnixEpoch.AddYears(50))), _mutual),
        ["call over another certificate"] = Call("certificate.binding", (request, app) => Present(request, app.CreateCertificate()), _mutual),
        ["call without the certificate"] = Call("certificate.binding", (request, _) => Present(request, null), _mutual),
    };

    public static TheoryData<string> Faults => [.. _faults.Keys];

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task Fault_PlantedInARequest_IsCaughtByItsNameAndEndsInNoSuccess(string name)
    {
        var fault = _faults[name];
        await using var app = await FapiApp.StartAsync(fault.Profile, server => server.TokenEndpointNonces = server.ApiNonces = fault.WantsNonces);
        var planted = 0;

        // The look-up of the issuer's metadata is not what the fault is in.
        app.OnTokenRequest = fault.IsOfCall ? null : request =>
        {
            if (request.Method == HttpMethod.Post)
                Plant(request);
        };
        app.OnCall = fault.IsOfCall ? Plant : null;
        using var http = app.App.CreateClient();

        if (fault.IsRepetition)
        {
            Assert.Equal("200", await CallAsync(http));
            Assert.Empty(app.Server.FailedChecks);
        }

        var outcome = await CallAsync(http);

        Assert.Equal(fault.IsOfCall ? "401" : nameof(OAuth2TokenException), outcome);
        Assert.NotEqual(0, planted);
        Assert.Equal([fault.Check], app.Server.FailedChecks.Distinct());

        void Plant(HttpRequestMessage request)
        {
            planted++;
            fault.Change(request, app);
        }
    }

    /// <summary>The clean half of the same: what is changed in no way that counts is taken.</summary>
    [Theory]
    [InlineData("nothing")]
    [InlineData("query and fragment in htu")]
    [InlineData("port and case in htu")]
    public async Task Request_WithAChangeThatIsNoFault_IsTaken(string change)
    {
        await using var app = await FapiApp.StartAsync(_proving);
        app.OnCall = request => ChangeProof(request, app, (jws, _) =>
        {
            var htu = (string)jws.Claims["htu"]!;
            jws.Claims["htu"] = change switch
            {
                "query and fragment in htu" => $"{htu}?page=1#top",
                "port and case in htu" => htu.Replace("http://", "HTTP://", StringComparison.Ordinal),
                _ => htu,
            };
        }, app => app.ProofKey);
        using var http = app.App.CreateClient();

        Assert.Equal("200", await CallAsync(http));
        Assert.Empty(app.Server.FailedChecks);
    }

    // Each with a token of its own.
    private static async Task<string> CallAsync(HttpClient http)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri("orders", UriKind.Relative));
        request.SetOAuth2TokenRequest(new OAuth2TokenRequest { ForceNewToken = true });
        try
        {
            using var answer = await http.SendAsync(request);
            return $"{(int)answer.StatusCode}";
        }
        catch (OAuth2TokenException)
        {
            return nameof(OAuth2TokenException);
        }
    }

    private static Fault Request(string check, Action<HttpRequestMessage, FapiApp> change, FapiProfile? profile = null) => new(check, profile ?? _signing, change, IsOfCall: false);

    private static Fault Call(string check, Action<HttpRequestMessage, FapiApp> change, FapiProfile? profile = null) => new(check, profile ?? _proving, change, IsOfCall: true);

    private static Fault Form(string check, Action<Dictionary<string, string>> change) => Request(check, (request, _) => ChangeForm(request, change));

    private static Fault Assertion(string check, Action<Jws> change, Func<FapiApp, AsymmetricAlgorithm>? signedBy = null) => Assertion(check, (jws, _) => change(jws), signedBy);

    private static Fault Assertion(string check, Action<Jws, FapiApp> change, Func<FapiApp, AsymmetricAlgorithm>? signedBy = null) => Request($"client_assertion.{check}", (request, app) => ChangeForm(request, form =>
    {
        var assertion = Jws.Read(form["client_assertion"]);
        change(assertion, app);
        form["client_assertion"] = assertion.Sign(signedBy?.Invoke(app) ?? app.Key);
    }));

    private static Fault Proof(string check, Action<Jws> change, Func<FapiApp, AsymmetricAlgorithm>? signedBy = null) => Proof(check, (jws, _) => change(jws), signedBy);

    private static Fault Proof(string check, Action<Jws, FapiApp> change, Func<FapiApp, AsymmetricAlgorithm>? signedBy = null) =>
        Request($"dpop.{check}", (request, app) => ChangeProof(request, app, change, signedBy ?? (app => app.ProofKey)), _proving);

    private static Fault CallProof(string check, Action<Jws> change) => CallProof(check, (jws, _) => change(jws));

    private static Fault CallProof(string check, Action<Jws, FapiApp> change, Func<FapiApp, AsymmetricAlgorithm>? signedBy = null) =>
        Call($"dpop.{check}", (request, app) => ChangeProof(request, app, change, signedBy ?? (app => app.ProofKey)));

    private static void ChangeProof(HttpRequestMessage request, FapiApp app, Action<Jws, FapiApp> change, Func<FapiApp, AsymmetricAlgorithm> signedBy)
    {
        var proof = Jws.Read(request.Headers.GetValues("DPoP").Single());
        change(proof, app);
        SetProof(request, proof.Sign(signedBy(app)));
    }

    private static void SetProof(HttpRequestMessage request, string proof)
    {
        request.Headers.Remove("DPoP");
        request.Headers.TryAddWithoutValidation("DPoP", proof);
    }

    private static void ChangeForm(HttpRequestMessage request, Action<Dictionary<string, string>> change)
    {
        var form = ReadForm(request);
        change(form);
        request.Content = new FormUrlEncodedContent(form);
    }

    private static Dictionary<string, string> ReadForm(HttpRequestMessage request)
    {
        using var reader = new StreamReader(request.Content!.ReadAsStream(), leaveOpen: true);
        return QueryHelpers.ParseQuery(reader.ReadToEnd()).ToDictionary(field => field.Key, field => field.Value.ToString(), StringComparer.Ordinal);
    }

    private static void Present(HttpRequestMessage request, System.Security.Cryptography.X509Certificates.X509Certificate2? certificate) => request.Options.Set(Transport.Certificate, certificate);

    /// <summary>What is done wrong, and the name of the check that finds it.</summary>
    private sealed record Fault(string Check, FapiProfile Profile, Action<HttpRequestMessage, FapiApp> Change, bool IsOfCall)
    {
        /// <summary>True where the same is right the first time.</summary>
        public bool IsRepetition { get; init; }

        public bool WantsNonces { get; init; }
    }
}
