using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.IdentityModel.Tokens;
using Claims = Duende.IdentityModel.JwtClaimTypes;

namespace OAuthClient.Protocol;

// How a client proves itself, and what with: read anew for each token request, since secrets, keys and certificates are rotated.
internal sealed class ClientAuthentication(ClientSettings client)
{
    private const int AssertionLife = 60; // Seconds.

    private readonly SecretSource?[] _secrets = client.AuthenticationMethod switch
    {
        ClientAuthenticationMethod.PrivateKeyJwt => [client.ClientAssertion ?? client.PrivateKey],
        null or ClientAuthenticationMethod.ClientSecretBasic or ClientAuthenticationMethod.ClientSecretPost or ClientAuthenticationMethod.ClientSecretJwt => [client.ClientSecret, client.SecondaryClientSecret],
        _ => [],
    };

    private readonly string? _certificateVersion = SecretSource.VersionOf(client.CertificateCallback);
    private Tuple<string, SigningKey>? _key;
    private Tuple<string, X509Certificate2>? _certificate;

    // What tells this authentication from another in a token's key.
    public IEnumerable<string?> Identity =>
        [
            $"{client.AuthenticationMethod} {client.BasicEncoding}", .. Sources.SelectMany(source => source.Identity), _certificateVersion is null ? null : client.Name, client.CertificatePassword,
            client.PrivateKeyId, client.PrivateKeyPassword, client.AssertionAlgorithm, client.AssertionAudience, client.AssertionType, client.AssertionHeaderType,
        ];

    // Tells one callback from another of the same client.
    public string Version => string.Join(' ', Sources.Select(source => source.Version).Append(_certificateVersion));

    public bool HasSecond => _secrets is [_, not null];
    public bool PrefersSecond { get; private set; } // True where the second of two secrets is the one that the server took last.

    private IEnumerable<SecretSource> Sources => _secrets.Append(client.Certificate).OfType<SecretSource>();

    // Prefers the other of two secrets once a server has taken it: by a token, or by objecting to something else. An outage tells nothing.
    public void NoteOther(bool isSecond, TokenFailure? failure) =>
        PrefersSecond = failure is null or { Status: 400, NamesError: true, Error: not ("invalid_client" or "unauthorized_client") } ? isSecond : PrefersSecond;

    // Throws SecretException: Something of it cannot be had now, or is of no use.
    public async ValueTask<ClientProof> ReadAsync(TimeProvider timeProvider, bool usesSecond, bool async, CancellationToken deadline)
    {
        var certificate = await ReadCertificateAsync(timeProvider, async, deadline).ConfigureAwait(false);
        var source = usesSecond && HasSecond ? client.SecondaryClientSecret : _secrets.FirstOrDefault();
        if (source is null)
            return new ClientProof(client, null, certificate, certificate?.Thumbprint);
        if (source == client.PrivateKey)
        {
            var key = await ReadKeyAsync(async, deadline).ConfigureAwait(false);
            return new ClientProof(client, null, certificate, $"{key.Thumbprint} {key.KeyId} {certificate?.Thumbprint}", audience => Sign(key, audience, timeProvider));
        }

        var isSigner = client.AuthenticationMethod == ClientAuthenticationMethod.ClientSecretJwt;
        var secret = await source.ReadAsync(async, deadline, source == client.ClientAssertion ? FindFaultOfJwt : isSigner ? FindFaultOfSecret : null).ConfigureAwait(false);

        // Of a callback that makes an assertion for each request none is remembered, but the callback.
        var fingerprint = source == client.ClientAssertion ? source.Version ?? secret : secret;
        return new ClientProof(client, secret, certificate, $"{fingerprint} {certificate?.Thumbprint}", source == client.ClientAssertion ? _ => secret : isSigner ? audience => Sign(SigningKey.FromSecret(secret, client.AssertionAlgorithm), audience, timeProvider) : null);
    }

    // RFC 7523 §3.
    private string Sign(SigningKey key, string audience, TimeProvider timeProvider)
    {
        var now = timeProvider.GetUtcNow().ToUnixTimeSeconds();
        var claims = new Dictionary<string, object>
        {
            [Claims.Issuer] = client.ClientId,
            [Claims.Subject] = client.ClientId,
            [Claims.Audience] = audience,
            [Claims.IssuedAt] = now,
            [Claims.Expiration] = now + AssertionLife,
            [Claims.JwtId] = Base64UrlEncoder.Encode(RandomNumberGenerator.GetBytes(16)),
        };
        return key.Sign(claims, client.AssertionHeaderType);
    }

    private async ValueTask<SigningKey> ReadKeyAsync(bool async, CancellationToken deadline)
    {
        var text = await client.PrivateKey!.ReadAsync(async, deadline, text => text == _key?.Item1 ? null : CredentialCheck.FindFault(() => Read(text))).ConfigureAwait(false);
        return (_key is { } known && known.Item1 == text ? known : _key = new(text, Read(text))).Item2;

        SigningKey Read(string text) => SigningKey.Read(text, client.PrivateKeyPassword, client.AssertionAlgorithm, client.PrivateKeyId);
    }

    private async ValueTask<X509Certificate2?> ReadCertificateAsync(TimeProvider timeProvider, bool async, CancellationToken deadline)
    {
        const string Setting = "ClientCertificate";
        X509Certificate2? certificate = null;
        if (client.CertificateCallback is { } callback)
        {
            certificate = await SecretSource.BoundAsync(Setting, () => callback(deadline).AsTask(), async, deadline).ConfigureAwait(false);
            if (certificate is not { HasPrivateKey: true })
                throw new SecretException(Setting, new InvalidOperationException("the ClientCertificateCallback returned none with a private key"));
        }
        else if (client.Certificate is { } source)
        {
            var text = await source.ReadAsync(async, deadline, text => text == _certificate?.Item1 ? null : CredentialCheck.FindFault(() => Read(text))).ConfigureAwait(false);
            certificate = (_certificate is { } known && known.Item1 == text ? known : _certificate = new(text, Read(text))).Item2;
        }

        // The server would end the connection without a word of why.
        var now = timeProvider.GetUtcNow();
        var fault = certificate is null ? null
            : now > certificate.NotAfter ? $"it expired on {certificate.NotAfter.ToUniversalTime():u}"
            : now < certificate.NotBefore ? $"it is not valid before {certificate.NotBefore.ToUniversalTime():u}"
            : null;
        return fault is null ? certificate : throw new SecretException(Setting, new InvalidOperationException($"{fault}, and the clock here says {now:u}"), "used");

        X509Certificate2 Read(string text) => CertificateFiles.Read(text, client.CertificatePassword);
    }

    private string? FindFaultOfSecret(string secret) => CredentialCheck.FindFault(() => SigningKey.FromSecret(secret, client.AssertionAlgorithm));

    // What a file that is half written looks like, as far as that can be told.
    private static string? FindFaultOfJwt(string text) =>
        text.Split('.') is [{ Length: > 0 }, { Length: > 0 }, { Length: > 0 }] && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.') ? null : "holds no JWT that is whole";
}
