using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using OAuthClient.Testing;

namespace Samples.Tests;

/// <summary>Something that is wrong, the step of the doctor that must fail, and what must be said there.</summary>
internal sealed record Fault(string Name, string Step, params string[] Says)
{
    private const string Secret = "OAuth2:ClientSecret";
    private const string TokenEndpoint = "OAuth2:TokenEndpoint";
    private static readonly X509Certificate2 _authority = TestCertificates.CreateAuthority("CN=Acme authority");
    private static readonly ECDsa _otherKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    /// <summary>How the server is made.</summary>
    public Action<OAuth2TestServerOptions> Configure { get; init; } = _ => { };

    /// <summary>What is wrong with the settings, or with what they lead to.</summary>
    public Func<FaultCase, Task> Break { get; init; } = _ => Task.CompletedTask;

    public async Task<FaultCase> InjectAsync()
    {
        var broken = new FaultCase(await CallApiProcess.StartAsync(Configure));
        await Break(broken);
        return broken;
    }

    public static Fault[] All { get; } =
    [
        // Settings
        Set("a setting is misspelt", "settings", "OAuth2:ClientSecrt=x", "OAuth2:ClientSecrt", "did you mean OAuth2:ClientSecret?"),
        Set("the token endpoint is http", "settings", "OAuth2:TokenEndpoint=http://idp.example/oauth2/token", "OAuth2:TokenEndpoint must be an absolute https URI", "OAuth2:AllowInsecureHttp"),
        Set("the address is http", "settings", "Url=http://api.example/orders", "Url must be an https address"),
        Set("no client id", "settings", "OAuth2:ClientId=", "OAuth2:ClientId is not set"),
        new("no secret", "settings", "OAuth2:ClientSecret is not set", "OAuth2:ClientSecretFile") { Break = Do(c => c.Run.Variables.Clear()) },
        Set("the platform is misspelt", "settings", "OAuth2:Provider=Choero", "OAuth2:Provider must be one of", "Choreo"),
        new("no organization", "settings", "OAuth2:Organization is not set") { Break = Do(c => (c.Settings["OAuth2:Provider"], c.Settings[TokenEndpoint]) = ("Asgardeo", null)) },
        Set("the client authentication method is misspelt", "settings", "OAuth2:ClientAuthenticationMethod=client_secret_bsic", "OAuth2:ClientAuthenticationMethod must be one of"),
        Set("scopes with a comma", "settings", "OAuth2:Scopes=orders:read,orders:write", "OAuth2:Scopes"),
        Set("a short name of a grant", "settings", "OAuth2:GrantType=device_code", "OAuth2:GrantType must be the whole wire value"),
        Set("a time-out of days", "settings", "OAuth2:TokenRequestTimeout=30", "OAuth2:TokenRequestTimeout"),
        Set("a password without its grant", "settings", "OAuth2:Username=alice", "OAuth2:Username is set", "OAuth2:GrantType"),
        Set("no private key where its file should be", "settings", "OAuth2:PrivateKeyFile=/nowhere/key.pem OAuth2:ClientAuthenticationMethod=private_key_jwt", "OAuth2:PrivateKeyFile", "/nowhere/key.pem") with { Break = Do(c => { c.Run.Variables.Clear(); c.Settings["OAuth2:PrivateKeyFile"] = "/nowhere/key.pem"; c.Settings["OAuth2:ClientAuthenticationMethod"] = "private_key_jwt"; }) },
        Set("no variables of the connection", "settings", "OAuth2:Connection=DOCTORS_NOWHERE", "CHOREO_DOCTORS_NOWHERE_"),
        new("one variable of the connection is missing", "settings", "CHOREO_DOCTORS_HALF_CONSUMERSECRET")
        {
            Break = Do(c =>
            {
                c.Run.Variables.Clear();
                foreach (var (name, value) in new[] { ("SERVICEURL", $"{c.Server.ApiBaseAddress}"), ("CONSUMERKEY", CallApiProcess.ClientId), ("TOKENURL", $"{c.Server.TokenEndpoint}") })
                    Environment.SetEnvironmentVariable($"CHOREO_DOCTORS_HALF_{name}", value);
                c.Settings.Clear();
                (c.Settings["OAuth2:Connection"], c.Settings["Url"]) = ("DOCTORS_HALF", "/orders");
            }),
        },
        Set("the token may not go to the address", "call", "OAuth2:BaseAddress=https://other.example/", "OAuth2:AllowedOrigins"),

        // Secrets
        new("the secret's file is missing", "secret", "OAuth2:ClientSecretFile", "is not there") { Break = Do(c => c.UseSecretFile(null)) },
        new("the secret's file is empty", "secret", "OAuth2:ClientSecretFile", "is empty") { Break = Do(c => c.UseSecretFile("\n")) },
        new("the secret's file is a folder", "secret", "OAuth2:ClientSecretFile", "is a folder") { Break = Do(c => { c.UseSecretFile(null); Directory.CreateDirectory(c.Settings["OAuth2:ClientSecretFile"]!); }) },
        new("the secret's file is no secret", "secret", "OAuth2:ClientSecretFile", "64 KiB") { Break = Do(c => c.UseSecretFile(new string('x', 70_000))) },
        new("the secret's file may not be read", "secret", "OAuth2:ClientSecretFile", "cannot be read")
        {
            Break = Do(c =>
            {
                c.UseSecretFile("canary-that-nobody-reads");
                c.CanBeInjected = !OperatingSystem.IsWindows() && Environment.UserName != "root";
                if (c.CanBeInjected && !OperatingSystem.IsWindows())
                    File.SetUnixFileMode(c.Settings["OAuth2:ClientSecretFile"]!, UnixFileMode.None);
            }),
        },
        new("the subject token has expired", "secret", "OAuth2:SubjectTokenFile", "expired")
        {
            Break = Do(c =>
            {
                c.Run.Write("user.jwt", c.Server.IssueToken(username: "alice", lifetime: TimeSpan.FromSeconds(-60), configureClaims: claims => claims["exp"] = 1_000_000_000));
                (c.Settings["OAuth2:GrantType"], c.Settings["OAuth2:SubjectTokenFile"]) = ("urn:ietf:params:oauth:grant-type:token-exchange", Path.Combine(c.Run.WorkingDirectory, "user.jwt"));
            }),
        },
        new("the client's certificate has expired", "secret", "OAuth2:ClientCertificateFile", "expired on 2020-01-01")
        {
            Break = Do(c =>
            {
                using var expired = TestCertificates.Create("CN=orders", notAfter: DateTimeOffset.UnixEpoch.AddYears(50));
                c.Run.Write("expired.pem", Way.Pem(expired) + Way.PrivateKeyPem(expired));
                c.Run.Variables.Clear();
                (c.Settings["OAuth2:ClientAuthenticationMethod"], c.Settings["OAuth2:ClientCertificateFile"]) = ("tls_client_auth", Path.Combine(c.Run.WorkingDirectory, "expired.pem"));
            }),
        },

        // The way to the token server
        Set("the host of the token endpoint is unknown", "host", "OAuth2:TokenEndpoint=https://no-such-host.invalid/oauth2/token", "'no-such-host.invalid' is not known", TokenEndpoint, "DNS"),
        new("nothing listens at the token endpoint's port", "connection", TokenEndpoint, "refused", "port") { Break = Do(c => c.Settings[TokenEndpoint] = $"https://127.0.0.1:{FaultServers.FindFreePort()}/oauth2/token") },
        new("the token endpoint's port says nothing", "connection", TokenEndpoint, "did not answer within", "firewall") { Break = Do(c => (c.Settings[TokenEndpoint], c.Settings["OAuth2:TokenRequestTimeout"]) = ($"https://127.0.0.1:{c.Own(FaultServers.StartSilent())}/", "00:00:00.5")) },
        new("the token endpoint's port speaks another protocol", "connection", TokenEndpoint, "TLS") { Break = Do(c => c.Settings[TokenEndpoint] = $"https://127.0.0.1:{c.Own(FaultServers.StartRaw(stream => stream.WriteAsync("SSH-2.0-OpenSSH\r\n"u8.ToArray()).AsTask()))}/") },
        new("the token server's authority is unknown", "connection", "CaCert", "'Acme authority'", "not trusted") { Break = c => c.UseTlsAsync(new(), trusted: false) },
        new("the token server's certificate has expired", "connection", "expired on 2020-01-01", "renewed") { Break = c => c.UseTlsAsync(new() { End = DateTimeOffset.UnixEpoch.AddYears(50) }) },
        new("the token server's certificate is not yet good", "connection", "is not good before", "clock") { Break = c => c.UseTlsAsync(new() { Begin = TimeProvider.System.GetUtcNow().AddDays(2) }) },
        new("the token server's certificate is for another name", "connection", TokenEndpoint, "is for idp.example, and not for localhost") { Break = c => c.UseTlsAsync(new() { Name = "idp.example" }) },
        new("https to a port of http", "connection", TokenEndpoint, "speaks plain http", "https://") { Break = Do(c => c.Settings[TokenEndpoint] = $"https://localhost:{c.Server.BaseAddress.Port}/oauth2/token") },
        new("http to a port of https", "token", TokenEndpoint, "Write https://") { Configure = options => options.UseHttps = true, Break = Do(c => c.Settings[TokenEndpoint] = $"http://localhost:{c.Server.BaseAddress.Port}/oauth2/token") },
        new("the proxy wants a password", "connection", "Proxy", "407", "user:password") { Break = Do(c => c.UseProxy("407 Proxy Authentication Required")) },
        new("the proxy takes another password", "connection", "Proxy", "407", "another user or password") { Break = Do(c => { c.UseProxy("407 Proxy Authentication Required"); c.Settings["Proxy"] = c.Settings["Proxy"]!.Replace("://", "://joe:canary-of-the-proxy@", StringComparison.Ordinal); }) },
        new("the proxy refuses the host", "connection", "Proxy", "403", "idp.example:443", "allow") { Break = Do(c => c.UseProxy("403 Forbidden")) },
        new("the proxy does not run", "connection", "Proxy", "refused") { Break = Do(c => { c.UseProxy(""); c.Settings["Proxy"] = $"http://127.0.0.1:{FaultServers.FindFreePort()}"; }) },
        new("the proxy's host is unknown", "host", "Proxy", "no-such-proxy.invalid") { Break = Do(c => { c.UseProxy(""); c.Settings["Proxy"] = "no-such-proxy.invalid:3128"; }) },

        // Metadata
        new("the metadata is of another issuer", "metadata", "Set OAuth2:Issuer to 'https://idp.example'") { Break = c => c.UseMetadataAsync(issuer => $$"""{"issuer":"https://idp.example","token_endpoint":"{{issuer}}/token"}""") },
        new("the metadata is a page", "metadata", "OAuth2:Issuer", "is no JSON") { Break = c => c.UseMetadataAsync(_ => "<html></html>") },
        new("the metadata names no token endpoint", "metadata", TokenEndpoint, "token_endpoint") { Break = c => c.UseMetadataAsync(issuer => $$"""{"issuer":"{{issuer}}"}""") },
        new("the issuer has no metadata", "metadata", "OAuth2:Issuer", "404") { Break = Do(c => (c.Settings["OAuth2:Issuer"], c.Settings[TokenEndpoint]) = ($"{c.Server.BaseAddress}elsewhere", null)) },
        new("the metadata leads to a host that is unknown", "metadata", "OAuth2:Issuer", "no-such-host.invalid") { Break = c => c.UseMetadataAsync(issuer => $$"""{"issuer":"{{issuer}}","token_endpoint":"https://no-such-host.invalid/"}""") },

        // The token
        new("the secret is wrong", "token", Secret, "mistyped") { Break = Do(c => c.Run.Variables["OAuth2__ClientSecret"] = CallApiProcess.WrongSecret) },
        new("the secret has been replaced", "token", Secret, "replaced") { Break = Do(c => c.Server.Options.Clients[0].ClientSecret = "canary-of-the-new-secret") },
        new("the secret was copied with a quote", "token", Secret, "quotes off OAuth2:ClientSecret") { Break = Do(c => c.Run.Variables["OAuth2__ClientSecret"] = $"\"{CallApiProcess.ClientSecret}\"") },
        Set("the client id is unknown", "token", "OAuth2:ClientId=somebody", "Check OAuth2:ClientId: this server does not know 'somebody'"),
        new("the client authenticates in another way", "token", "Set OAuth2:ClientAuthenticationMethod to client_secret_post") { Configure = options => options.Clients[0].AuthenticationMethods.Add("client_secret_post"), Break = Do(c => c.Settings["OAuth2:ClientAuthenticationMethod"] = "client_secret_basic") },
        new("the server reads Basic raw", "token", "OAuth2:BasicCredentialEncoding to Raw") { Configure = options => options.Clients[0].AuthenticationMethods.Add("client_secret_basic"), Break = Do(c => c.Settings["OAuth2:ClientAuthenticationMethod"] = "client_secret_basic") },
        new("the server decodes Basic", "token", "OAuth2:BasicCredentialEncoding to FormUrlEncoded")
        {
            Configure = options =>
            {
                options.Clients[0].AuthenticationMethods.Add("client_secret_basic");
                options.EncodedBasic = true;
            },
            Break = Do(c => (c.Settings["OAuth2:ClientAuthenticationMethod"], c.Settings["OAuth2:BasicCredentialEncoding"]) = ("client_secret_basic", "Raw")),
        },
        new("the key is another one", "token", "OAuth2:PrivateKeyFile", "registered")
        {
            Configure = options => (options.Clients[0].ClientSecret, options.Clients[0].PublicKeyPem) = (null, ECDsa.Create(ECCurve.NamedCurves.nistP256).ExportSubjectPublicKeyInfoPem()),
            Break = Do(c =>
            {
                c.Run.Variables.Clear();
                c.Run.Write("key.pem", _otherKey.ExportECPrivateKeyPem());
                (c.Settings["OAuth2:ClientAuthenticationMethod"], c.Settings["OAuth2:PrivateKeyFile"]) = (null, Path.Combine(c.Run.WorkingDirectory, "key.pem"));
            }),
        },
        new("a public client where a secret is wanted", "token", "set OAuth2:ClientSecret") { Break = Do(c => { c.Run.Variables.Clear(); c.Settings["OAuth2:ClientAuthenticationMethod"] = "none"; }) },
        new("the application is not active", "token", "blocked or not active", "portal") { Configure = options => options.Clients[0].Blocked = true },
        Answer("the server wants an audience", "400", """{"error":"invalid_request","error_description":"The audience is required"}""", "token", "Set OAuth2:Audience"),
        Answer("the server does not know the audience", "400", """{"error":"invalid_target"}""", "token", "OAuth2:Audience", "OAuth2:Resources"),
        new("the scope is unknown", "token", "OAuth2:Scopes", "orders:raed") { Configure = options => { options.Strict = true; options.Clients[0].Scopes.Add("orders:read"); }, Break = Do(c => c.Settings["OAuth2:Scopes"] = "orders:raed") },
        new("not all scopes are granted", "token", "OAuth2:Scopes") { Configure = options => options.Clients[0].Scopes.Add("orders:read"), Break = Do(c => (c.Settings["OAuth2:Scopes"], c.Settings["OAuth2:RequireAllScopes"]) = ("orders:read orders:write", "true")) },
        new("the user's password is wrong", "token", "OAuth2:Username", "OAuth2:Password") { Break = Do(c => c.UsePassword(CallApiProcess.WrongPassword)) },
        new("the user's account is locked", "token", "OAuth2:Username", "locked", "unlocked")
        {
            Configure = options => options.Users[0].WrongPasswordsUntilLocked = 1,
            Break = async c =>
            {
                c.UsePassword(CallApiProcess.WrongPassword);
                await c.RunAsync();
                c.UsePassword(CallApiProcess.Password);
            },
        },
        new("the refresh token has expired", "token", "OAuth2:Parameters:refresh_token", "sign in again") { Break = Do(c => (c.Settings["OAuth2:GrantType"], c.Settings["OAuth2:Parameters:refresh_token"]) = ("refresh_token", "canary-refresh-token")) },
        new("the grant is not allowed", "token", "OAuth2:GrantType", "'client_credentials'", "allow it") { Configure = options => options.Clients[0].GrantTypes.Clear() },
        Set("the server does not know the grant", "token", "OAuth2:GrantType=urn:example:grant", "OAuth2:GrantType", "urn:example:grant"),
        new("the organization to switch to is unknown", "token", "OAuth2:SwitchingOrganization")
        {
            Configure = options => options.Clients[0].GrantTypes.Add("organization_switch"),
            Break = Do(c => (c.Settings["OAuth2:GrantType"], c.Settings["OAuth2:SwitchingOrganization"], c.Settings["OAuth2:SubjectToken"]) = ("organization_switch", "nowhere", c.Server.IssueToken())),
        },
        new("the organization is unknown", "token", "OAuth2:Organization ('nowhere')")
        {
            Break = async c =>
            {
                var (port, certificate) = await c.StartTlsAsync(new() { Name = "api.asgardeo.io" }, Respond(404, """{"error":"invalid_request"}"""));
                c.Trust(certificate);
                (c.Settings["OAuth2:Provider"], c.Settings["OAuth2:Organization"], c.Settings[TokenEndpoint]) = ("Asgardeo", "nowhere", null);
                c.Settings["Proxy"] = $"http://127.0.0.1:{c.Own(FaultServers.StartProxy("200 OK", port))}";
            },
        },
        new("another client's secret is wrong", "token", "client 'machine'", "Clients:machine:ClientSecret")
        {
            Configure = options => { options.Clients[0].GrantTypes.Add("urn:ietf:params:oauth:grant-type:token-exchange"); options.Clients.Add(new TestClient("machine", Way.MachineSecret)); },
            Break = Do(c =>
            {
                (c.Settings["OAuth2:GrantType"], c.Settings["OAuth2:SubjectTokenClient"]) = ("urn:ietf:params:oauth:grant-type:token-exchange", "machine");
                (c.Settings["Clients:machine:TokenEndpoint"], c.Settings["Clients:machine:ClientId"], c.Settings["Clients:machine:ClientAuthenticationMethod"]) = ($"{c.Server.TokenEndpoint}", "machine", "client_secret_post");
                c.Run.Variables["Clients__machine__ClientSecret"] = CallApiProcess.WrongSecret;
            }),
        },
        new("another client's secret is missing", "settings", "client 'machine'", "Clients:machine:ClientSecret is not set")
        {
            Break = Do(c =>
            {
                (c.Settings["OAuth2:GrantType"], c.Settings["OAuth2:SubjectTokenClient"]) = ("urn:ietf:params:oauth:grant-type:token-exchange", "machine");
                (c.Settings["Clients:machine:TokenEndpoint"], c.Settings["Clients:machine:ClientId"]) = ($"{c.Server.TokenEndpoint}", "machine");
            }),
        },
        new("the path of the token endpoint is wrong", "token", TokenEndpoint, "404") { Break = Do(c => c.Settings[TokenEndpoint] = $"{c.Server.BaseAddress}oauth/tokens") },
        Answer("the token endpoint is a page", "200", "<html>Sign in</html>", "token", TokenEndpoint, "page"),
        Answer("the token endpoint is another API", "200", """{"hello":"world"}""", "token", TokenEndpoint, "access_token"),
        Answer("the token's type is another one", "200", """{"access_token":"canary-of-mac","token_type":"mac","expires_in":60}""", "token", "'mac'", "OAuth2:HeaderScheme"),
        Answer("the token endpoint is out of order", "503", "", "token", "503", "out of order"),
        Answer("the token endpoint limits the rate", "429", "", "token", "429", "limits the rate"),
        new("the token endpoint redirects", "token", TokenEndpoint, "https://new.example/token") { Break = Do(c => c.Server.TokenEndpointBehavior.Override = context => { context.Response.Redirect("https://new.example/token"); return Task.CompletedTask; }) },
        new("the token endpoint does not answer", "token", "OAuth2:TokenRequestTimeout") { Break = Do(c => { c.Server.TokenEndpointBehavior.Hang = true; c.Settings["OAuth2:TokenRequestTimeout"] = "00:00:00.5"; }) },
        new("the server wants DPoP", "token", "OAuth2:DPoP") { Configure = options => options.Clients[0].RequireDPoP = true },

        // What the token says
        new("the server's clock is ahead", "claims", "ahead of the one here", "NTP") { Configure = options => options.TimeProvider = new ManualTimeProvider(TimeProvider.System.GetUtcNow().AddHours(1)), Break = Do(c => c.Settings["Url"] = null) },
        new("the server's clock is behind", "claims", "behind the one here") { Configure = options => options.ConfigureClaims = claims => (claims["exp"], claims["nbf"]) = (1_000_000_000, 1_000_000_000), Break = Do(c => c.Settings["Url"] = null) },
        new("the server's clock is ahead, and the API says 401", "call", "ahead of the one here") { Configure = options => { options.TimeProvider = new ManualTimeProvider(TimeProvider.System.GetUtcNow().AddHours(1)); options.Api = Respond(401, ""); } },
        new("the server's Date is off, and the token is opaque", "claims", "clock")
        {
            Break = Do(c =>
            {
                c.Settings["Url"] = null;
                c.Server.TokenEndpointBehavior.Override = context =>
                {
                    context.Response.Headers.Date = TimeProvider.System.GetUtcNow().AddMinutes(-10).ToString("R");
                    return Respond(200, """{"access_token":"canary-of-opaque-token","token_type":"Bearer","expires_in":600}""")(context);
                };
            }),
        },
        new("a scope was dropped", "claims", "OAuth2:Scopes", "orders:write") { Configure = options => options.Clients[0].Scopes.Add("orders:read"), Break = Do(c => (c.Settings["OAuth2:Scopes"], c.Settings["Url"]) = ("orders:read orders:write", null)) },
        new("a scope was dropped, and the API says 403", "call", "OAuth2:Scopes", "orders:write") { Configure = options => { options.Clients[0].Scopes.Add("orders:read"); options.Api = Respond(403, ""); }, Break = Do(c => c.Settings["OAuth2:Scopes"] = "orders:read orders:write") },
        new("the token is for another audience than was asked for", "claims", "OAuth2:Audience", "'orders'") { Break = Do(c => (c.Settings["OAuth2:Audience"], c.Settings["Url"]) = ("orders", null)) },

        // The API
        Set("the API's host is unknown", "API", "Url=https://no-such-host.invalid/orders", "Url", "no-such-host.invalid"),
        new("nothing listens at the API's port", "API", "Url", "refused") { Break = Do(c => c.Settings["Url"] = $"https://127.0.0.1:{FaultServers.FindFreePort()}/orders") },
        new("the API's authority is unknown", "API", "CaCert", "'Acme authority'") { Break = async c => c.Settings["Url"] = $"https://localhost:{(await c.StartTlsAsync(new(), Respond(200, ""))).Port}/" },
        new("the API's certificate is for another name", "API", "Url", "gateway.example") { Break = async c => { var (port, authority) = await c.StartTlsAsync(new() { Name = "gateway.example" }, Respond(200, "")); c.Trust(authority); c.Settings["Url"] = $"https://localhost:{port}/"; } },
        new("http to the API's port of https", "call", "Write https:// in Url") { Break = async c => c.Settings["Url"] = $"http://localhost:{(await c.StartTlsAsync(new(), Respond(200, ""))).Port}/" },
        new("the token goes in another header", "call", "OAuth2:HeaderName", "900902") { Configure = options => options.HeaderName = "X-Api-Token" },
        new("the token goes by another scheme", "call", "OAuth2:HeaderScheme", "900902") { Configure = options => options.HeaderScheme = "Token" },
        new("the keys are those of the sandbox", "call", "OAuth2:ClientId", Secret, "900912", "production and sandbox") { Configure = options => options.Clients[0].KeyType = KeyType.Sandbox },
        new("no subscription", "call", "900908", "Subscribe") { Configure = options => options.Clients[0].Subscribed = false },
        new("the subscription's key is missing", "call", "OAuth2:CredentialHeaders", "Subscription-Key") { Configure = options => options.CredentialHeaders["Subscription-Key"] = "canary-subscription-key" },
        Refuse("the subscription is not active", 403, "900909", "The application's subscription is not active", "developer portal"),
        Refuse("a limit is used up", 429, "900802", "limit", "Wait"),
        Refuse("the plan's limit is used up", 429, "900804", "The limit of the subscription is used up"),
        Refuse("the application is blocked", 403, "900805", "blocked", "publisher"),
        Refuse("what is behind the gateway is out of order", 503, "102503", "out of order"),
        Refuse("a token that the gateway has never seen", 401, "900901", TokenEndpoint, "environment"),
        Refuse("a token that the gateway finds expired", 401, "900903", TokenEndpoint),
        new("the gateway takes JWTs alone", "call", "opaque", "JWTs") { Configure = options => { options.TokenFormat = TokenFormat.Opaque; options.Api = Respond(401, """{"code":"900901","message":"Invalid Credentials"}"""); } },
        new("a scope is missing", "call", "OAuth2:Scopes", "900910") { Configure = options => options.RequiredScopes["/api/orders"] = "orders:read" },
        new("a scope is missing, by RFC 6750", "call", "add 'orders:read' to OAuth2:Scopes") { Configure = options => { options.GatewayErrorFormat = GatewayErrorFormat.Rfc6750; options.ScopeChallenges = true; options.RequiredScopes["/api/orders"] = "orders:read"; } },
        Challenge("the audience is wrong", "Bearer error=\"invalid_token\", error_description=\"The audience 'x' is invalid\"", "set OAuth2:Audience"),
        Challenge("the issuer is wrong", "Bearer error=\"invalid_token\", error_description=\"The issuer 'x' is invalid\"", TokenEndpoint, "issuer"),
        Challenge("the signature is of another server", "Bearer error=\"invalid_token\", error_description=\"The signature key was not found\"", TokenEndpoint, "signed"),
        Challenge("the API's clock is behind", "Bearer error=\"invalid_token\", error_description=\"The token is not valid before '01/01/2030'\"", "clock"),
        Challenge("the API wants Basic", "Basic realm=\"api\"", "The API asks for Basic", "OAuth2:HeaderScheme"),
        Challenge("the API wants DPoP", "DPoP algs=\"ES256\"", "set OAuth2:DPoP"),
        new("the base address has no slash at its end", "call", "OAuth2:BaseAddress has no slash at its end", "404") { Configure = options => options.Api = Respond(404, ""), Break = Do(c => (c.Settings["OAuth2:BaseAddress"], c.Settings["Url"]) = ($"{c.Server.ApiBaseAddress}".TrimEnd('/'), "/orders")) },
        new("no such resource", "call", "Url", "404", "OAuth2:BaseAddress") { Configure = options => options.Api = Respond(404, "") },
        new("the API redirects", "call", "FollowRedirects", "302") { Configure = options => options.Api = context => { context.Response.Redirect("https://new.example/"); return Task.CompletedTask; } },
        new("the API does not answer", "call", "Timeout", "no answer in time") { Break = Do(c => { c.Server.ApiBehavior.Hang = true; c.Settings["Timeout"] = "0.5"; }) },
        new("the API wants another type of body", "call", "ContentType", "415") { Configure = options => options.Api = Respond(415, "") },
    ];

