using OAuthClient.Testing;

namespace OAuthClient.Tests.Tokens;

/// <summary>A token goes from one process to another with the times of its life, whatever the steady clocks of both say.</summary>
public sealed class StoredTokenTests
{
    private readonly ManualTimeProvider _time = new();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ToEntry_OfWhatAnotherProcessWrote_HasItsTimes(bool isLast)
    {
        using var certificate = TestCertificates.Create("CN=orders");
        var theirs = new SteadyClock(_time);
        _time.Advance(TimeSpan.FromSeconds(1_000));
        var token = new OAuth2Token("value", "DPoP", "read write", _time.GetUtcNow().AddSeconds(300));
        var written = new TokenEntry(token, theirs.Now, theirs.Now + (isLast ? 300_000 : 225_000), theirs.Now + 295_000, theirs.Now + 300_000) { Certificate = certificate };
        _time.Advance(TimeSpan.FromSeconds(10));
        var content = StoredToken.Write(written, theirs.Now, theirs.NowUtc);

        _time.Advance(TimeSpan.FromSeconds(5));
        var ours = new SteadyClock(_time);
        var stored = StoredToken.Read(content, ours.NowUtc)!;
        var entry = ToEntry(stored, ours, certificate);

        Assert.Equal((token.Value, token.TokenType, token.Scope, token.ExpiresAt), (entry.Token.Value, entry.Token.TokenType, entry.Token.Scope, entry.Token.ExpiresAt));
        Assert.Equal((ours.Now - 15_000, ours.Now + 285_000), (entry.ObtainedAt, entry.ExpiresAt));
        Assert.Equal(isLast, entry.RefreshAt == entry.ExpiresAt);
        Assert.Equal(certificate.Thumbprint, stored.Thumbprint);
        Assert.Same(certificate, entry.Certificate);
    }

    [Fact]
    public void ToEntry_OfAnInstanceWhoseClockIsAhead_IsAsYoungAsCanBe()
    {
        var clock = new SteadyClock(_time);
        var written = new TokenEntry(new OAuth2Token("value", "Bearer", null, _time.GetUtcNow()), clock.Now, clock.Now, clock.Now, clock.Now + 300_000);

        var entry = ToEntry(StoredToken.Read(StoredToken.Write(written, clock.Now, clock.NowUtc + 2_000), clock.NowUtc)!, clock, null);

        Assert.Equal((clock.Now, clock.Now + 300_000), (entry.ObtainedAt, entry.ExpiresAt));
    }

    private static TokenEntry ToEntry(StoredToken stored, SteadyClock clock, System.Security.Cryptography.X509Certificates.X509Certificate2? certificate) =>
        stored.ToEntry(clock, new ClientSettings("orders", new OAuth2ClientOptions()), new FixedRandom(FixedRandom.Least), certificate);
}
