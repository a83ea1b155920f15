using Microsoft.AspNetCore.DataProtection;

namespace OAuthClient.Tests.Store;

/// <summary>An entry that is not, to the bit, what an instance with this key has stored under this name is none.</summary>
public sealed class SealingTests
{
    private const string Content = "the token itself";

    public enum Kind
    {
        Key,
        Protector,
        KeyAndProtector,
    }

    [Theory]
    [InlineData(Kind.Key)]
    [InlineData(Kind.Protector)]
    [InlineData(Kind.KeyAndProtector)]
    public async Task Read_ByAnotherInstance_IsWhatWasWritten(Kind kind)
    {
        var stage = new StoreStage();
        var seal = Use(kind);
        await stage.Create(seal).WriteTextAsync(Content);

        Assert.Equal([Content], await stage.Create(seal).ReadTextsAsync());
        Assert.Equal(0, stage.Complaints);
    }

    [Theory]
    [InlineData(Kind.Key)]
    [InlineData(Kind.Protector)]
    [InlineData(Kind.KeyAndProtector)]
    public async Task Read_WithAnyBitFlipped_IsAMissAndOneLine(Kind kind) =>
        await AssertMissesAsync(kind, value => Enumerable.Range(0, value.Length * 8).Select(bit =>
        {
            var flipped = (byte[])value.Clone();
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            return flipped;
        }));

    [Theory]
    [InlineData(Kind.Key)]
    [InlineData(Kind.Protector)]
    [InlineData(Kind.KeyAndProtector)]
    public async Task Read_WithAnyByteReplaced_IsAMissAndOneLine(Kind kind) =>
        await AssertMissesAsync(kind, value => Enumerable.Range(0, value.Length).SelectMany(at => new byte[] { 0, 255 }.Where(other => other != value[at]).Select(other =>
        {
            var replaced = (byte[])value.Clone();
            replaced[at] = other;
            return replaced;
        })));

    [Theory]
    [InlineData(Kind.Key)]
    [InlineData(Kind.Protector)]
    [InlineData(Kind.KeyAndProtector)]
    public async Task Read_CutOffAnywhere_IsAMissAndOneLine(Kind kind) =>
        await AssertMissesAsync(kind, value => Enumerable.Range(0, value.Length).SelectMany(length => new[] { value[..length], value[(value.Length - length)..] }));

    [Theory]
    [InlineData(Kind.Key)]
    [InlineData(Kind.Protector)]
    [InlineData(Kind.KeyAndProtector)]
    public async Task Read_Extended_IsAMissAndOneLine(Kind kind) =>
        await AssertMissesAsync(kind, value => Enumerable.Range(1, 40).SelectMany(more => new[] { [.. value, .. new byte[more]], [.. new byte[more], .. value], [.. value, .. value[^Math.Min(more, value.Length)..]], (byte[])[.. value[..1], .. value] }));

    [Theory]
    [InlineData(Kind.Key)]
    [InlineData(Kind.Protector)]
    [InlineData(Kind.KeyAndProtector)]
    public async Task Read_OfALaterFormat_IsAMissAndOneLine(Kind kind) =>
        await AssertMissesAsync(kind, value => Enumerable.Range(0, 256).Where(format => format != value[0]).Select(format => (byte[])[(byte)format, .. value[1..]]));

    [Theory]
    [InlineData(Kind.Key)]
    [InlineData(Kind.Protector)]
    [InlineData(Kind.KeyAndProtector)]
    public async Task Read_OfAnEntryThatWasStoredUnderAnotherName_IsAMissAndOneLine(Kind kind)
    {
        var stage = new StoreStage();
        var store = stage.Create(Use(kind));
        await store.WriteTextAsync("mine", "mine");
        await store.WriteTextAsync("theirs", "theirs");
        var (mine, theirs) = (store.NamesOf("mine").Single(), store.NamesOf("theirs").Single());
        var entries = stage.Memory.Entries;
        stage.Memory.Put(mine, entries[theirs]);
        stage.Memory.Put(theirs, entries[mine]);

        Assert.Empty(await store.ReadTextsAsync("mine"));
        Assert.Empty(await store.ReadTextsAsync("theirs"));
        Assert.Equal(1, stage.Complaints);
    }

