using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.DependencyInjection;
using OAuthClient.Testing;

namespace OAuthClient.Tests.Fapi;

/// <summary>
/// What a client proves itself with is replaced in its file again and again, in each way that writers have, while eight callers force new tokens: no
/// call fails, and nothing is sent that had been replaced before its request began.
/// </summary>
/// <remarks>
/// A request begins when its <c>TokenRequestTimeout</c> does, before it reads anything; so what it reads can be no older than what was in the file then,
/// though it may be replaced before it arrives. The clock is the test's: while requests wait for their turn the writer takes its first step, lets them go,
/// and takes its second one while they read.
/// </remarks>
public sealed class RotationTests : IDisposable
{
    private const string ClientId = "rotating";
    private const int Callers = 8;
    private const int Pool = 5; // Of keys and certificates, which take long to make: more than are kept, so that each is a new one when it comes round.

    private readonly string _directory = Directory.CreateTempSubdirectory("oauthclient-").FullName;
    private readonly Ledger _ledger = new();
    private readonly Random _random = new(20_261);

    private Action<OAuth2ClientOptions>? _configure;
    private Action<IServiceCollection>? _addServices;

    private string FirstFile => Path.Combine(_directory, "first");

    private string SecondFile => Path.Combine(_directory, "second");

    [Fact]
    public async Task Assertion_ReplacedAThousandTimes_FailsNoCallAndIsNeverStale()
    {
        using var platform = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await using var app = await StartAsync(
            new TestClient(ClientId, null)
            {
                AssertionIssuer = "https://kubernetes.example",
                AssertionSubject = "system:serviceaccount:shop:orders",
                AssertionIssuerPublicKeyPem = platform.ExportSubjectPublicKeyInfoPem(),
            },
            client => client.ClientAssertionFile = FirstFile,
            request => _ledger.NoteSent(int.Parse((string)Jws.Read(ReadForm(request, "client_assertion")).Claims["jti"]!, CultureInfo.InvariantCulture)));
        File.WriteAllBytes(FirstFile, Create(0));

        await PlayAsync(app, part: 100, instances: 4, first: 1, seconds: 1, version => (FirstFile, Create(version)));

        Assert.All(app.Server.FailedChecks, check => Assert.Fail($"{check} refused a request."));

        byte[] Create(int version)
        {
            var assertion = Jws.Read("e30.e30.");
            assertion.Header["alg"] = "ES256";
            var claims = new JsonObject
            {
                ["iss"] = "https://kubernetes.example",
                ["sub"] = "system:serviceaccount:shop:orders",
                ["aud"] = app.Server.TokenEndpoint.AbsoluteUri,
                ["exp"] = app.Clock.GetUtcNow().AddHours(1).ToUnixTimeSeconds(),
                ["jti"] = $"{version}",
            };
            foreach (var (name, value) in claims)
                assertion.Claims[name] = value!.DeepClone();
            return Encoding.ASCII.GetBytes(assertion.Sign(platform));
        }
    }

    [Fact]
    public async Task PrivateKey_ReplacedAThousandTimes_FailsNoCallAndIsNeverStale()
    {
        var keys = Enumerable.Range(0, Pool).Select(_ => ECDsa.Create(ECCurve.NamedCurves.nistP256)).ToArray();
        string[] ids = [.. keys.Select(key => Microsoft.IdentityModel.Tokens.Base64UrlEncoder.Encode(new Microsoft.IdentityModel.Tokens.ECDsaSecurityKey(key).ComputeJwkThumbprint()))];
        var registered = new TestClient(ClientId, null) { StrictAssertions = true, AssertionAlgorithm = "ES256" };
        await using var app = await StartAsync(
            registered,
            client => client.PrivateKeyFile = FirstFile,
            request =>
            {
                var index = Array.IndexOf(ids, (string?)Jws.Read(ReadForm(request, "client_assertion")).Header["kid"]);

                // As a server does that has the client's JWKS: the header tells which of them.
                registered.PublicKeyPem = keys[index].ExportSubjectPublicKeyInfoPem();
                _ledger.NoteSentOfPool(index);
            });
        registered.PublicKeyPem = keys[0].ExportSubjectPublicKeyInfoPem();
        File.WriteAllText(FirstFile, keys[0].ExportPkcs8PrivateKeyPem());

        await PlayAsync(app, part: 100, instances: 1, first: 1, seconds: 1, version => (FirstFile, Encoding.ASCII.GetBytes(keys[version % Pool].ExportPkcs8PrivateKeyPem())));

        Assert.Empty(app.Server.FailedChecks);
        Array.ForEach(keys, key => key.Dispose());
    }

