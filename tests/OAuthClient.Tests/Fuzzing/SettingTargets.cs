using System.Collections;
using System.Net;
using System.Text;
using Microsoft.Extensions.Configuration;

namespace OAuthClient.Tests.Fuzzing;

/// <summary>What reads the settings of a client: a line of the input for each configuration key, or for each environment variable.</summary>
internal static class SettingTargets
{
    private const string Marker = "h1dden-s3cr3t";

    // Much longer or deeper configuration does not exist, and the providers of .NET take a time for it that grows with its square.
    private const int MaxLength = 16 * 1024;
    private const int MaxDepth = 32;

    // Its name to look up would be longer than a label may be, which Uri notices only when it is asked for that.
    private static readonly string _noHost = "https://a\u00e9" + new string('0', 57);

    private static readonly string[] _secretSettings = ["CLIENTSECRET", "PASSWORD", "APIKEY"];
    private static readonly string[] _addresses = ["TOKENENDPOINT", "REVOCATIONENDPOINT", "ISSUER", "BASEADDRESS", "ALLOWEDORIGINS", "ALLOWEDORIGINS:0"];

    public static FuzzTarget[] All { get; } =
    [
        new(
            "options",
            [
                "Provider=Asgardeo\nOrganization=acme\nRegion=EU\nClientId=id\nClientSecret=x\nScopes:0=orders:read\nBaseAddress=https://api.acme.example/orders/",
                "TokenEndpoint=https://sts.example/oauth2/token\nClientId=id\nClientSecret=x\nScopes=a b\nResources=https://r.example\nAudience=aud\nHeaderName=X-Api\nHeaderScheme=",
                "Issuer=https://idp.example/t/acme\nClientId=id\nClientSecret=x\nClientAuthenticationMethod=client_secret_post\nRefreshBeforeExpiry=00:01:00\nDefaultTokenLifetime=00:05:00\nMaxTokens=100",
                "TokenEndpoint=https://sts.example/token\nClientId=id\nClientSecret=x\nGrantType=password\nUsername=u\nPassword=p\nRequireAllScopes=true\nDeviceScope=auto\nBasicCredentialEncoding=Raw",
                "TokenEndpoint=http://localhost/token\nClientId=id\nClientAuthenticationMethod=None\nGrantType=refresh_token\nParameters:refresh_token=r\nAllowInsecureHttp=true\nAllowedOrigins:0=https://a.example\nAllowedOrigins:1=http://b:80",
                "TokenEndpoint=https://sts.example/token\nClientId=id\nClientSecretFile=/run/secret\nGrantType=urn:ietf:params:oauth:grant-type:jwt-bearer\nParameters:assertion=a\nParameters:urn:x:y=z\nApiKey=k\nApiKeyHeaderName=api-key\nTokenRequestTimeout=00:00:30",
            ],
            [
                "\n", "=", ":", "https://", "http://", "//", "@", "#", "?", "\\", "\u00ad", "xn--", "%00", "[::1]", "..", "30", "-00:00:01", "99.00:00:00", "2147483648", "\nScopes:\u0001=s\u0001", " s\u0001", "\nParameters:p\u0001=v",
                "\nAllowedOrigins:0=https://", "\nBaseAddress=", "\nIssuer=https://idp.example//", "\nParameters:client_id=x", "\nTokenEndpoint=", "\nHeaderName=", "\nX\u0001=1", "\ud83d", "\u2028", "Content-Type", "Host", "\nConnection=X", _noHost,
            ],
            CheckOptions)
        {
            MaxLength = MaxLength,
            BytesAllowed = 256 * 1024,

            // The providers of .NET sort the keys, and each unknown one is compared with all that are known.
            BytesAllowedForEach = 4_000,
        },
        new(
            "connection",
            [
                "ORDERS\nCHOREO_ORDERS_SERVICEURL=https://api.example/orders\nCHOREO_ORDERS_CONSUMERKEY=id\nCHOREO_ORDERS_CONSUMERSECRET=x\nCHOREO_ORDERS_TOKENURL=https://sts.example/oauth2/token\nCHOREO_ORDERS_CHOREOAPIKEY=k",
                "my-orders\nDevant_MY_ORDERS_SERVICEURL=https://api.example/orders/v1/\nDevant_MY_ORDERS_CONSUMERKEY=id\nDevant_MY_ORDERS_CONSUMERSECRET=x\nDevant_MY_ORDERS_TOKENURL=https://sts.example/token\nDEVANT_MY_ORDERSDEVANTAPIKEY=k",
                "ORDERS\nCHOREO_ORDERS_SERVICEURL=http://orders.internal:8080",
                "ORDERS\nCHOREO_ORDERS_SERVICEURL=file:///\nCHOREO_ORDERS_TOKENURL=https://sts.example",
                "X\nPATH=/bin",
            ],
            [
                "\n", "=", "CHOREO_", "DEVANT_", "_SERVICEURL", "_TOKENURL=", "_CONSUMERSECRET=", "https://", "file:", "///", "\\\\", "x:", "/", "?", "#", "@", "%00", "\u00ad", "\u0130", "\ud83d", "-", " ", "\nCHOREO_ORDERS_X\u0001=1", _noHost,
            ],
            CheckConnection)
        {
            MaxLength = MaxLength,
            BytesAllowed = 256 * 1024,
            BytesAllowedForEach = 1_000,
        },
    ];

