using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Duende.IdentityModel.Client;
using Microsoft.IdentityModel.JsonWebTokens;
using OAuthClient.Testing;

namespace OAuthClient.Tests.Protocol;

/// <summary>What a client proves itself with, as its sources have it now, and which of two secrets it prefers.</summary>
public sealed class ClientCredentialsTests : IDisposable
{
    private static readonly Endpoints _endpoints = new(new Uri("https://idp.example/token"), null, null);

    private readonly ManualTimeProvider _clock = new();
    private readonly string _file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());

    /// <summary>What tells that a server has taken a secret: a token, or an objection to something else. An outage tells nothing.</summary>
    public static TheoryData<string, TokenFailureKind, bool> Answers => new()
    {
        { "token", TokenFailureKind.None, true },
        { "another objection", new(400, true, "invalid_grant"), true },
        { "refused", new(400, true, "invalid_client"), false },
        { "not allowed", new(400, true, "unauthorized_client"), false },
        { "a proxy's code", new(400, false, "900902"), false },
        { "no objection of OAuth", new(401, true, "invalid_grant"), false },
        { "outage", new(503, true, "server_error"), false },
        { "no answer", new(null, false, null), false },
    };

    [Theory]
    [MemberData(nameof(Answers))]
    public void NoteOther_PrefersTheSecretThatAServerHasTaken(string what, TokenFailureKind kind, bool isTaken)
    {
        var authentication = Create(o => (o.ClientSecret, o.SecondaryClientSecret) = ("first", "second"));
        var failure = kind == TokenFailureKind.None ? null : new TokenFailure(what, kind.Error) { Status = kind.Status, NamesError = kind.NamesError };

        authentication.NoteOther(isSecond: true, failure);
        Assert.Equal(isTaken, authentication.PrefersSecond);

        authentication.NoteOther(isSecond: true, null);
        authentication.NoteOther(isSecond: false, failure);
        Assert.Equal(!isTaken, authentication.PrefersSecond);
    }

    [Theory]
    [InlineData("first", "second", false, "first")]
    [InlineData("first", "second", true, "second")]
    [InlineData("first", null, false, "first")]
    [InlineData("first", null, true, "first")]
    public async Task Read_OfTwoSecrets_IsTheOneThatIsAskedForWhereThereIsOne(string first, string? second, bool usesSecond, string expected)
    {
        var authentication = Create(o => (o.ClientSecret, o.SecondaryClientSecret) = (first, second));

        Assert.Equal(second is not null, authentication.HasSecond);
        Assert.Equal(expected, Assert.Single((await authentication.ReadAsync(_clock, usesSecond, async: true, default)).Secrets));
    }

    /// <summary>The server would end the connection without a word of why.</summary>
    [Theory]
    [InlineData(-2, -1, "it expired on 2025-12-31 00:00:00Z, and the clock here says 2026-01-01 00:00:00Z")]
    [InlineData(1, 2, "it is not valid before 2026-01-02 00:00:00Z, and the clock here says 2026-01-01 00:00:00Z")]
    [InlineData(0, 1, null)]
    [InlineData(-1, 0, null)]
    public async Task Read_OfACertificate_IsRefusedOutsideItsTime(int from, int to, string? says)
    {
        var now = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        using var certificate = TestCertificates.Create("CN=orders", null, CertificateKey.ECDsa, now.AddDays(from), now.AddDays(to));
        var authentication = Create(o => (o.ClientAuthenticationMethod, o.ClientCertificateCallback) = (ClientAuthenticationMethod.TlsClientAuth, _ => new(certificate)));
        var clock = new ManualTimeProvider(now);

        if (says is null)
        {
            var proof = await authentication.ReadAsync(clock, false, async: true, default);
            Assert.Equal((certificate, certificate.Thumbprint), (proof.Certificate, proof.Fingerprint));
            return;
        }

        var exception = await Assert.ThrowsAsync<SecretException>(() => authentication.ReadAsync(clock, false, async: true, default).AsTask());
        Assert.Equal((says, "used", "client certificate"), (exception.Message, exception.Verb, exception.What));
    }

    [Fact]
    public async Task Read_OfACertificateWithoutAKey_SaysSo()
    {
        using var whole = TestCertificates.Create("CN=orders");
        using var half = X509Certificate2.CreateFromPem(whole.ExportCertificatePem());
        var authentication = Create(o => o.ClientCertificateCallback = _ => new(half));

        Assert.Equal("the ClientCertificateCallback returned none with a private key", (await FailAsync(authentication)).Message);
    }

    [Fact]
    public async Task Read_OfACertificateThatIsReplaced_IsTheNewOne()
    {
        using var first = TestCertificates.Create("CN=first");
        using var second = TestCertificates.Create("CN=second");
        var authentication = Create(o => (o.ClientAuthenticationMethod, o.ClientCertificateFile) = (ClientAuthenticationMethod.TlsClientAuth, _file));
        var clock = new ManualTimeProvider(TimeProvider.System.GetUtcNow());

        foreach (var certificate in new[] { first, first, second, first })
        {
            File.WriteAllText(_file, $"{certificate.ExportCertificatePem()}\n{certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem()}");
            Assert.Equal(certificate.Thumbprint, (await authentication.ReadAsync(clock, false, async: true, default)).Fingerprint);
        }
    }

    [Fact]
    public async Task Read_OfAKeyThatIsReplaced_IsTheNewOne()
    {
        using var first = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var second = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var authentication = Create(o => (o.ClientAuthenticationMethod, o.PrivateKeyFile, o.PrivateKeyId) = (ClientAuthenticationMethod.PrivateKeyJwt, _file, "mine"));

        foreach (var key in new[] { first, first, second, first })
        {
            var text = key.ExportPkcs8PrivateKeyPem();
            File.WriteAllText(_file, text);
            Assert.Equal($"{SigningKey.Read(text, null).Thumbprint} mine ", (await authentication.ReadAsync(_clock, false, async: true, default)).Fingerprint);
        }
    }

    /// <summary>What a file that is half written looks like.</summary>
    [Theory]
    [InlineData("a.b.c", true)]
    [InlineData("aZ0-_.b.c", true)]
    [InlineData(".b.c", false)]
    [InlineData("a..c", false)]
    [InlineData("a.b.", false)]
    [InlineData("a.b", false)]
    [InlineData("a.b.c.d", false)]
    [InlineData("a.b.c=", false)]
    [InlineData("a. .c", false)]
    public async Task Read_OfAnAssertion_TakesAWholeJwtAlone(string text, bool isWhole)
    {
        var authentication = Create(o => (o.ClientAuthenticationMethod, o.ClientAssertionCallback) = (ClientAuthenticationMethod.PrivateKeyJwt, _ => new(text)));

        if (isWhole)
            Assert.Equal(text, Assert.Single((await authentication.ReadAsync(_clock, false, async: true, default)).Secrets));
        else
            Assert.Equal("what the ClientAssertionCallback returned holds no JWT that is whole", (await FailAsync(authentication)).Message);
    }

    /// <summary>A callback may make an assertion for each request; what is remembered of a file is what it holds.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Fingerprint_OfAnAssertion_IsTheCallbacksElseTheFilesText(bool isCallback)
    {
        var count = 0;
        var authentication = Create(o =>
        {
            o.ClientAuthenticationMethod = ClientAuthenticationMethod.PrivateKeyJwt;
            if (isCallback)
                o.ClientAssertionCallback = _ => new($"a.b.{++count}");
            else
                o.ClientAssertionFile = _file;
        });
        File.WriteAllText(_file, "a.b.1");
        var first = await authentication.ReadAsync(_clock, false, async: true, default);
        File.WriteAllText(_file, "a.b.2");
        var second = await authentication.ReadAsync(_clock, false, async: true, default);

        Assert.Equal(("a.b.1", "a.b.2"), (Assert.Single(first.Secrets), Assert.Single(second.Secrets)));
        Assert.Equal(isCallback, first.Fingerprint == second.Fingerprint);
    }

    [Fact]
    public async Task Fingerprint_OfASecret_IsTheSecretWithTheCertificate()
    {
        using var certificate = TestCertificates.Create("CN=orders");
        var clock = new ManualTimeProvider(TimeProvider.System.GetUtcNow());

        Assert.Equal("first ", (await Create(o => o.ClientSecret = "first").ReadAsync(clock, false, async: true, default)).Fingerprint);
        Assert.Equal($"first {certificate.Thumbprint}", (await Create(o => (o.ClientSecret, o.ClientCertificateCallback) = ("first", _ => new(certificate))).ReadAsync(clock, false, async: true, default)).Fingerprint);
        Assert.Null((await Create(o => o.ClientAuthenticationMethod = ClientAuthenticationMethod.None).ReadAsync(clock, false, async: true, default)).Fingerprint);
    }

    /// <summary>What a client calls back for is told from other clients by the client's name.</summary>
    [Fact]
    public void Identity_OfACertificatesCallback_IsItsClients()
    {
        Assert.Contains("orders", Create(o => o.ClientCertificateCallback = _ => default).Identity);
        Assert.DoesNotContain("orders", Create(o => o.ClientCertificateFile = "file").Identity);
    }

    [Theory]
    [InlineData(null, false, true)]
    [InlineData(null, true, false)]
    [InlineData(ClientAuthenticationMethod.ClientSecretBasic, true, true)]
    [InlineData(ClientAuthenticationMethod.ClientSecretPost, false, false)]
    public async Task Complete_ByASecret_SendsItInAHeaderUnlessTheServerTakesNone(ClientAuthenticationMethod? method, bool takesPostAlone, bool isHeader)
    {
        var request = await CompleteAsync(o => (o.ClientAuthenticationMethod, o.ClientSecret) = (method, "secret"), _endpoints with { TakesPostAlone = takesPostAlone });

        // A request with nothing else to say is a form all the same.
        Assert.Equal(isHeader ? "client_id=id" : "client_id=id&client_secret=secret", await request.Content!.ReadAsStringAsync());
        Assert.Equal(isHeader ? "Basic" : null, request.Headers.Authorization?.Scheme);
    }

    [Fact]
    public async Task Complete_WithFields_NamesTheClientInTheHeaderAlone()
    {
        var request = await CompleteAsync(o => o.ClientSecret = "secret", _endpoints, new KeyValuePair<string, string>("scope", "read"));

        Assert.Equal("scope=read", await request.Content!.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("https://set.example", "https://issuer.example", "https://set.example")]
    [InlineData(null, "https://issuer.example", "https://issuer.example")]
    [InlineData(null, null, "https://idp.example/token")]
    public async Task Complete_ByAnAssertion_SpeaksToWhomTheSettingsOrTheIssuerName(string? audience, string? issuer, string expected)
    {
        var request = await CompleteAsync(
            o => (o.ClientAuthenticationMethod, o.ClientSecret, o.ClientAssertionAudience) = (ClientAuthenticationMethod.ClientSecretJwt, "a-secret-that-is-long-enough-to-sign-with", audience),
            _endpoints with { Issuer = issuer });

        var form = System.Web.HttpUtility.ParseQueryString(await request.Content!.ReadAsStringAsync());
        Assert.Equal(["client_assertion", "client_assertion_type", "client_id"], form.AllKeys.Order());
        Assert.Equal([expected], new JsonWebToken(form["client_assertion"]!).Audiences);
        Assert.Null(request.Headers.Authorization);
    }

    public void Dispose() => File.Delete(_file);

    private static ClientAuthentication Create(Action<OAuth2ClientOptions> set)
    {
        var options = new OAuth2ClientOptions { TokenEndpoint = new Uri("https://idp.example/token"), ClientId = "id" };
        set(options);
        return new ClientAuthentication(new ClientSettings("orders", options));
    }

    private Task<SecretException> FailAsync(ClientAuthentication authentication) => Assert.ThrowsAsync<SecretException>(() => authentication.ReadAsync(_clock, false, async: true, default).AsTask());

    private async Task<ProtocolRequest> CompleteAsync(Action<OAuth2ClientOptions> set, Endpoints endpoints, params KeyValuePair<string, string>[] fields)
    {
        var request = new ProtocolRequest { RequestUri = endpoints.Token, Parameters = [.. fields] };
        (await Create(set).ReadAsync(_clock, false, async: true, default)).Complete(request, endpoints);
        return request;
    }

    public sealed record TokenFailureKind(int? Status, bool NamesError, string? Error)
    {
        public static readonly TokenFailureKind None = new(200, false, null);
    }
}
