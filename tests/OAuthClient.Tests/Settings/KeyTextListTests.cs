
namespace OAuthClient.Tests.Settings;

public sealed class KeyTextListTests
{
    [Fact]
    public void ToKey_OfAListThatIsNotThere_DiffersFromAnEmptyOne()
    {
        Assert.NotEqual(KeyText.Hash(hash => hash.AddAll(null)), KeyText.Hash(hash => hash.AddAll([])));
        Assert.NotEqual(KeyText.Hash(hash => hash.AddPairs(null)), KeyText.Hash(hash => hash.AddPairs([])));
    }
}
