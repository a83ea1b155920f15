using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.IdentityModel.Tokens;
using OAuthClient.Testing;

namespace OAuthClient.Tests.Fapi;

/// <summary>
/// The runs of the FAPI 2.0 client-credentials profile for clients, as a conformance suite plays them: each way to prove oneself with each way to
/// bind tokens, and the variants of each. Beside the server's own checks each condition is looked at here again, by name, in what was sent.
/// </summary>
public sealed class ClientProfileTests
{
    private static readonly string[] _ofRequests = ["request.post", "request.content_type", "request.query", "request.repeated", "request.authentication", "request.client_id", "request.grant_type", "request.answered"];
    private static readonly string[] _ofAssertions = ["assertion.type", "assertion.alg", "assertion.signature", "assertion.iss", "assertion.sub", "assertion.aud", "assertion.exp", "assertion.iat", "assertion.jti"];
    private static readonly string[] _ofProofs = ["dpop.typ", "dpop.alg", "dpop.jwk", "dpop.signature", "dpop.htm", "dpop.htu", "dpop.iat", "dpop.jti", "dpop.nonce", "dpop.ath", "dpop.cnf"];
    private static readonly string[] _ofCalls = ["call.scheme", "call.query"];
    private static readonly string[] _ofAuthenticationByCertificate = ["certificate.presented", "certificate.registered"];
    private static readonly string[] _ofBindingToCertificate = ["certificate.call", "certificate.cnf"];

    public static TheoryData<string, string, string> Runs()
    {
        var runs = new TheoryData<string, string, string>();
        foreach (var authentication in new[] { "private_key_jwt", "mtls" })
        {
            foreach (var variant in new[] { "happy", "nonces", "token_type dpop" })
                runs.Add(authentication, "dpop", variant);
            foreach (var variant in new[] { "happy", "token_type bearer" })
                runs.Add(authentication, "certificate", variant);
        }

        return runs;
    }