    [Fact]
    public async Task Certificate_ReplacedAThousandTimes_FailsNoCallAndIsNeverStale()
    {
        using var authority = TestCertificates.CreateAuthority();
        var certificates = Enumerable.Range(0, Pool).Select(_ => TestCertificates.Create("CN=rotating", authority, CertificateKey.ECDsa, DateTimeOffset.UnixEpoch.AddYears(50), DateTimeOffset.UnixEpoch.AddYears(80))).ToArray();
        byte[][] files = [.. certificates.Select(certificate => certificate.Export(X509ContentType.Pfx))];
        await using var app = await StartAsync(
            new TestClient(ClientId, null) { CertificateSubject = "CN=rotating", BindTokensToCertificate = true },
            client => client.ClientCertificateFile = FirstFile,
            request =>
            {
                Assert.True(request.Options.TryGetValue(Transport.Certificate, out var certificate));
                _ledger.NoteSentOfPool(Array.FindIndex(certificates, known => known.Thumbprint == certificate!.Thumbprint));
            },
            authority);
        File.WriteAllBytes(FirstFile, files[0]);

        // Each has two handshakes to itself.
        await PlayAsync(app, part: 40, instances: 1, first: 1, seconds: 1, version => (FirstFile, files[version % Pool]));

        Assert.Empty(app.Server.FailedChecks);
        Array.ForEach(certificates, certificate => certificate.Dispose());
    }

