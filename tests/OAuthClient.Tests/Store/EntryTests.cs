using FsCheck;
using FsCheck.Fluent;
using OAuthClient.Testing;

namespace OAuthClient.Tests.Store;

/// <summary>What entries hold, once they are opened: whatever it is, it is read as what was written or counts for nothing.</summary>
public sealed class EntryTests
{
    private const long Now = 1_900_000_000_000;

    private static readonly byte[] _token = StoredEntry.Write('t', writer => WriteToken(writer, Now - 1_000, 3_600_000));

    public static TheoryData<long, long> BrokenTimes => new()
    {
        { Now + 300_001, 3_600_000 },
        { long.MaxValue, 3_600_000 },
        { long.MaxValue - 1_000, 86_400_000 },
        { long.MinValue, 3_600_000 },
        { long.MinValue, -1 },
        { Now, 0 },
        { Now, -1 },
        { Now, 86_400_001 },
        { Now, long.MaxValue },
        { Now, long.MinValue },
    };

    [Fact]
    public void Read_OfAToken_IsThat()
    {
        var stored = StoredToken.Read(_token, Now)!;

        Assert.Equal(("value", "AB12"), (stored.Value, stored.Thumbprint));
        Assert.NotNull(StoredToken.Read(StoredEntry.Write('t', writer => WriteToken(writer, Now + 300_000, 86_400_000)), Now));
        Assert.NotNull(StoredToken.Read(StoredEntry.Write('t', writer => WriteToken(writer, Now, 1)), Now));
    }

    [Theory]
    [MemberData(nameof(BrokenTimes))]
    public void Read_OfATokenWithTimesThatCannotBe_IsNothing(long at, long life) =>
        Assert.Null(StoredToken.Read(StoredEntry.Write('t', writer => WriteToken(writer, at, life)), Now));

    /// <summary>A call that has it in a header would fail.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("line\nend")]
    [InlineData(" spaces ")]
    [InlineData("bell\a")]
    [InlineData("schön")]
    public void Read_OfATokenThatNoHeaderTakes_IsNothing(string value) =>
        Assert.Null(StoredToken.Read(StoredEntry.Write('t', writer => WriteToken(writer, Now, 1_000, value)), Now));