    public override string ToString() => Name;

    private static Func<FaultCase, Task> Do(Action<FaultCase> act) => c =>
    {
        act(c);
        return Task.CompletedTask;
    };

    private static Fault Set(string name, string step, string setting, params string[] says) =>
        new(name, step, says) { Break = Do(c => c.Settings[setting.Split('=')[0]] = setting.Split('=', 2)[1]) };

    private static Fault Answer(string name, string status, string body, string step, params string[] says) =>
        new(name, step, says) { Break = Do(c => c.Server.TokenEndpointBehavior.Override = Respond(int.Parse(status, System.Globalization.CultureInfo.InvariantCulture), body)) };

    private static Fault Refuse(string name, int status, string code, params string[] says) =>
        new(name, "call", [code, .. says]) { Configure = options => options.Api = Respond(status, new JsonObject { ["code"] = code, ["message"] = "No", ["description"] = "No" }.ToJsonString()) };

    private static Fault Challenge(string name, string challenge, params string[] says) => new(name, "call", says)
    {
        Configure = options => options.Api = context =>
        {
            context.Response.Headers.WWWAuthenticate = challenge;
            return Respond(401, "")(context);
        },
    };

    internal static RequestDelegate Respond(int status, string body) => context =>
    {
        context.Response.StatusCode = status;
        return body.Length == 0 ? Task.CompletedTask : context.Response.WriteAsync(body);
    };