    /// <summary>Whoever seals otherwise, or does not seal, makes no entries for those who do.</summary>
    [Theory]
    [InlineData("another key", "key")]
    [InlineData("nothing", "key")]
    [InlineData("protector", "key")]
    [InlineData("key and protector", "key")]
    [InlineData("another protector", "protector")]
    [InlineData("nothing", "protector")]
    [InlineData("key", "protector")]
    [InlineData("key", "nothing")]
    [InlineData("protector", "nothing")]
    [InlineData("key", "key and protector")]
    public async Task Read_OfWhatWasSealedOtherwise_IsAMissAndOneLine(string writer, string reader)
    {
        var stage = new StoreStage();
        var provider = new EphemeralDataProtectionProvider();
        var (writing, reading) = (stage.Create(Use(writer)), stage.Create(Use(reader)));
        await writing.WriteTextAsync(Content);
        Assert.Empty(await reading.ReadTextsAsync());

        // Somebody puts it where the reader looks for it.
        var stored = stage.Memory.Entries.Values.Single();
        stage.Memory.Put(reading.NamesOf(StoreStage.Id).Single(), stored);

        Assert.Empty(await reading.ReadTextsAsync());
        Assert.Equal(1, stage.Complaints);
        Assert.Equal([Content], await writing.ReadTextsAsync());

        Action<OAuth2TokenStoreOptions> Use(string way) => options =>
        {
            options.AllowUnencrypted = way == "nothing";
            options.Key = way.Contains("another key", StringComparison.Ordinal) ? StoreStage.KeyOf(1) : way.Contains("key", StringComparison.Ordinal) ? MemoryTokenStore.Key : null;
            if (way.Contains("protector", StringComparison.Ordinal))
                Protect(options, provider.CreateProtector(way.Contains("another", StringComparison.Ordinal) ? "another" : "tokens"));
        };
    }

    [Fact]
    public async Task Read_ByAProtectorThatThrowsOrReturnsNothing_IsAMiss()
    {
        var stage = new StoreStage();
        await stage.Create(options => (options.Protect, options.Unprotect) = (static bytes => bytes, static bytes => bytes)).WriteTextAsync(Content);

        Assert.Empty(await stage.Create(options => (options.Protect, options.Unprotect) = (static bytes => bytes, static _ => throw new NotSupportedException("secret of the vault"))).ReadTextsAsync());
        Assert.Empty(await stage.Create(options => (options.Protect, options.Unprotect) = (static bytes => bytes, static _ => null!)).ReadTextsAsync());
        Assert.Equal((2, 0), (stage.Complaints, stage.Failures));
        Assert.DoesNotContain(stage.Log.Entries, entry => entry.Message.Contains("vault", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Write_ByAProtectorThatThrows_FailsNobody()
    {
        var stage = new StoreStage();
        await stage.Create(options => (options.Protect, options.Unprotect) = (static _ => throw new NotSupportedException("secret of the vault"), static bytes => bytes)).WriteTextAsync(Content);

        Assert.Equal(1, stage.Failures);
        Assert.DoesNotContain(stage.Log.Entries, entry => entry.Message.Contains("vault", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Complain_OfManyEntries_SaysSoOnceAMinute()
    {
        var stage = new StoreStage();
        var store = stage.Create();
        await store.WriteTextAsync(Content);
        stage.Memory.Put(store.NamesOf(StoreStage.Id).Single(), [9]);

        for (var second = 0; second < 150; second++)
        {
            await store.ReadTextsAsync();
            stage.Advance(1);
        }

        Assert.Equal(3, stage.Complaints);
    }

    [Fact]
    public async Task Write_OfTheSameAgain_IsSealedAnew()
    {
        var stage = new StoreStage();
        var store = stage.Create();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < 100; i++)
        {
            await store.WriteTextAsync(Content);
            Assert.True(seen.Add(Convert.ToBase64String(stage.Memory.Entries.Values.Single()[5..17])));
        }
    }

    private static async Task AssertMissesAsync(Kind kind, Func<byte[], IEnumerable<byte[]>> change)
    {
        var stage = new StoreStage();
        var store = stage.Create(Use(kind));
        await store.WriteTextAsync(Content);
        var (name, value) = stage.Memory.Entries.Single();
        foreach (var changed in change(value))
        {
            stage.Memory.Put(name, changed);
            Assert.Empty(await store.ReadTextsAsync());
        }

        Assert.Equal((1, 0), (stage.Complaints, stage.Failures));
        stage.Memory.Put(name, value);
        Assert.Equal([Content], await store.ReadTextsAsync());
    }

    private static Action<OAuth2TokenStoreOptions> Use(Kind kind)
    {
        var protector = new EphemeralDataProtectionProvider().CreateProtector("tokens");
        return options =>
        {
            if (kind is Kind.Key or Kind.KeyAndProtector)
                options.Key = MemoryTokenStore.Key;
            if (kind is Kind.Protector or Kind.KeyAndProtector)
                Protect(options, protector);
        };
    }

    private static void Protect(OAuth2TokenStoreOptions options, IDataProtector protector) => (options.Protect, options.Unprotect) = (protector.Protect, protector.Unprotect);
}
