
namespace OAuthClient.Tests.Tokens;

public sealed class RejectionsTests
{
    private const long Start = 86_400_000;
    private const long Minute = 60_000;

    private readonly Rejections _rejections = new(new FixedRandom(FixedRandom.Least));
    private readonly Origin _orders = new(new Uri("https://orders.example/"));
    private readonly Origin _billing = new(new Uri("https://billing.example/"));

    [Fact]
    public void TryNote_EveryNewTokenIsRejected_BacksOffFromASecondToFiveMinutes()
    {
        var noted = new List<long>();
        for (var now = Start; noted.Count < 12; now += 500)
        {
            if (_rejections.TryNote(Issue(now), _orders, now))
                noted.Add(now);
        }

        Assert.Equal(
            [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 64_000, 128_000, 256_000, 300_000, 300_000],
            noted.Skip(1).Zip(noted, (later, earlier) => later - earlier));
    }

    [Fact]
    public void TryNote_ByChance_BacksOffUpToAQuarterLess()
    {
        var rejections = new Rejections(new FixedRandom(FixedRandom.Most));
        Assert.True(rejections.TryNote(Issue(Start), _orders, Start));

        Assert.False(rejections.TryNote(Issue(Start + 1), _orders, Start + 749));
        Assert.True(rejections.TryNote(Issue(Start + 2), _orders, Start + 750));
    }

    [Theory]
    [InlineData(Minute - 1, true)]
    [InlineData(Minute, false)]
    public void TryNote_OriginTookAToken_LessThanAMinuteBefore_MayBeBadLuck(long after, bool isNoted)
    {
        _rejections.NoteAccepted(_orders, Start);
        Assert.True(_rejections.TryNote(Issue(Start + after), _orders, Start + after));

        Assert.Equal(isNoted, _rejections.TryNote(Issue(Start + after, value: "next"), _orders, Start + after));
    }

    [Fact]
    public void TryNote_OneOriginRejects_AnotherIsNotBackedOff()
    {
        Assert.True(_rejections.TryNote(Issue(Start), _orders, Start));
        Assert.False(_rejections.TryNote(Issue(Start), _orders, Start));

        Assert.True(_rejections.TryNote(Issue(Start), _billing, Start));
        Assert.True(_rejections.IsRejecting(_orders));
        Assert.True(_rejections.IsRejecting(new Origin(new Uri("https://orders.example/path"))));
    }

    [Fact]
    public void NoteAccepted_AfterRejections_BeginsAfresh()
    {
        for (var now = Start; now < Start + (10 * Minute); now += 1_000)
            _rejections.TryNote(Issue(now), _orders, now);
        _rejections.TryNote(Issue(Start), _billing, Start);

        _rejections.NoteAccepted(_orders, Start + (10 * Minute));

        var later = Start + (10 * Minute);
        Assert.False(_rejections.IsRejecting(_orders));
        Assert.True(_rejections.IsRejecting(_billing));
        Assert.True(_rejections.TryNote(Issue(later), _orders, later));
        Assert.True(_rejections.TryNote(Issue(later), _orders, later + 1_000));
    }

    [Fact]
    public void IsContended_TwoYoungTokensRevokedWithinAMinute_IsTrueUntilAMinuteOfPeace()
    {
        Revoke(Issue(Start, _orders), _orders, Start + 10_000);
        Assert.False(_rejections.IsContended(Start + 10_000));

        Revoke(Issue(Start + 10_000, _orders), _orders, Start + 20_000);

        Assert.True(_rejections.IsContended(Start + 20_000));
        Assert.True(_rejections.IsContended(Start + 20_000 + Minute - 1));
        Assert.False(_rejections.IsContended(Start + 20_000 + Minute));
    }

    [Fact]
    public void IsContended_ManyCallsRejectedWithOneToken_CountOnce()
    {
        var token = Issue(Start, _orders);

        for (var i = 0; i < 500; i++)
            Revoke(token, _orders, Start + 10_000);

        Assert.False(_rejections.IsContended(Start + 10_000));
    }

    [Fact]
    public void IsContended_OldTokensRevoked_IsFalse()
    {
        Revoke(Issue(Start, _orders), _orders, Start + Minute);
        Revoke(Issue(Start + 1, _orders), _orders, Start + Minute + 1);

        Assert.False(_rejections.IsContended(Start + Minute + 1));
    }

    [Fact]
    public void IsContended_RevokedMoreThanAMinuteApart_IsFalse()
    {
        Revoke(Issue(Start, _orders), _orders, Start + 10_000);
        Revoke(Issue(Start + Minute, _orders), _orders, Start + Minute + 10_000);

        Assert.False(_rejections.IsContended(Start + Minute + 10_000));
    }

    [Fact]
    public void IsContended_NewTokensThatWereNeverAccepted_IsFalse()
    {
        for (var i = 0; i < 10; i++)
            Revoke(Issue(Start), _orders, Start + 10_000);
        for (var i = 0; i < 10; i++)
            Revoke(Issue(Start, _billing), _orders, Start + 10_000);

        Assert.False(_rejections.IsContended(Start + 10_000));
    }

    [Fact]
    public void TryNote_NewTokensRejectedWhereOneWasJustTaken_IsBackedOffAfterThree()
    {
        _rejections.TryNote(Issue(Start - (10 * Minute), _orders), _orders, Start);

        Assert.True(_rejections.TryNote(Issue(Start, value: "1"), _orders, Start));
        Assert.False(_rejections.TryNote(Issue(Start, value: "1"), _orders, Start));
        Assert.True(_rejections.TryNote(Issue(Start, value: "2"), _orders, Start));
        Assert.False(_rejections.TryNote(Issue(Start, value: "3"), _orders, Start));
        Assert.False(_rejections.TryNote(Issue(Start, value: "3"), _orders, Start + 3_999));
        Assert.True(_rejections.TryNote(Issue(Start, value: "3"), _orders, Start + 4_000));
        Assert.False(_rejections.IsContended(Start));
    }

    [Fact]
    public void TryNote_WhileContended_IsNotBackedOff()
    {
        Revoke(Issue(Start, _orders), _orders, Start);
        Revoke(Issue(Start, _orders), _orders, Start);

        Assert.True(_rejections.TryNote(Issue(Start, _orders), _orders, Start));
        Assert.True(_rejections.TryNote(Issue(Start, _orders), _orders, Start));
    }

    [Fact]
    public void TryNote_AcceptedTokenIsRejected_IsNoLongerFresh()
    {
        var token = Issue(Start, _orders);

        _rejections.TryNote(token, _orders, Start + 1_000);

        Assert.True(token.RefreshAt < Start);
        Assert.True(token.WasRejectedBy(_orders));
        Assert.False(token.WasRejectedBy(_billing));
    }

    private void Revoke(TokenEntry token, Origin origin, long now)
    {
        _rejections.NoteAccepted(origin, now);
        _rejections.TryNote(token, origin, now);
    }

    private static TokenEntry Issue(long now, Origin? acceptedBy = null, string value = "t")
    {
        var expiry = now + (60 * Minute);
        var token = new TokenEntry(new OAuth2Token(value, "Bearer", null, DateTimeOffset.UnixEpoch), now, expiry, expiry, expiry);
        if (acceptedBy is not null)
            token.NoteAccepted(acceptedBy);
        return token;
    }
}