    [Fact]
    public void Read_CutOffAnywhere_IsNothing() =>
        Assert.All(Enumerable.Range(0, _token.Length), length => Assert.Null(StoredToken.Read(_token[..length], Now)));

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(255)]
    public void Read_OfAnotherVersion_IsNothing(byte version) => Assert.Null(StoredToken.Read([version, .. _token[1..]], Now));

    [Fact]
    public void Read_OfAnotherKind_IsNothing() =>
        Assert.All("rfT\0"u8.ToArray(), kind => Assert.Null(StoredToken.Read([_token[0], kind, .. _token[2..]], Now)));

    [Fact]
    public void Read_OfAnyBytes_ThrowsNothing() =>
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), bytes =>
        {
            _ = StoredToken.Read(bytes, Now);
            _ = StoredToken.Read([1, (byte)'t', .. bytes], Now);
            return StoredEntry.Read([1, (byte)'x', .. bytes], 'x', static reader => $"{reader.ReadText()}{reader.ReadInt64()}{reader.ReadText()}{reader.ReadBoolean()}") is null or { Length: > 0 };
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Read_WithAnyBitFlipped_ThrowsNothing()
    {
        for (var bit = 0; bit < _token.Length * 8; bit++)
        {
            var flipped = (byte[])_token.Clone();
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.True(StoredToken.Read(flipped, Now) is null or { Value.Length: > 0 });
        }
    }

    [Fact]
    public void Read_OfWhatWasWritten_IsThat() =>
        Prop.ForAll(ArbMap.Default.ArbFor<string?>(), ArbMap.Default.ArbFor<long>(), ArbMap.Default.ArbFor<bool>(), (text, number, flag) =>
        {
            // Half a character is none.
            text = text is null || text.Any(char.IsSurrogate) ? null : text;
            var content = StoredEntry.Write('x', writer =>
            {
                writer.WriteText(text);
                writer.Write(number);
                writer.Write(flag);
            });
            return StoredEntry.Read(content, 'x', static reader => Tuple.Create(reader.ReadText(), reader.ReadInt64(), reader.ReadBoolean())) is var (readText, readNumber, readFlag)
                && (readText, readNumber, readFlag) == (text, number, flag);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public async Task Failure_WithAnyBitFlipped_IsNoneAndOneLine()
    {
        var (stage, failures, name) = await NoteFailureAsync();
        Assert.Equal("the endpoint is down", (await failures.FindAsync("endpoint", null, async: true)).Failure?.Message);
        var value = stage.Memory.Entries[name];

        for (var bit = 0; bit < value.Length * 8; bit++)
        {
            var flipped = (byte[])value.Clone();
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            stage.Memory.Put(name, flipped);
            Assert.Null((await failures.FindAsync("endpoint", null, async: true)).Failure);
        }

        Assert.Equal(1, stage.Complaints);
    }

    [Theory]
    [InlineData(300_000, true)]
    [InlineData(300_001, false)]
    [InlineData(long.MaxValue / 4, false)]
    public async Task Failure_OfTheFuture_IsNone(long ahead, bool counts)
    {
        var (stage, failures, _) = await NoteFailureAsync();
        var at = stage.Clock.GetUtcNow().ToUnixTimeMilliseconds() + ahead;
        await stage.Create().WriteAsync("failure endpoint", WriteFailure(at), SealedStoreTestExtensions.Life, async: true);

        Assert.Equal(counts, (await failures.FindAsync("endpoint", null, async: true)).Failure is not null);
        Assert.Equal(counts ? 0 : 1, stage.Complaints);
    }

    [Fact]
    public async Task Failure_CutOffAnywhereOrOfAnotherKindOrVersion_IsNone()
    {
        var (stage, failures, _) = await NoteFailureAsync();
        var content = WriteFailure(stage.Clock.GetUtcNow().ToUnixTimeMilliseconds());
        byte[][] broken = [.. Enumerable.Range(0, content.Length).Select(length => content[..length]), [2, .. content[1..]], [1, (byte)'t', .. content[2..]]];
        foreach (var bytes in broken)
        {
            await stage.Create().WriteAsync("failure endpoint", bytes, SealedStoreTestExtensions.Life, async: true);
            Assert.Null((await failures.FindAsync("endpoint", null, async: true)).Failure);
        }

        Assert.Equal(1, stage.Complaints);
    }

    [Theory]
    [InlineData(503, true, "an answer is true for all")]
    [InlineData(null, false, "what kept an answer away may be one instance's own network")]
    public async Task Failure_OfOneInstance_BarsAllWhereTheServerAnswered(int? status, bool bars, string because)
    {
        var (_, all) = CreateInstances(2);
        await all[0].NoteAsync(await all[0].FindAsync("endpoint", null, async: true), Outage(status), all[0].Outages, async: true);
        await all[0].NoteAsync(await all[0].FindAsync("endpoint", null, async: true), Outage(status), all[0].Outages, async: true);

        var found = await all[1].FindAsync("endpoint", null, async: true);
        Assert.True(bars == found.Failure is not null, because);
        Assert.Equal(2, found.Count);
    }

    [Fact]
    public async Task Failure_ThatASecondInstanceMeetsWith_BarsAll()
    {
        var (stage, all) = CreateInstances(3);
        foreach (var instance in all[..2])
        {
            Assert.Null((await all[2].FindAsync("endpoint", null, async: true)).Failure);
            await instance.NoteAsync(await instance.FindAsync("endpoint", null, async: true), Outage(null), instance.Outages, async: true);
        }

        Assert.NotNull((await all[2].FindAsync("endpoint", null, async: true)).Failure);

        // And goes on to, whoever meets with it next.
        stage.Clock.Advance(TimeSpan.FromSeconds(60));
        var faded = await all[1].FindAsync("endpoint", null, async: true);
        Assert.Null(faded.Failure);
        await all[1].NoteAsync(faded, Outage(null), all[1].Outages, async: true);
        Assert.NotNull((await all[2].FindAsync("endpoint", null, async: true)).Failure);
    }

    private static TokenFailure Outage(int? status) => new("the endpoint is down", IsTransient: true) { Status = status };

    private static (StoreStage Stage, SharedFailures[] Instances) CreateInstances(int count)
    {
        var stage = new StoreStage();
        return (stage, [.. Enumerable.Range(1, count).Select(seed => new SharedFailures(stage.Create(), new SteadyClock(stage.Clock), new Random(seed)))]);
    }

    private static async Task<(StoreStage Stage, SharedFailures Failures, string Name)> NoteFailureAsync()
    {
        var stage = new StoreStage();
        var store = stage.Create();
        var failures = new SharedFailures(store, new SteadyClock(stage.Clock), new Random(1));
        var known = await failures.FindAsync("endpoint", null, async: true);
        await failures.NoteAsync(known, new TokenFailure("the endpoint is down", IsTransient: true) { Status = 503 }, failures.Outages, async: true);
        return (stage, failures, store.NamesOf("failure endpoint").Single());
    }

    private static byte[] WriteFailure(long at) => StoredEntry.Write('f', writer =>
    {
        writer.Write(at);
        writer.Write(at + 10_000);
        writer.Write(at);
        writer.Write(1);
        writer.WriteText("the endpoint is down");
        writer.WriteText(null);
        writer.WriteText(null);
        writer.Write(true);
        writer.Write(503);
        writer.Write(7L);
        writer.Write(true);
    });

    private static void WriteToken(BinaryWriter writer, long at, long life, string value = "value")
    {
        writer.Write(at);
        writer.Write(life);
        writer.Write(false);
        writer.Write("Bearer");
        writer.WriteText("read write");
        writer.WriteText("AB12");
        writer.Write(value);
    }
}