    /// <summary>
    /// One of two secrets is always good while the other is replaced. Nothing tells half a secret from a whole one, so a half may be sent, and refused; the
    /// whole one, or the other, then follows in the same call.
    /// </summary>
    [Fact]
    public async Task Secrets_ThatTakeEachOthersPlaceAThousandTimes_FailNoCallAndAreNeverStale()
    {
        var registered = new TestClient(ClientId, Create(0)) { SecondaryClientSecret = Create(1) };
        await using var app = await StartAsync(
            registered,
            client => (client.ClientSecretFile, client.SecondaryClientSecretFile) = (FirstFile, SecondFile),
            request =>
            {
                var secret = Encoding.ASCII.GetString(Convert.FromBase64String(request.Headers.Authorization!.Parameter!)).Split(':')[1];
                if (secret.Length == Create(0).Length)
                    _ledger.NoteSent(int.Parse(secret.AsSpan(0, 8), CultureInfo.InvariantCulture));
            });
        (_ledger.Floor, _ledger.Writing) = (0, 1);
        File.WriteAllText(FirstFile, Create(0));
        File.WriteAllText(SecondFile, Create(1));

        // A secret that is refused costs more requests, and so fewer replacements fit into a minute.
        await PlayAsync(app, part: 100, instances: 1, first: 2, seconds: 3, version =>
        {
            // The server knows the new one first, and by then the oldest of three no more.
            var secret = Create(version);
            if (version % 2 == 0)
                registered.ClientSecret = secret;
            else
                registered.SecondaryClientSecret = secret;
            return (version % 2 == 0 ? FirstFile : SecondFile, Encoding.ASCII.GetBytes(secret));
        });

        static string Create(int version) => $"{version:D8}-secret";
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private static string ReadForm(HttpRequestMessage request, string name)
    {
        using var reader = new StreamReader(request.Content!.ReadAsStream(), leaveOpen: true);
        return QueryHelpers.ParseQuery(reader.ReadToEnd())[name].ToString();
    }

    private Task<TestApp> StartAsync(TestClient registered, Action<OAuth2ClientOptions> client, Action<HttpRequestMessage> onTokenRequest, X509Certificate2? authority = null)
    {
        _configure = options =>
        {
            (options.ClientId, options.ClientSecret, options.TokenRequestTimeout) = (ClientId, null, BeginningClock.Timeout);
            client(options);
        };
        _addServices = services =>
        {
            services.AddKeyedSingleton<TimeProvider>(OAuth2Defaults.TimeProviderKey, (provider, _) => new BeginningClock(provider.GetRequiredService<TimeProvider>(), _ledger.NoteBegun));
            services.ConfigureHttpClientDefaults(http => http.ConfigurePrimaryHttpMessageHandler(CreateHandler)).AddHttpClient(OAuth2Defaults.TokenEndpointHttpClientName)
                .ConfigurePrimaryHttpMessageHandler(CreateHandler).AddHttpMessageHandler(() => new Wire(onTokenRequest));

            SocketsHttpHandler CreateHandler() => new()
            {
                UseProxy = false,
                SslOptions = { RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate!.Issuer == authority!.Subject },
            };
        };
        return TestApp.StartAsync(
            server =>
            {
                (server.UseHttps, server.CertificateAuthority, server.RecordedRequestLimit) = (authority is not null, authority, 0);
                server.Clients.Add(registered);
            },
            _configure,
            _addServices);
    }

    // part: How many replacements are enough for a part of the dose.
    // instances: How many programs the callers are in, each with requests of its own to the endpoint, a hundred a minute at most.
    // seconds: How long one replacement lasts; a token may be asked for once in each.
    // prepare: Makes the content of a version, and names the file that it is for.
    private async Task PlayAsync(TestApp app, int part, int instances, int first, int seconds, Func<int, (string File, byte[] Content)> prepare)
    {
        TestApp[] apps = [app, .. Enumerable.Range(1, instances - 1).Select(_ => app.StartAnother(_configure, _addServices))];
        using var http = app.CreateClient();
        var callers = Enumerable.Range(0, Callers).Select(number => Task.Run(() => CallAsync(apps[number % instances], number == 0 ? http : null))).ToArray();
        var rotations = Dose.IsWhole ? 1_000 : part;
        for (var version = first; version < first + rotations && _ledger.Failures.IsEmpty; version++)
        {
            // The next request of each waits for its turn, so those before have ended.
            await TestApp.UntilAsync(() => apps.All(instance => instance.IsWaiting) || !_ledger.Failures.IsEmpty);
            var (file, content) = prepare(version);
            await ReplaceAsync(file, content, version, floor: version + 1 - first, () => app.Clock.Advance(TimeSpan.FromSeconds(seconds)));
        }

        _ledger.IsOver = true;
        await Task.WhenAll(apps.Select(instance => instance.AdvanceUntilAsync(Task.WhenAll(callers.Where((_, number) => apps[number % instances] == instance)))));
        await Task.WhenAll(apps.Skip(1).Select(instance => instance.Services.DisposeAsync().AsTask()));

        Assert.All(_ledger.Failures, Assert.Fail);
        Assert.All(_ledger.Faults, Assert.Fail);
        Assert.InRange(_ledger.Sent, rotations * instances, int.MaxValue);

        // Three of the four ways have a time in which nothing whole is there, and a request began in nearly each.
        Assert.InRange(_ledger.BegunAmid, rotations / 2, int.MaxValue);
    }

    // Forces one token after another, and where there is an HttpClient, uses it.
    private async Task CallAsync(TestApp app, HttpClient? http)
    {
        var request = new OAuth2TokenRequest { ForceNewToken = true };
        while (!_ledger.IsOver && _ledger.Failures.IsEmpty)
        {
            try
            {
                if (http is null)
                {
                    await app.Tokens.GetTokenAsync(TestApp.ClientName, request);
                    continue;
                }

                using var call = new HttpRequestMessage(HttpMethod.Get, new Uri("orders", UriKind.Relative));
                call.SetOAuth2TokenRequest(request);
                using var answer = await http.SendAsync(call);
                if (answer.StatusCode != HttpStatusCode.OK)
                    _ledger.NoteFailure($"{answer.StatusCode}");
            }
            catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException)
            {
                _ledger.NoteFailure(exception.ToString());
            }
        }
    }

