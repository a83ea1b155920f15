using System.Security.Cryptography;

using OAuthClient.Testing.AuthorizationServer;

namespace OAuthClient.Testing.Hosting;

/// <summary>Finds settings that cannot work and names them all at once.</summary>
internal static class OptionsCheck
{
    public static void ThrowIfInvalid(OAuth2TestServerOptions options, string parameterName)
    {
        var faults = Find(options).ToArray();
        if (faults.Length > 0)
            throw new ArgumentException($"The {nameof(OAuth2TestServer)} cannot start. {string.Join(' ', faults)}", parameterName);
    }

    private static IEnumerable<string> Find(OAuth2TestServerOptions options)
    {
        foreach (var id in options.Clients.GroupBy(static c => c.ClientId, StringComparer.Ordinal).Where(static g => g.Count() > 1).Select(static g => g.Key))
            yield return $"Clients holds '{id}' more than once; give each client an id of its own.";
        foreach (var name in options.Users.GroupBy(static u => u.Username, StringComparer.Ordinal).Where(static g => g.Count() > 1).Select(static g => g.Key))
            yield return $"Users holds '{name}' more than once; give each user a name of their own.";
        foreach (var id in options.Agents.GroupBy(static a => a.AgentId, StringComparer.Ordinal).Where(static g => g.Count() > 1).Select(static g => g.Key))
            yield return $"Agents holds '{id}' more than once; give each agent an id of its own.";
        if (options.ResourceMetadata is { IsAbsoluteUri: false })
            yield return $"ResourceMetadata is '{options.ResourceMetadata}'; set an absolute URI.";
        foreach (var client in options.Clients.Where(static c => (c.AssertionIssuer, c.AssertionSubject, c.AssertionIssuerPublicKeyPem) is not ((null, null, null) or (not null, not null, not null))))
            yield return $"The client '{client.ClientId}' has part of AssertionIssuer, AssertionSubject and AssertionIssuerPublicKeyPem; set all three, or none.";
        if (!options.UseHttps && (options.MtlsAliases || options.CertificateAuthority is not null || options.Clients.Any(static c => c.BindTokensToCertificate || CertificateVerifier.MethodOf(c) is not null)))
            yield return "MtlsAliases, CertificateAuthority or a client's certificate is set without UseHttps; set that as well.";
        if (options.CertificateAuthority is { HasPrivateKey: false })
            yield return "CertificateAuthority has no private key to sign with; take one of TestCertificates.CreateAuthority.";
        if (options.ApiKeyHeaderName is null != options.ApiKey is null)
            yield return "Only one of ApiKeyHeaderName and ApiKey is set; set both, or neither.";
        if (string.IsNullOrWhiteSpace(options.HeaderName))
            yield return "HeaderName is empty; name the header the token comes in, such as Authorization.";
        foreach (var issuer in options.AssertionIssuers.Where(static i => !IsPublicKey(i.Value)).Select(static i => i.Key))
            yield return $"AssertionIssuers holds no key for '{issuer}' that can be read; set a public key, EC or RSA, in PEM.";
        if (options.RejectedTokenStatusCode is < 400 or > 599)
            yield return $"RejectedTokenStatusCode is {options.RejectedTokenStatusCode}; set the status of an error, from 400 to 599.";
        if (options.CredentialHeaders.Keys.Any(string.IsNullOrWhiteSpace))
            yield return "CredentialHeaders holds a header without a name; name each header that is demanded.";
        if (options.DeviceCodeLifetime <= TimeSpan.Zero && options.DeviceCodeLifetime != Timeout.InfiniteTimeSpan)
            yield return $"DeviceCodeLifetime is {options.DeviceCodeLifetime}; set how long a device's codes are good.";
        if (options.DevicePollInterval < TimeSpan.Zero)
            yield return $"DevicePollInterval is {options.DevicePollInterval}; set how long a device waits between two polls, or zero.";
        if (options.Port is < 0 or > ushort.MaxValue)
            yield return $"Port is {options.Port}; set 0 for a free port, or one up to 65535.";
        if (options.RecordedRequestLimit < 0)
            yield return $"RecordedRequestLimit is {options.RecordedRequestLimit}; set 0 to record nothing, or how many requests to keep.";
        if (options.WaitTimeout != Timeout.InfiniteTimeSpan && options.WaitTimeout.TotalMilliseconds is < 0 or > uint.MaxValue - 1)
            yield return $"WaitTimeout is {options.WaitTimeout}; set how long WaitFor...Async may wait, at most 49 days, or Timeout.InfiniteTimeSpan.";
        foreach (var path in options.RequiredScopes.Keys.Where(static p => p != "/api" && !p.StartsWith("/api/", StringComparison.Ordinal)))
            yield return $"RequiredScopes names the path '{path}'; the gateway's paths begin with /api, as in '/api/orders'.";
        foreach (var grant in options.CustomGrants.Keys.Where(static g => g is "client_credentials" or "password" or "refresh_token"))
            yield return $"CustomGrants holds '{grant}', which is built in; use ConfigureTokenResponse or TokenEndpointBehavior.Override to change its answers.";
    }

    private static bool IsPublicKey(string pem)
    {
        foreach (var key in (AsymmetricAlgorithm[])[ECDsa.Create(), RSA.Create()])
        {
            using (key)
            {
                try
                {
                    key.ImportFromPem(pem);
                    return true;
                }
                catch (Exception exception) when (exception is ArgumentException or CryptographicException)
                {
                    // Of the other kind, or of none.
                }
            }
        }

        return false;
    }
}
