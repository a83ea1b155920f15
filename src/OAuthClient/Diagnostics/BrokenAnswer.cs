namespace OAuthClient.Diagnostics;

// Answers that are no HTTP. The exceptions of .NET quote what they could not read, in which a server may have put what it was sent.
internal static class BrokenAnswer
{
    public static bool IsQuotedBy(Exception? exception) => exception switch
    {
        null => false,
        HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse } or HttpIOException { HttpRequestError: HttpRequestError.InvalidResponse } => true,
        _ => IsQuotedBy(exception.InnerException),
    };

    public static Exception? Hide(Exception? exception) =>
        IsQuotedBy(exception) ? new HttpRequestException(HttpRequestError.InvalidResponse, "The answer is no HTTP; what it holds is not shown.") : exception;
}
