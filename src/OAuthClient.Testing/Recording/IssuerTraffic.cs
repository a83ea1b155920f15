namespace OAuthClient.Testing.Recording;

/// <summary>What the endpoints of all issuers of one server have seen.</summary>
internal sealed class IssuerTraffic(int recordLimit, TimeProvider timeProvider)
{
    public Traffic Token { get; } = new("token requests", recordLimit, timeProvider);

    public Traffic Revocation { get; } = new("revocation requests", recordLimit, timeProvider);

    public Traffic Introspection { get; } = new("introspection requests", recordLimit, timeProvider);

    public Traffic Device { get; } = new("device authorization requests", recordLimit, timeProvider);

    public Traffic Authorization { get; } = new("authorization requests", recordLimit, timeProvider);

    public Traffic Authentication { get; } = new("authentication requests", recordLimit, timeProvider);

    public Traffic Discovery { get; } = new("metadata requests", recordLimit, timeProvider);

    public IReadOnlyList<Traffic> All => [Token, Revocation, Introspection, Device, Authorization, Authentication, Discovery];
}