    // Puts the content in place of what is there, in one of the ways that writers have, and lets requests begin in the middle of it. Returns what lets them.
    private Task ReplaceAsync(string file, byte[] content, int version, int floor, Action advance)
    {
        var advancing = Task.CompletedTask;
        _ledger.Writing = version;
        switch (version % 4)
        {
            case 0:
                WriteInTwoSteps(content.Length / 2);
                break;
            case 1:
                WriteInTwoSteps(0);
                break;
            case 2:
                File.Delete(file);
                (_ledger.Floor, _ledger.IsAmid) = (floor, true);
                LetBegin();
                File.WriteAllBytes(file, content);
                break;
            default:
                // As kubelets do. Until the move the one before is there to be read, and whole.
                File.WriteAllBytes($"{file}.new", content);
                LetBegin();
                File.Move($"{file}.new", file, overwrite: true);
                break;
        }

        (_ledger.Floor, _ledger.IsAmid) = (floor, false);
        return advancing;

        void WriteInTwoSteps(int length)
        {
            using var stream = new FileStream(file, FileMode.Create, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            stream.Write(content.AsSpan(0, length));
            (_ledger.Floor, _ledger.IsAmid) = (floor, true);
            LetBegin();
            stream.Write(content.AsSpan(length));
        }

        // Advances on a thread of its own, since each request that begins starts one to read on. As soon as the first has, the writer goes on, at once or
        // a little later: some readers find it unfinished, and others do not.
        void LetBegin()
        {
            _ledger.HasBegun.Reset();
            advancing = Task.Run(advance);
            Assert.True(!_ledger.Failures.IsEmpty || _ledger.HasBegun.Wait(Dose.Patience));
            for (var turns = _random.Next(4); turns > 0; turns--)
                Thread.Yield();
        }
    }

    /// <summary>What was in the files when, and what was sent.</summary>
    private sealed class Ledger
    {
        private readonly AsyncLocal<int?> _begun = new();
        private int _sent;
        private int _begunAmid;
        private volatile int _floor;
        private volatile int _writing;
        private volatile bool _isAmid;
        private volatile bool _isOver;

        /// <summary>The oldest version that can be read from now on.</summary>
        public int Floor { get => _floor; set => _floor = value; }

        /// <summary>The newest version, as far as it is written.</summary>
        public int Writing { get => _writing; set => _writing = value; }

        /// <summary>True while a file is not whole.</summary>
        public bool IsAmid { get => _isAmid; set => _isAmid = value; }

        public bool IsOver { get => _isOver; set => _isOver = value; }

        public int Sent => Volatile.Read(ref _sent);

        public int BegunAmid => Volatile.Read(ref _begunAmid);

        /// <summary>Set when a request begins, and when there is nothing to wait for any more.</summary>
        public ManualResetEventSlim HasBegun { get; } = new();

        /// <summary>What callers met with.</summary>
        public ConcurrentQueue<string> Failures { get; } = new();

        /// <summary>What was sent that should not have been.</summary>
        public ConcurrentQueue<string> Faults { get; } = new();

        /// <summary>Notes for the request that begins here, and for whatever it calls, what the oldest is that it can read.</summary>
        public void NoteBegun()
        {
            _begun.Value = Floor;
            if (IsAmid)
                Interlocked.Increment(ref _begunAmid);
            HasBegun.Set();
        }

        public void NoteFailure(string what)
        {
            Failures.Enqueue(what);
            HasBegun.Set();
        }

        public void NoteSent(int version)
        {
            Interlocked.Increment(ref _sent);
            if (_begun.Value is not { } oldest || version < oldest || version > Writing)
                Faults.Enqueue($"Version {version} was sent by a request that began when {_begun.Value} was the oldest there was, and before {Writing} was written.");
        }

        /// <summary>Notes the version by its place in the pool: the newest that it may be.</summary>
        public void NoteSentOfPool(int index)
        {
            var newest = Writing;
            NoteSent(index < 0 ? index : newest - ((newest - index + Pool) % Pool));
        }
    }

    /// <summary>A clock that tells when a request begins: that is when its time-out does.</summary>
    private sealed class BeginningClock(TimeProvider clock, Action onBegin) : TimeProvider
    {
        public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(29); // Which nothing else lasts.

        public override long TimestampFrequency => clock.TimestampFrequency;

        public override TimeZoneInfo LocalTimeZone => clock.LocalTimeZone;

        public override DateTimeOffset GetUtcNow() => clock.GetUtcNow();

        public override long GetTimestamp() => clock.GetTimestamp();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime == Timeout)
                onBegin();
            return clock.CreateTimer(callback, state, dueTime, period);
        }
    }
}
