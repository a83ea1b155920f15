using System.Runtime.CompilerServices;

namespace OAuthClient.Tests.Store;

/// <summary>What becomes of the work for the store: where it runs, and how it ends when nobody waits for it any more.</summary>
public sealed class StoreThreadTests
{
    /// <summary>What some instances give up fails for all; the finalizer tells the process of it, with what is in the message, unless somebody has looked.</summary>
    [Fact]
    public async Task Ask_AStoreThatFailsAfterItWasGivenUp_LeavesNoExceptionUnobserved()
    {
        const string Secret = "password=late-secret";
        var unobserved = 0;
        EventHandler<UnobservedTaskExceptionEventArgs> note = (_, e) => unobserved += e.Exception.ToString().Contains(Secret, StringComparison.Ordinal) ? 1 : 0;
        TaskScheduler.UnobservedTaskException += note;
        try
        {
            await FailLateAsync(Secret);
            for (var i = 0; i < 3; i++)
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
            }
        }
        finally
        {
            TaskScheduler.UnobservedTaskException -= note;
        }

        Assert.Equal(0, unobserved);
    }

    /// <summary>A synchronous call may hold the last thread that there is.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Ask_Synchronously_DoesItAllOnItsOwnThread(bool hasKeyFile)
    {
        var stage = new StoreStage();
        var file = Path.GetTempFileName();
        File.WriteAllText(file, $"{StoreStage.KeyOf(1)}\n{StoreStage.KeyOf(2)}");
        var threads = new HashSet<int>();
        var protects = 0;
        stage.Memory.Before = (_, _) =>
        {
            threads.Add(Environment.CurrentManagedThreadId);
            return default;
        };
        var store = stage.Create(options =>
        {
            options.Key = hasKeyFile ? null : File.ReadAllText(file);
            options.KeyFile = hasKeyFile ? file : null;
            options.Protect = options.Unprotect = bytes =>
            {
                protects++;
                threads.Add(Environment.CurrentManagedThreadId);
                return bytes;
            };
        });
        var own = 0;
        var areDone = false;
        var caller = new Thread(() =>
        {
            own = Environment.CurrentManagedThreadId;
            var claim = store.TryClaimAsync(StoreStage.Id, async: false).AsTask();
            areDone = claim.IsCompleted;
            areDone &= store.WriteAsync(StoreStage.Id, [1], SealedStoreTestExtensions.Life, async: false).AsTask().IsCompleted;
            areDone &= store.ReadAsync(StoreStage.Id, async: false).AsTask().IsCompleted;
            areDone &= store.ExtendAsync(claim.Result!, async: false).AsTask().IsCompleted;
            areDone &= store.ReleaseAsync(claim.Result!, async: false).AsTask().IsCompleted;
            areDone &= store.RemoveAsync(StoreStage.Id, async: false).AsTask().IsCompleted;
        });
        caller.Start();

        Assert.True(caller.Join(Dose.Patience));
        File.Delete(file);
        Assert.True(areDone);
        Assert.Equal([own], threads);
        Assert.Equal(4, protects);
        Assert.Equal(0, stage.Failures);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task FailLateAsync(string secret)
    {
        var stage = new StoreStage();
        var store = stage.Create();
        var hangs = new TaskCompletionSource();
        stage.Memory.Before = (_, _) => new(hangs.Task);
        var read = store.ReadTextsAsync();
        stage.Advance(0.25);
        await read;
        hangs.SetException(new InvalidOperationException(secret));
    }
}