    private static void CheckOptions(byte[] input)
    {
        var settings = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        foreach (var (key, value) in ReadLines(Encoding.UTF8.GetString(input)))
            settings[key] = Hide(key, value);
        var options = new OAuth2ClientOptions();
        OAuth2ClientOptionsBinder.Bind(new ConfigurationBuilder().AddInMemoryCollection(settings).Build(), options);
        CheckOutcome(options, new Hashtable { ["CHOREO_X_SERVICEURL"] = "https://api.example" });
    }

    private static void CheckConnection(byte[] input)
    {
        var text = Encoding.UTF8.GetString(input);
        var name = text.Split('\n', 2)[0].Trim();
        var environment = new Hashtable();
        foreach (var (key, value) in ReadLines(text))
            environment[key] = key.EndsWith("SECRET", StringComparison.OrdinalIgnoreCase) || key.EndsWith("APIKEY", StringComparison.OrdinalIgnoreCase) ? value + Marker : value;
        if (name.Length == 0)
            return;
        var options = new OAuth2ClientOptions().UseConnection(name, map => map.ApiKey = input.Length % 7 == 0 ? "PATH" : null);
        CheckOutcome(options, environment);
    }

    private static IEnumerable<(string Key, string Value)> ReadLines(string text) =>
        from line in text.Split('\n')
        let at = line.IndexOf('=', StringComparison.Ordinal)
        where at > 0 && line.AsSpan(0, at).Count(':') <= MaxDepth
        select (line[..at].Replace(Marker, "", StringComparison.Ordinal), line[(at + 1)..].Replace(Marker, "", StringComparison.Ordinal));

    /// <summary>Puts what no message may show where a user may have put a secret.</summary>
    private static string Hide(string key, string value)
    {
        var setting = key.ToUpperInvariant();
        if (_secretSettings.Contains(setting) || setting.StartsWith("PARAMETERS:", StringComparison.Ordinal))
            return value + Marker;
        return _addresses.Contains(setting) && value.Length % 4 == 0 && value.IndexOf("//", StringComparison.Ordinal) is >= 0 and var slashes
            ? value.Insert(slashes + 2, $"user:{Marker}@") + $"?key={Marker}"
            : value;
    }

