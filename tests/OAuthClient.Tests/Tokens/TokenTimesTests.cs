using System.Text;
using OAuthClient.Tests.Fuzzing;

namespace OAuthClient.Tests.Tokens;

public sealed class TokenTimesTests
{
    private const long SentAt = 86_400_000;
    private static readonly OAuth2Token _token = new("t", "Bearer", null, DateTimeOffset.UnixEpoch);

    public static TheoryData<int> Lives => [1, 2, 3, 5, 10, 29, 30, 60, 61, 240, 300, 900, 3_600, 43_200, 86_400];

    [Theory]
    [MemberData(nameof(Lives))]
    public void Plan_OfAnyLife_IsFreshThenStaleThenExpired(int seconds)
    {
        var life = seconds * 1_000L;
        foreach (var margin in new[] { 0, 1, 60, 3_600 })
        {
            foreach (var chance in new[] { FixedRandom.Least, 0.5, FixedRandom.Most })
            {
                var entry = Plan(seconds, margin, chance);

                Assert.Equal(SentAt, entry.ObtainedAt);
                Assert.Equal(SentAt + life, entry.ExpiresAt);
                Assert.True(entry.RefreshAt <= entry.ReplaceAt, "It is replaced before it is refreshed.");
                Assert.InRange(entry.ExpiresAt - entry.ReplaceAt, 1, Math.Min(5_000, life / 10));
                Assert.InRange(entry.ExpiresAt - entry.RefreshAt, 1, life / 4);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Lives))]
    public void Plan_WithAMargin_TakesNoMoreThanAFifthOffIt(int seconds)
    {
        foreach (var margin in new[] { 1, 60, 3_600 })
        {
            var most = Math.Min(margin * 1_000, seconds * 1_000 / 4);

            Assert.Equal(most, MarginOf(Plan(seconds, margin, FixedRandom.Least)));
            Assert.InRange(MarginOf(Plan(seconds, margin, FixedRandom.Most)), (most * 4 / 5) - 1, most * 4 / 5);
        }

        static long MarginOf(TokenEntry entry) => entry.ExpiresAt - entry.RefreshAt;
    }

    [Fact]
    public void Plan_ManyTokens_AreNotRefreshedInStep()
    {
        var plans = Enumerable.Range(0, 1_000).Select(_ => TokenTimes.Plan(_token, SentAt, TimeSpan.FromHours(1), TimeSpan.FromMinutes(1), Random.Shared).RefreshAt).ToArray();

        Assert.True(plans.Max() - plans.Min() > 10_000);
    }

    [Fact]
    public void Plan_OfAnHourWithDefaults_IsRefreshedInItsLastMinuteAndReplacedFiveSecondsEarly()
    {
        var entry = Plan(3_600, 60, FixedRandom.Least);

        Assert.Equal(60_000, entry.ExpiresAt - entry.RefreshAt);
        Assert.Equal(5_000, entry.ExpiresAt - entry.ReplaceAt);
    }

    [Fact]
    public void Plan_WithoutRefreshBeforeExpiry_IsNeverStale()
    {
        var entry = Plan(3_600, 0, FixedRandom.Least);

        Assert.Equal(entry.ReplaceAt, entry.RefreshAt);
        Assert.Equal(5_000, entry.ExpiresAt - entry.ReplaceAt);
    }

    [Theory]
    [InlineData("""{"iat":1000,"exp":1600}""", 600)]
    [InlineData("""{"iat":1000.5,"exp":1600.5}""", 600)]
    [InlineData("""{"iat":0,"exp":9223372036854775}""", 86_400)]
    [InlineData("""{"iat":1000,"exp":1000}""", 300)]
    [InlineData("""{"iat":1600,"exp":1000}""", 300)]
    [InlineData("""{"iat":1000,"exp":1e999}""", 300)]
    [InlineData("""{"iat":"1000","exp":"1600"}""", 300)]
    [InlineData("""{"exp":1600}""", 300)]
    [InlineData("""{"iat":1000}""", 300)]
    [InlineData("""[1000,1600]""", 300)]
    [InlineData("""{"iat":1000,""", 300)]
    [InlineData("", 300)]
    // A name that is no valid text, and lives that no clock can measure.
    [InlineData("""{"iat":1000,"exp":1600,"\ud800":1}""", 300)]
    [InlineData("""{"iat":0,"exp":1e-9}""", 300)]
    public void Read_OfAJwtWithoutExpiresIn_IsTheJwtsOwnLifeWhereItHasOne(string payload, int expectedSeconds)
    {
        var token = $"e30.{Convert.ToBase64String(Encoding.UTF8.GetBytes(payload)).TrimEnd('=').Replace('+', '-').Replace('/', '_')}.c2ln";

        Assert.Equal(TimeSpan.FromSeconds(expectedSeconds), Read(token));
    }

    [Theory]
    [InlineData("opaque")]
    [InlineData("a.b")]
    [InlineData("a.b.c.d")]
    [InlineData("e30.!!!.c2ln")]
    [InlineData("..")]
    public void Read_OfWhatIsNoJwt_IsTheDefault(string token) => Assert.Equal(TimeSpan.FromMinutes(5), Read(token));

    [Fact]
    public void Read_OfALifeThatNoClockCanMeasure_IsTheDefault() =>
        Assert.Equal(TimeSpan.FromMinutes(5), TokenTimes.Read(Answers.Read("""{"access_token":"t","expires_in":1e-9}"""u8.ToArray())!, TimeSpan.FromMinutes(5)));

    private static TokenEntry Plan(int seconds, int margin, double chance) =>
        TokenTimes.Plan(_token, SentAt, TimeSpan.FromSeconds(seconds), TimeSpan.FromSeconds(margin), new FixedRandom(chance));

    private static TimeSpan Read(string token) =>
        TokenTimes.Read(Answers.Read(Encoding.UTF8.GetBytes($$"""{"access_token":"{{token}}"}"""))!, TimeSpan.FromMinutes(5));
}
