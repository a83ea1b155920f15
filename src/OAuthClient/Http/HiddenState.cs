namespace OAuthClient.Http;

// What .NET knows of requests and their content and nothing public tells. A runtime that has no such members gets an answer that is right, if
// at a price.
internal static class HiddenState
{
    private static readonly bool _hasOptions = IsThere(static () => Options(new HttpRequestMessage()) is null);
    private static readonly bool _hasIsBuffered = IsThere(static () => !IsBuffered(new ByteArrayContent([])));

    // The options, or null where nobody has set any. The property would make them, 104 bytes for each call.
    public static HttpRequestOptions? PeekOptions(HttpRequestMessage request) => _hasOptions ? Options(request) : request.Options;

    // True for content that is known to hold all of its bytes, as after LoadIntoBufferAsync: it can be sent again, whatever it is made of.
    public static bool IsKnownToBeBuffered(HttpContent content) => _hasIsBuffered && IsBuffered(content);

    private static bool IsThere(Func<bool> works)
    {
        try
        {
            return works();
        }
        catch (Exception exception) when (exception is MissingFieldException or MissingMethodException)
        {
            return false;
        }
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_options")]
    private static extern ref HttpRequestOptions? Options(HttpRequestMessage request);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "get_IsBuffered")]
    private static extern bool IsBuffered(HttpContent content);
}
