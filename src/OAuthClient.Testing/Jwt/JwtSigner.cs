using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.WebUtilities;

namespace OAuthClient.Testing.Jwt;

/// <summary>Signs JWTs with one ES256 key of its own and publishes it.</summary>
internal sealed class JwtSigner : IDisposable
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly string _header;
    private readonly string _keyId;

    public JwtSigner()
    {
        _keyId = WebEncoders.Base64UrlEncode(SHA256.HashData(_key.ExportSubjectPublicKeyInfo()).AsSpan(0, 12));
        _header = WebEncoders.Base64UrlEncode(Encoding.UTF8.GetBytes($$"""{"typ":"at+jwt","alg":"ES256","kid":"{{_keyId}}"}"""));
    }

    public string Sign(JsonObject claims)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var writer = new Utf8JsonWriter(buffer))
            claims.WriteTo(writer);

        var signed = $"{_header}.{WebEncoders.Base64UrlEncode(buffer.WrittenSpan)}";
        byte[] signature;
        lock (_key)
            signature = _key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256);
        return $"{signed}.{WebEncoders.Base64UrlEncode(signature)}";
    }

    public void WriteKeySet(Utf8JsonWriter writer)
    {
        var point = _key.ExportParameters(includePrivateParameters: false).Q;
        writer.WriteStartObject();
        writer.WriteStartArray("keys");
        writer.WriteStartObject();
        writer.WriteString("kty", "EC");
        writer.WriteString("crv", "P-256");
        writer.WriteString("use", "sig");
        writer.WriteString("alg", "ES256");
        writer.WriteString("kid", _keyId);
        writer.WriteString("x", WebEncoders.Base64UrlEncode(point.X!));
        writer.WriteString("y", WebEncoders.Base64UrlEncode(point.Y!));
        writer.WriteEndObject();
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    public void Dispose() => _key.Dispose();
}
