using System.Runtime.CompilerServices;

namespace OAuthClient.Http;

// Reads a message's options where it has any. The property would make them, 104 bytes for each call, so the field behind it is read; a runtime
// that has no such field gets the property.
internal static class RequestOptions
{
    private static readonly bool _hasField = HasField();

    // The options, or null where nobody has set any.
    public static HttpRequestOptions? Peek(HttpRequestMessage request) => _hasField ? Field(request) : request.Options;

    private static bool HasField()
    {
        try
        {
            using var request = new HttpRequestMessage();
            return Field(request) is null && request.Options == Field(request);
        }
        catch (MissingFieldException)
        {
            return false;
        }
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_options")]
    private static extern ref HttpRequestOptions? Field(HttpRequestMessage request);
}
