
namespace OAuthClient.Tests.Settings;

public sealed class KeyTextTests
{
    public static TheoryData<string?[], string?[]> Different => new()
    {
        { ["ab", "c"], ["a", "bc"] },
        { ["abc"], ["a", "bc"] },
        { ["a", ""], ["a"] },
        { ["", "a"], ["a", ""] },
        { [null], [""] },
        { [null], [] },
        { [null, "a"], ["a", null] },
        { ["a"], ["A"] },
        { ["\u00e9"], ["e\u0301"] },
        { ["a\0b"], ["a", "b"] },
    };

    [Theory]
    [MemberData(nameof(Different))]
    public void ToKey_OfDifferentTexts_Differs(string?[] left, string?[] right)
    {
        Assert.NotEqual(Hash(hash => hash.Add(left)), Hash(hash => hash.Add(right)));
        Assert.NotEqual(Hash(hash => hash.AddAll(left)), Hash(hash => hash.AddAll(right)));
    }

    [Fact]
    public void ToKey_OfListsThatAreDividedDifferently_Differs() =>
        Assert.NotEqual(
            Hash(hash =>
            {
                hash.AddAll(["a", "b"]);
                hash.AddAll([]);
            }),
            Hash(hash =>
            {
                hash.AddAll(["a"]);
                hash.AddAll(["b"]);
            }));

    [Fact]
    public void ToKey_OfTheSameTexts_IsTheSameAndShowsNoneOfThem()
    {
        var key = Hash(hash => hash.Add("secret", null, "x"));

        Assert.Equal(key, Hash(hash => hash.Add("secret", null, "x")));
        Assert.DoesNotContain("secret", key, StringComparison.Ordinal);
        Assert.Equal(32, Convert.FromBase64String(key).Length);
    }

    private static string Hash(Action<KeyText> add) => KeyText.Hash(add);
}
