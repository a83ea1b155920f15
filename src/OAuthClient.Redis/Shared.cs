namespace OAuthClient.Redis;

/// <summary>What is made on first use, once for all who ask for it. An attempt that failed is made again for the next who asks.</summary>
internal sealed class Shared<T>(Func<Task<T>> make)
{
    private readonly object _gate = new();
    private Task<T>? _making;

    /// <summary>Null before the first use.</summary>
    public Task<T>? Current
    {
        get
        {
            lock (_gate)
                return _making;
        }
    }

    /// <summary>The token ends the wait of this caller alone.</summary>
    public Task<T> GetAsync(CancellationToken cancellationToken)
    {
        Task<T> making;
        lock (_gate)
        {
            if (_making is null or { IsFaulted: true } or { IsCanceled: true })
            {
                // Elsewhere: a program's own factory may connect in place, and nobody who asks is to be blocked.
                _making = Task.Run(make, CancellationToken.None);

                // All who asked may have left by the time that it fails.
                _making.ContinueWith(static failed => _ = failed.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            }

            making = _making;
        }

        return making.WaitAsync(cancellationToken);
    }
}
