namespace OAuthClient.Tokens;

/// <summary>Runs shared work outside of the call that happened to start it: without its execution context, and never on its thread.</summary>
internal static class Detached
{
    /// <summary>
    /// Starts the work. For a synchronous caller it gets a thread of its own, since the caller's may be the pool's last free one.
    /// </summary>
    public static void Run(Func<bool, Task> work, bool async)
    {
        if (async)
            ThreadPool.UnsafeQueueUserWorkItem(static work => _ = work(true), work, preferLocal: false);
        else
            new Thread(() => work(false).GetAwaiter().GetResult()) { IsBackground = true, Name = "OAuth2 token request" }.UnsafeStart();
    }
}
