using System.Runtime.CompilerServices;

namespace OAuthClient.Http;

/// <summary>
/// Knows whether content holds all of its bytes, as after LoadIntoBufferAsync: then it can be sent again, whatever it is made of. Nothing
/// public tells, so the property behind it is read; in a runtime that has no such property, no content is known to be buffered.
/// </summary>
internal static class ContentBuffer
{
    private static readonly bool _isKnown = IsKnown();

    public static bool Has(HttpContent content) => _isKnown && IsBuffered(content);

    private static bool IsKnown()
    {
        try
        {
            using var content = new ByteArrayContent([]);
            return !IsBuffered(content);
        }
        catch (MissingMethodException)
        {
            return false;
        }
    }

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "get_IsBuffered")]
    private static extern bool IsBuffered(HttpContent content);
}
