namespace OAuthClient.Tests.Tokens;

public sealed class WeakTableTests
{
    [Fact]
    public void GetOrAdd_OfWhatAnotherAddsMeanwhile_TakesThat()
    {
        var table = new WeakTable<object>();
        object? first = null;

        var second = table.GetOrAdd("a", () =>
        {
            first ??= table.GetOrAdd("a", () => new object());
            return new object();
        });

        Assert.NotNull(first);
        Assert.Same(first, second);
    }

    [Fact]
    public void GetOrAdd_OfWhatNobodyHoldsAnyMore_IsNewAndStays()
    {
        var table = new WeakTable<object>();
        Add(table);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        var created = 0;

        var second = table.GetOrAdd("a", Create);

        Assert.Same(second, table.GetOrAdd("a", Create));
        Assert.Equal(1, created);

        object Create()
        {
            created++;
            return new object();
        }
    }

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private static void Add(WeakTable<object> table) => table.GetOrAdd("a", () => new object());
}