    /// <summary>A certificate of the authority's, with something wrong.</summary>
    internal sealed record Certificate
    {
        public string Name { get; init; } = "localhost";
        public DateTimeOffset? Begin { get; init; }
        public DateTimeOffset? End { get; init; }

        public X509Certificate2 Create() => TestCertificates.Create($"CN={Name}", _authority, CertificateKey.Rsa, Begin, Begin is null ? End : Begin.Value.AddDays(1), [Name]);

        public static X509Certificate2 Authority => _authority;
    }
}

/// <summary>One run of the doctor with something wrong.</summary>
internal sealed class FaultCase(CallApiProcess run) : IAsyncDisposable
{
    private readonly List<IAsyncDisposable> _owned = [];

    public CallApiProcess Run => run;

    public OAuth2TestServer Server => run.Server;

    public bool CanBeInjected { get; set; } = true;

    /// <summary>What the doctor is told; null: not that.</summary>
    public Dictionary<string, string?> Settings { get; } = new()
    {
        ["OAuth2:TokenEndpoint"] = $"{run.Server.TokenEndpoint}",
        ["OAuth2:ClientId"] = CallApiProcess.ClientId,
        ["OAuth2:ClientAuthenticationMethod"] = "client_secret_post",
        ["Url"] = $"{run.Server.ApiBaseAddress}orders",
    };

