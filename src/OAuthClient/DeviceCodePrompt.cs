namespace OAuthClient;

/// <summary>What a user has to do to sign in on another device (RFC 8628 §3.2).</summary>
public sealed class DeviceCodePrompt
{
    /// <summary>Creates a prompt, for instance to stand in for a real one in a test.</summary>
    /// <param name="clientName">The name of the client that was registered with <c>AddOAuth2Client</c>.</param>
    /// <param name="userCode">The code to enter.</param>
    /// <param name="verificationUri">The address to enter it at.</param>
    /// <param name="expiresAt">When the code is no longer good.</param>
    public DeviceCodePrompt(string clientName, string userCode, Uri verificationUri, DateTimeOffset expiresAt) =>
        (ClientName, UserCode, VerificationUri, ExpiresAt) = (clientName, userCode, verificationUri, expiresAt);

    /// <summary>The name of the client that was registered with <c>AddOAuth2Client</c>.</summary>
    public string ClientName { get; }

    /// <summary>The code to enter.</summary>
    public string UserCode { get; }

    /// <summary>The address to enter it at.</summary>
    public Uri VerificationUri { get; }

    /// <summary>The address with the code in it, for a link or a QR code; null where the server gives none.</summary>
    public Uri? VerificationUriComplete { get; init; }

    /// <summary>When the code is no longer good.</summary>
    public DateTimeOffset ExpiresAt { get; }

    /// <summary>A sentence that tells the user what to do.</summary>
    public override string ToString() => $"To sign in, open {VerificationUri} on any device and enter the code {UserCode}. It is good until {ExpiresAt:HH:mm:ss} UTC.";
}
