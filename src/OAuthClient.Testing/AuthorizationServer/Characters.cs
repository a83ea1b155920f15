using System.Buffers;

namespace OAuthClient.Testing.AuthorizationServer;

/// <summary>The alphabets of what clients send.</summary>
internal static class Characters
{
    private const string LettersAndDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    /// <summary>RFC 4648 section 5, without padding.</summary>
    private static readonly SearchValues<char> _base64Url = SearchValues.Create(LettersAndDigits + "-_");

    /// <summary>RFC 3986 section 2.3.</summary>
    private static readonly SearchValues<char> _unreserved = SearchValues.Create(LettersAndDigits + "-._~");

    public static bool AreBase64Url(string text) => text.AsSpan().IndexOfAnyExcept(_base64Url) < 0;

    public static bool AreUnreserved(string text) => text.AsSpan().IndexOfAnyExcept(_unreserved) < 0;
}
