namespace OAuthClient.Http;

// Reads the content of calls into memory, for clients that want it.
internal static class ContentBuffer
{
    // Buffers content that could not be sent twice otherwise, as far as the client's settings say.
    // Throws InvalidOperationException: It is longer than that, and did not say so.
    public static async ValueTask FillAsync(HttpContent? content, ClientSettings client, bool async, CancellationToken cancellationToken)
    {
        var limit = client.MaxRequestContentBufferSize;
        if (limit == 0 || ResendRules.CanReplay(content) || content!.Headers.ContentLength > limit)
            return;
        try
        {
            await HiddenState.LoadIntoBufferAsync(content, limit, async, cancellationToken).ConfigureAwait(false);
        }
        catch (HttpRequestException exception) when (exception.HttpRequestError == HttpRequestError.ConfigurationLimitExceeded)
        {
            throw new InvalidOperationException($"{client}: the content of the call is longer than MaxRequestContentBufferSize, {limit} bytes, and tells no length, so the call was not sent. Raise the setting, or have the content tell its length.", exception);
        }
    }
}
