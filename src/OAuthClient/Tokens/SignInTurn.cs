namespace OAuthClient.Tokens;

// One sign-in at a time for all who wait for its tokens, each for as long as he likes. After one that failed nobody is asked again at once.
internal sealed class SignInTurn(TokenSpec request, TokenEngine engine, Func<Acquisition, bool, ValueTask> seed)
{
    private readonly object _gate = new();
    private readonly BackOff _failed = BackOff.ForRefusedSecret(engine.Random);
    private TaskCompletionSource<TokenFailure?>? _underWay;

    // Why the last sign-in failed; null where it did not.
    public TokenFailure? GetLastFailure()
    {
        lock (_gate)
            return _failed.GetLast(engine.Clock.Now);
    }

    // Why there are no tokens; null where there are.
    public async ValueTask<TokenFailure?> JoinAsync(bool async, CancellationToken cancellationToken)
    {
        Task<TokenFailure?> ended;
        lock (_gate)
        {
            if (_failed.GetRemembered(engine.Clock.Now) is { } failure)
                return failure;
            var promise = _underWay;
            if (promise is null)
            {
                promise = _underWay = engine.Scheduler.CreatePromise<TokenFailure?>();
                try
                {
                    engine.Scheduler.Run(isAsync => RunAsync(promise, isAsync), async);
                }
                catch
                {
                    // No thread was to be had, and nobody may wait for what never began.
                    _underWay = null;
                    throw;
                }
            }

            ended = promise.Task;
        }

        if (!async)
            ended.Wait(cancellationToken);
        return await ended.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task RunAsync(TaskCompletionSource<TokenFailure?> promise, bool async)
    {
        Acquisition acquired;
        try
        {
            acquired = await engine.Acquirer.SignInAsync(request, async).ConfigureAwait(false);
            if (acquired.Failure is null)
                await seed(acquired, async).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            acquired = new Acquisition(null, new TokenFailure($"the sign-in failed with {exception.GetType().Name}; the inner exception tells more.", Cause: exception), null);
        }

        lock (_gate)
        {
            _underWay = null;
            if (acquired.Failure is { } failure)
                _failed.Remember(failure, engine.Clock.Now);
            else
                _failed.Clear();
        }

        promise.SetResult(acquired.Failure);
    }
}
