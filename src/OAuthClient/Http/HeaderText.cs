namespace OAuthClient.Http;

/// <summary>Which text a header may carry as it is.</summary>
internal static class HeaderText
{
    /// <summary>True for printable ASCII, which is what a token is made of (RFC 6749 §A.12).</summary>
    public static bool IsSafe(string text) => !text.AsSpan().ContainsAnyExceptInRange(' ', '~');
}
