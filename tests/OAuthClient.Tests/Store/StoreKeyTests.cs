using System.Security.Cryptography;
using FsCheck;
using FsCheck.Fluent;

namespace OAuthClient.Tests.Store;

public sealed class StoreKeyTests
{
    private static readonly string _good = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

    [Fact]
    public void FindFault_OfKeys_IsNone()
    {
        Assert.Null(StoreKey.FindFault(_good));
        Assert.Null(StoreKey.FindFault($" {_good}\r\n\t{StoreStage.KeyOf(1)}\n\n"));
        Assert.Equal(2, StoreKey.Read($" {_good}\r\n\t{StoreStage.KeyOf(1)}\n\n").Length);
    }

    [Fact]
    public void FindFault_OfAnythingElse_IsASentenceThatShowsNothingOfIt()
    {
        string[] texts =
        [
            "", " \n", "secret", _good[..^4], _good[..43], $"{_good}{_good}", $"{_good},{_good}", $"{_good}\nsecret", $"secret {_good}",
            Convert.ToBase64String(new byte[31]), Convert.ToBase64String(new byte[33]), Convert.ToBase64String(new byte[64]), Convert.ToHexString(new byte[32]),
        ];

        Assert.All(texts, text => Assert.Equal("is no key: 32 random bytes in base64 are wanted, as 'openssl rand -base64 32' makes them", StoreKey.FindFault(text)));
    }

    [Fact]
    public void NameOf_AnyTwoIds_DiffersAndIsAKeyOfAStore() =>
        Prop.ForAll(Gen.Choose(0, 1_000).Select(seed => new Random(seed)).ToArbitrary(), random =>
        {
            var key = StoreKey.Read(_good).Single();
            var ids = Enumerable.Range(0, 50).Select(_ => new string([.. Enumerable.Range(0, random.Next(6)).Select(_ => "ab :\0é"[random.Next(6)])])).Distinct().ToList();
            string[] names = [.. ids.Select(key.NameOf), .. ids.Select(StoreKey.PlainNameOf), .. ids.Select(StoreKey.Read(StoreStage.KeyOf(1)).Single().NameOf)];
            Assert.Equal(names.Length, names.Distinct(StringComparer.Ordinal).Count());
            Assert.All(names, name => Assert.Matches("^[A-Za-z0-9_-]{43}$", name));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void NameOf_InEachInstance_IsTheSame() => Assert.Equal(StoreKey.Read(_good).Single().NameOf("orders"), StoreKey.Read($"{_good}\n").Single().NameOf("orders"));

    [Fact]
    public void Open_OfAnyBytes_IsNull() =>
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), bytes =>
        {
            var key = StoreKey.Read(_good).Single();
            var value = key.Seal("name", [1]);
            return key.Open("name", bytes) is null && key.Open("name", [.. value[..5], .. bytes]) is null;
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(100_000)]
    public void Open_OfWhatWasSealed_IsThat(int length)
    {
        var content = RandomNumberGenerator.GetBytes(length);
        var value = StoreKey.Read(_good).Single().Seal("name", content);

        Assert.Equal(content, StoreKey.Read(_good).Single().Open("name", value));
        Assert.Null(StoreKey.Read(_good).Single().Open("nam", value));
        Assert.Null(StoreKey.Read(StoreStage.KeyOf(1)).Single().Open("name", value));
    }
}