    public Task<Output> RunAsync(params string[] options) => run.RunHereAsync(["doctor", .. Arguments, .. options]);

    /// <summary>The same without the doctor: what the library itself says.</summary>
    public Task<Output> CallAsync() => run.RunHereAsync([.. Arguments]);

    private IEnumerable<string> Arguments => Settings.Where(setting => setting.Value is not null).Select(setting => $"--{setting.Key}={setting.Value}");

    public int Own((int Port, IAsyncDisposable Server) started)
    {
        _owned.Add(started.Server);
        return started.Port;
    }

    public void UseSecretFile(string? text)
    {
        run.Variables.Clear();
        var path = Settings["OAuth2:ClientSecretFile"] = Path.Combine(run.WorkingDirectory, "secret");
        if (text is not null)
            File.WriteAllText(path, text);
    }

    public void UsePassword(string password)
    {
        (Settings["OAuth2:GrantType"], Settings["OAuth2:Username"]) = ("password", "alice");
        run.Variables["OAuth2__Password"] = password;
    }

    public void UseProxy(string status) => (Settings["Proxy"], Settings["OAuth2:TokenEndpoint"]) = ($"http://127.0.0.1:{Own(FaultServers.StartProxy(status))}", "https://idp.example/token");

    public void Trust(X509Certificate2 authority)
    {
        run.Write("authority.pem", Way.Pem(authority));
        Settings["CaCert"] = Path.Combine(run.WorkingDirectory, "authority.pem");
    }

    public async Task<(int Port, X509Certificate2 Authority)> StartTlsAsync(Fault.Certificate certificate, RequestDelegate answer) =>
        (Own(await FaultServers.StartWebAsync(answer, certificate.Create())), Fault.Certificate.Authority);

    /// <summary>The token endpoint has this certificate.</summary>
    public async Task UseTlsAsync(Fault.Certificate certificate, bool trusted = true)
    {
        var (port, authority) = await StartTlsAsync(certificate, Fault.Respond(200, ""));
        if (trusted)
            Trust(authority);
        Settings["OAuth2:TokenEndpoint"] = $"https://localhost:{port}/oauth2/token";
    }

    /// <summary>The issuer's metadata is this.</summary>
    public async Task UseMetadataAsync(Func<string, string> text)
    {
        var issuer = "";
        var port = Own(await FaultServers.StartWebAsync(context => context.Response.WriteAsync(text(issuer))));
        issuer = $"http://127.0.0.1:{port}";
        (Settings["OAuth2:Issuer"], Settings["OAuth2:TokenEndpoint"]) = (issuer, null);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var owned in _owned)
            await owned.DisposeAsync();
        await run.DisposeAsync();
    }
}
