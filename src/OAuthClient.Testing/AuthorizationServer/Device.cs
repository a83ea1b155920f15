namespace OAuthClient.Testing.AuthorizationServer;

/// <summary>A device that wants a token; guarded by the lock of <see cref="DeviceCodes"/>.</summary>
internal sealed class Device(string deviceCode, string userCode, TestIssuer issuer, TestClient client, IReadOnlyList<string> scopes, DateTimeOffset expiresAt)
{
    public string DeviceCode => deviceCode;

    public string UserCode => userCode;

    public TestIssuer Issuer => issuer;

    public TestClient Client => client;

    public IReadOnlyList<string> Scopes => scopes;

    public DateTimeOffset ExpiresAt => expiresAt;

    /// <summary>How long it has to wait from one poll to the next; grows when it does not.</summary>
    public TimeSpan Interval { get; set; }

    public long? LastPoll { get; set; }

    public string? Username { get; set; }

    public bool Denied { get; set; }

    public bool Used { get; set; }

    public bool IsPending(DateTimeOffset now) => Username is null && !Denied && now < expiresAt;
}
