namespace OAuthClient.Http;

// Which text a header may carry as it is.
internal static class HeaderText
{
    // True for printable ASCII, which is what a token is made of (RFC 6749 §A.12), without spaces at its ends, which a header loses.
    public static bool IsSafe(string text) => text is not ("" or [' ', ..] or [.., ' ']) && !text.AsSpan().ContainsAnyExceptInRange(' ', '~');
}
