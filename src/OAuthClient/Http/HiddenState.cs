namespace OAuthClient.Http;

// What .NET knows of requests and nothing public tells. A runtime without such members gets an answer that is right, if at a price.
internal static class HiddenState
{
    private static readonly bool _hasOptions = IsThere(static () => Options(new HttpRequestMessage()) is null);
    private static readonly bool _hasIsBuffered = IsThere(static () => !IsBuffered(new ByteArrayContent([])));
    private static readonly bool _hasLoadIntoBuffer = IsThere(static () => { LoadIntoBuffer(new ByteArrayContent([]), 0, default); return true; });

    // The options, or null where nobody has set any. The property would make them, 104 bytes for each call.
    public static HttpRequestOptions? PeekOptions(HttpRequestMessage request) => _hasOptions ? Options(request) : request.Options;

    public static OAuth2TokenRequest? GetOAuth2TokenRequest(this HttpRequestMessage request) =>
        PeekOptions(request) is { } options && options.TryGetValue(OAuth2HttpRequestMessageExtensions.Key, out var tokenRequest) ? tokenRequest : null;

    // True for content that is known to hold all of its bytes, as after LoadIntoBufferAsync: it can be sent again, whatever it is made of.
    public static bool IsKnownToBeBuffered(HttpContent content) => _hasIsBuffered && IsBuffered(content);

    // Reads content into memory, on this thread alone where the caller is synchronous.
    public static async ValueTask LoadIntoBufferAsync(HttpContent content, long limit, bool async, CancellationToken cancellationToken)
    {
#pragma warning disable CA2016 // In .NET 8 there is none that takes a token.
        if (async || !_hasLoadIntoBuffer)
            await content.LoadIntoBufferAsync(limit).WaitAsync(cancellationToken).ConfigureAwait(false);
#pragma warning restore CA2016
        else
            LoadIntoBuffer(content, limit, cancellationToken);
    }

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

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "LoadIntoBuffer")]
    private static extern void LoadIntoBuffer(HttpContent content, long limit, CancellationToken cancellationToken);
}
