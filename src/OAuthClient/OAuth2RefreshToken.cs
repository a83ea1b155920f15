using System.Diagnostics;

namespace OAuthClient;

/// <summary>A refresh token that the server has issued, for the program to keep (RFC 6749 §6): it outlives the process, and has replaced the one before where that was rotated.</summary>
/// <param name="clientName">The client's name.</param>
/// <param name="value">The refresh token.</param>
/// <param name="initial">The one that the program set at first, by which it knows whose this is; null where the client's grant or a sign-in brought it.</param>
public sealed class OAuth2RefreshToken(string clientName, string value, string? initial)
{
    /// <summary>The name of the client that was registered with <c>AddOAuth2Client</c>.</summary>
    public string ClientName => clientName;

    /// <summary>The refresh token. Who has it can get the user's tokens: store it encrypted.</summary>
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public string Value => value;

    /// <summary>The refresh token that the program set at first, in the client's <c>Parameters</c> or a call's; null where the client's grant or a sign-in brought it.</summary>
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public string? Initial => initial;

    /// <summary>Whose it is. Not the token.</summary>
    public override string ToString() => $"refresh token of OAuth2 client '{clientName}'";
}