    /// <summary>Options are valid and then work, or failures say why not.</summary>
    private static void CheckOutcome(OAuth2ClientOptions options, Hashtable environment)
    {
        var defaults = new OAuth2ClientOptionsDefaults { ReadEnvironment = () => environment };
        var validator = new OAuth2ClientOptionsValidator(findFaults: CredentialCheck.Find);
        defaults.PostConfigure("orders", options);
        var result = validator.Validate("orders", options);
        if (result.Failed)
        {
            var message = result.FailureMessage;
            BrokenOutcomeException.Unless(message.StartsWith("OAuth2 client 'orders': ", StringComparison.Ordinal) && message[^1] is '.' or '?', $"sentences, not '{message}'");
            BrokenOutcomeException.Unless(!message.Contains(Marker, StringComparison.OrdinalIgnoreCase), $"no secret in '{message}'");
            defaults.PostConfigure("orders", options);
            BrokenOutcomeException.Unless(validator.Validate("orders", options).FailureMessage == message, "the same message when the defaults are applied twice");
            return;
        }

        Use(new ClientSettings("orders", options));
    }

    /// <summary>Does with valid settings what a first call does: none of it may fail any more.</summary>
    private static void Use(ClientSettings client)
    {
        var origins = new Origins(client.AllowInsecureHttp);
        foreach (var address in client.AllowedOrigins.Append(client.BaseAddress))
            origins.Add(address);
        using var api = new HttpClient(new NoServer(), disposeHandler: false) { BaseAddress = client.BaseAddress };
        BrokenOutcomeException.Unless(client.BaseAddress is null || origins.Find(client.BaseAddress) is not null, "the base address to be allowed");

        using var call = new HttpRequestMessage();
        var credentials = new CallHeaders(new ClientProtocol(client), TimeProvider.System);
        if (client.SendsNoToken)
        {
            credentials.Apply(call, null);
        }
        else
        {
            var token = new OAuth2Token("token", "Bearer", "", DateTimeOffset.UnixEpoch);
            credentials.Apply(call, TokenTimes.Plan(token, 0, client.DefaultTokenLifetime, client.RefreshBeforeExpiry, new Random(1)));
            BrokenOutcomeException.Unless(call.Headers.NonValidated.Contains(client.HeaderName), $"a token in the header {client.HeaderName}");
            RequestToken(client);
        }

        foreach (var (name, _) in client.CredentialHeaders)
            BrokenOutcomeException.Unless(call.Headers.NonValidated.Contains(name), $"a credential in the header {name}");
    }

    private static void RequestToken(ClientSettings client)
    {
        var request = new TokenSpec(new ClientProtocol(client), new OAuth2TokenRequest { Scopes = ["a"] });
        var grant = request.Protocol.Grant ?? new RefreshTokenGrant(request.InitialRefreshToken!);
        BrokenOutcomeException.Unless(request.Key != request.GetIdentity() && request.GetValueKey(grant) != request.GetClientKey("secret"), "keys");

        // Nothing is found anywhere. All up to that must have gone well, and an issuer is not asked at another host than its own.
        var server = new NoServer();
        using var http = new HttpClient(server, disposeHandler: false);
        var endpoint = new AuthorizationServer(() => http, TimeProvider.System);
        var (_, failure) = endpoint.RequestTokenAsync(request, grant, new ClientProof(client, "secret", null, "secret"), async: false, CancellationToken.None).AsTask().GetAwaiter().GetResult();
        BrokenOutcomeException.Unless(failure is { Cause: null }, $"a token request whose answer is 404, not '{failure?.Message}' {failure?.Cause}");
        var home = (client.TokenEndpoint ?? client.Issuer)!;
        BrokenOutcomeException.Unless(server.Asked?.IdnHost == home.IdnHost && server.Asked.Port == home.Port, $"{home.IdnHost} to be asked, not {server.Asked}");
    }

    /// <summary>Where nothing is found.</summary>
    private sealed class NoServer : HttpMessageHandler
    {
        public Uri? Asked { get; private set; }

        protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Asked = request.RequestUri;
            return new HttpResponseMessage(HttpStatusCode.NotFound) { RequestMessage = request };
        }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => Task.FromResult(Send(request, cancellationToken));
    }
}
