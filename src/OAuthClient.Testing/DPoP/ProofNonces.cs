using System.Security.Cryptography;
using Microsoft.AspNetCore.WebUtilities;

namespace OAuthClient.Testing.DPoP;

/// <summary>The nonces that proofs must hold: one of the authorization server, one of the API (RFC 9449 sections 8 and 9).</summary>
internal sealed class ProofNonces
{
    private volatile string _token = Create();
    private volatile string _api = Create();

    public string Token => _token;

    public string Api => _api;

    public void Rotate() => (_token, _api) = (Create(), Create());

    private static string Create() => WebEncoders.Base64UrlEncode(RandomNumberGenerator.GetBytes(12));
}
