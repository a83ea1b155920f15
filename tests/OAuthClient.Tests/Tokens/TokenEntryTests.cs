using System.Security.Cryptography.X509Certificates;
using OAuthClient.Testing;

namespace OAuthClient.Tests.Tokens;

/// <summary>One token's times, what APIs said of it, and how a header carries it.</summary>
public sealed class TokenEntryTests
{
    private readonly Origin _api = new(new Uri("https://orders.example/"));
    private readonly Origin _other = new(new Uri("https://stock.example/"));

    [Theory]
    [InlineData("DPoP", "DPoP a")]
    [InlineData("", "a")]
    public void HeaderValue_OfAScheme_IsMadeOnce(string scheme, string text)
    {
        var header = new HeaderValue(scheme, "a");

        Assert.Equal(text, header.Text);
        Assert.Same(header.Text, header.Text);
        Assert.Same(header.Hash, header.Hash);
        Assert.Equal(scheme.Length == 0 ? null : text, header.Authorization?.ToString());
    }

    [Fact]
    public void NoteAccepted_AfterARejection_ClearsThatOriginAlone()
    {
        var entry = Create("a");
        entry.NoteRejected(_api);
        entry.NoteRejected(_other);

        entry.NoteAccepted(_api);

        Assert.Equal((false, true, true), (entry.WasRejectedBy(_api), entry.WasRejectedBy(_other), entry.IsRejected));
        Assert.Equal((true, false), (entry.WasAcceptedBy(_api), entry.WasAcceptedBy(_other)));
        entry.NoteAccepted(_other);
        Assert.False(entry.IsRejected);
    }

    [Theory]
    [InlineData(250_000, 250_000)]
    [InlineData(299_000, 295_000)]
    public void Postpone_OfAStaleToken_HasItServeUntilThenAtTheLongest(long until, long refreshAt)
    {
        var entry = Create("a");

        entry.Postpone(until);

        Assert.Equal(refreshAt, entry.RefreshAt);
    }

    [Fact]
    public void Postpone_OfARejectedToken_ChangesNothing()
    {
        var entry = Create("a");
        entry.NoteRejected(_api);

        entry.Postpone(250_000);

        Assert.Equal(long.MinValue, entry.RefreshAt);
    }

    [Theory]
    [InlineData(300_000, 600_000, 299_999, true)]
    [InlineData(300_000, 600_000, 300_000, false)] // It has passed, and the server says otherwise.
    [InlineData(300_000, 300_000, 0, false)]
    [InlineData(300_000, 200_000, 0, false)]
    public void UntilExpiry_OfTheSameToken_EndsWithTheEarlierThatHasNotPassed(long before, long after, long now, bool isBefore)
    {
        using var first = TestCertificates.Create("CN=first");
        using var second = TestCertificates.Create("CN=second");
        var previous = Create("a", before, first);
        previous.NoteAccepted(_api);
        previous.NoteRejected(_other);
        var entry = Create("a", after, second);

        var last = entry.UntilExpiry(previous, now);

        var end = isBefore ? before : after;
        Assert.Equal((previous.ObtainedAt, end, end, end), (last.ObtainedAt, last.RefreshAt, last.ReplaceAt, last.ExpiresAt));
        Assert.Same(isBefore ? previous.Token : entry.Token, last.Token);
        Assert.Same(isBefore ? first : second, last.Certificate);
        Assert.Equal((true, false, false, true), (last.WasAcceptedBy(_api), last.WasAcceptedBy(_other), last.WasRejectedBy(_api), last.WasRejectedBy(_other)));
    }

    private static TokenEntry Create(string token, long expiresAt = 300_000, X509Certificate2? certificate = null) =>
        new(new OAuth2Token(token, "Bearer", null, DateTimeOffset.MaxValue), 1, 240_000, 295_000, expiresAt) { Certificate = certificate };
}