    [Theory]
    [MemberData(nameof(Runs))]
    public async Task Client_OfTheProfile_KeepsEachCondition(string authentication, string binding, string variant)
    {
        var profile = new FapiProfile(authentication == "private_key_jwt", binding == "dpop", binding == "certificate") { IsOverTls = true };
        var presented = new ConcurrentQueue<string?>();
        var types = new ConcurrentQueue<string>();
        await using var app = await FapiApp.StartAsync(profile, server =>
        {
            server.TokenEndpointNonces = server.ApiNonces = variant == "nonces";
            if (variant.StartsWith("token_type ", StringComparison.Ordinal))
                server.ConfigureTokenResponse = response => response["token_type"] = variant["token_type ".Length..];
            server.Api = context =>
            {
                presented.Enqueue(context.Connection.ClientCertificate?.Thumbprint);
                return Task.CompletedTask;
            };
        });
        var log = new List<Message>();
        app.OnAnswer = (request, answer) => log.Add(new Message(request, answer));
        using var http = app.App.CreateClient();

        HttpStatusCode[] statuses = [await CallAsync(HttpMethod.Get, "orders/1?page=1"), await CallAsync(HttpMethod.Post, "orders/2")];
        types.Enqueue((await app.App.ForceTokenAsync()).TokenType);
        statuses = [.. statuses, await CallAsync(HttpMethod.Get, "orders/3")];

        Assert.All(statuses, status => Assert.Equal(HttpStatusCode.OK, status));
        Assert.Equal([profile.ProvesKey ? "DPoP" : "Bearer"], types);
        var requests = app.Server.RecordedTokenRequests;
        var calls = app.Server.RecordedApiCalls;
        string[] refused = [.. requests.Concat(calls).Where(request => request.StatusCode != 200).Select(request => $"{request.StatusCode}")];
        Assert.Equal(variant == "nonces" ? ["400", "401"] : [], refused);
        Assert.Equal(variant == "nonces" ? ["dpop.nonce", "dpop.nonce"] : [], app.Server.FailedChecks);

        var conditions = new Conditions();
        CheckRequests(conditions, requests, profile);
        CheckCalls(conditions, calls, profile);
        if (profile.Signs)
            CheckAssertions(conditions, app, requests);
        else
            CheckAuthenticationByCertificate(conditions, app, requests);
        if (profile.ProvesKey)
            CheckProofs(conditions, app, log);
        if (profile.BindsToCertificate)
            CheckBindingToCertificate(conditions, app, calls, presented);

        Assert.Empty(conditions.Broken);
        string[] expected = [.. _ofRequests, .. _ofCalls, .. profile.Signs ? _ofAssertions : _ofAuthenticationByCertificate, .. profile.ProvesKey ? _ofProofs : [], .. profile.BindsToCertificate ? _ofBindingToCertificate : []];
        Assert.Equal(expected.Order(StringComparer.Ordinal), conditions.Names.Order(StringComparer.Ordinal));

        async Task<HttpStatusCode> CallAsync(HttpMethod method, string path)
        {
            using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative)) { Content = method == HttpMethod.Post ? new StringContent("x") : null };
            using var answer = await http.SendAsync(request);
            return answer.StatusCode;
        }
    }

    private static void CheckRequests(Conditions conditions, IReadOnlyList<RecordedRequest> requests, FapiProfile profile)
    {
        foreach (var request in requests)
        {
            var form = request.Form;
            string[] names = [.. Encoding.UTF8.GetString(request.Body.Span).Split('&').Select(field => field.Split('=')[0])];
            conditions.Note("request.post", request.Method == "POST");
            conditions.Note("request.content_type", request.Headers["Content-Type"] == "application/x-www-form-urlencoded");
            conditions.Note("request.query", request.Query == "");
            conditions.Note("request.repeated", names.Length == names.Distinct(StringComparer.Ordinal).Count());

            // The certificate is a method of its own where nothing else is sent.
            conditions.Note("request.authentication", !request.Headers.ContainsKey("Authorization") && !form.ContainsKey("client_secret") && form.ContainsKey("client_assertion") == profile.Signs);
            conditions.Note("request.client_id", form.GetValueOrDefault("client_id") == FapiApp.ClientId);
            conditions.Note("request.grant_type", form.GetValueOrDefault("grant_type") == "client_credentials");
        }

        conditions.Note("request.answered", requests.Count(request => request.StatusCode == 200) == 2);
    }

    private static void CheckAssertions(Conditions conditions, FapiApp app, IReadOnlyList<RecordedRequest> requests)
    {
        var now = app.App.Clock.GetUtcNow().ToUnixTimeSeconds();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var form in requests.Select(request => request.Form))
        {
            var assertion = Jws.Read(form["client_assertion"]);
            var claims = assertion.Claims;
            conditions.Note("assertion.type", form["client_assertion_type"] == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
            conditions.Note("assertion.alg", (string?)assertion.Header["alg"] is "ES256" or "PS256");
            conditions.Note("assertion.signature", assertion.IsSignedBy(app.Key));
            conditions.Note("assertion.iss", (string?)claims["iss"] == FapiApp.ClientId);
            conditions.Note("assertion.sub", (string?)claims["sub"] == FapiApp.ClientId);
            conditions.Note("assertion.aud", claims["aud"] is JsonValue audience && audience.GetValueKind() == JsonValueKind.String && (string?)audience == app.Issuer.Issuer.AbsoluteUri);
            conditions.Note("assertion.exp", (long?)claims["exp"] > now && (long?)claims["exp"] <= now + 600);
            conditions.Note("assertion.iat", (long?)claims["iat"] <= now);
            conditions.Note("assertion.jti", claims["jti"] is { } id && seen.Add((string)id!));
        }
    }

    private static void CheckProofs(Conditions conditions, FapiApp app, List<Message> log)
    {
        var now = app.App.Clock.GetUtcNow().ToUnixTimeSeconds();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var nonces = new Dictionary<bool, string?>();
        Assert.Contains(log, message => message.Token is not null);
        Assert.Contains(log, message => message is { Token: null, Proof: not null });

        // The client looks the issuer's metadata up without a proof.
        foreach (var message in log.Where(message => message.Method == "POST" || message.Token is not null))
        {
            var proof = Jws.Read(message.Proof!);
            var (header, claims) = (proof.Header, proof.Claims);
            var isOfApi = message.Token is not null;
            conditions.Note("dpop.typ", (string?)header["typ"] == "dpop+jwt");
            conditions.Note("dpop.alg", (string?)header["alg"] == "ES256");
            conditions.Note("dpop.jwk", proof.Jwk.Select(member => member.Key).Order(StringComparer.Ordinal).SequenceEqual(["crv", "kty", "x", "y"]));
            conditions.Note("dpop.signature", proof.IsSignedByItsOwnKey());
            conditions.Note("dpop.htm", (string?)claims["htm"] == message.Method);
            conditions.Note("dpop.htu", (string?)claims["htu"] == message.Address.GetLeftPart(UriPartial.Path));
            conditions.Note("dpop.iat", Math.Abs((long)claims["iat"]! - now) <= 60);
            conditions.Note("dpop.jti", claims["jti"] is { } id && seen.Add((string)id!));

            // The last that this server has handed out, and none of the other's.
            conditions.Note("dpop.nonce", (string?)claims["nonce"] == nonces.GetValueOrDefault(isOfApi));
            conditions.Note("dpop.ath", (string?)claims["ath"] == (message.Token is null ? null : Jws.Hash(message.Token)));
            if (isOfApi)
                conditions.Note("dpop.cnf", (string?)Jws.Read(message.Token!).Claims["cnf"]?["jkt"] == proof.Thumbprint);
            nonces[isOfApi] = message.Nonce ?? nonces.GetValueOrDefault(isOfApi);
        }
    }

    private static void CheckCalls(Conditions conditions, IReadOnlyList<RecordedRequest> calls, FapiProfile profile)
    {
        foreach (var call in calls)
        {
            conditions.Note("call.scheme", call.Headers["Authorization"].StartsWith(profile.ProvesKey ? "DPoP " : "Bearer ", StringComparison.Ordinal));
            conditions.Note("call.query", !call.Query.Contains("access_token", StringComparison.Ordinal));
        }
    }

    // Neither is to be seen in a request; the server has no other method for this client, and asks who does not present it for it.
    private static void CheckAuthenticationByCertificate(Conditions conditions, FapiApp app, IReadOnlyList<RecordedRequest> requests)
    {
        conditions.Note("certificate.presented", requests.Any(request => request.StatusCode == 200) && !app.Server.FailedChecks.Contains("certificate.missing"));
        conditions.Note("certificate.registered", !app.Server.FailedChecks.Contains("certificate.registered") && app.Server.Options.Clients[0].CertificateSubject == app.Certificate.Subject);
    }

    private static void CheckBindingToCertificate(Conditions conditions, FapiApp app, IReadOnlyList<RecordedRequest> calls, ConcurrentQueue<string?> presented)
    {
        conditions.Note("certificate.call", presented.Count == 3 && presented.All(thumbprint => thumbprint == app.Certificate.Thumbprint));
        var hash = Base64UrlEncoder.Encode(app.Certificate.GetCertHash(HashAlgorithmName.SHA256));
        foreach (var call in calls)
            conditions.Note("certificate.cnf", (string?)Jws.Read(call.Headers["Authorization"]["Bearer ".Length..]).Claims["cnf"]?["x5t#S256"] == hash);
    }

    /// <summary>What was looked at, and what of it did not hold.</summary>
    private sealed class Conditions
    {
        private readonly SortedSet<string> _names = new(StringComparer.Ordinal);
        private readonly SortedSet<string> _broken = new(StringComparer.Ordinal);

        public IEnumerable<string> Names => _names;

        public IEnumerable<string> Broken => _broken;

        public void Note(string name, bool holds)
        {
            _names.Add(name);
            if (!holds)
                _broken.Add(name);
        }
    }

    /// <summary>A request as it went out, and the nonce of its answer.</summary>
    private sealed class Message(HttpRequestMessage request, HttpResponseMessage answer)
    {
        public string Method { get; } = request.Method.Method;

        public Uri Address { get; } = request.RequestUri!;

        public string? Token { get; } = request.Headers.Authorization?.Parameter;

        public string? Proof { get; } = request.Headers.TryGetValues("DPoP", out var proofs) ? Assert.Single(proofs) : null;

        public string? Nonce { get; } = answer.Headers.TryGetValues("DPoP-Nonce", out var nonces) ? Assert.Single(nonces) : null;
    }
}
