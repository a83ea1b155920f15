namespace OAuthClient.Settings;

// Where one secret of a client comes from: a value, a file or a callback. Asked again for every token request, so that a rotated one is picked up.
// setting: What the names of its settings begin with.
// secondFile: A file that belongs to the first, such as the key of a certificate, and is read with it.
internal sealed class SecretSource(string setting, string? value, string? file, Func<bool, CancellationToken, ValueTask<string>>? callback, string owner, string? secondFile = null)
{
    private const int MaxFileLength = 64 * 1024;
    private const int Tries = 10;

    private static readonly TimeSpan _betweenTries = TimeSpan.FromMilliseconds(20);
    private static readonly ConditionalWeakTable<Delegate, string> _versions = [];
    private static int _callbacks;

    private Reading? _reading;

    // Each callback's own: the same code, bound to something else, may return another secret.
    public string? Version { get; init; }

    // What tells this source from another in a token's key. A callback is known by its owner alone.
    public IEnumerable<string?> Identity => [value, file, secondFile, callback is null ? null : owner];

    public static string? VersionOf(Delegate? callback) => callback is null ? null : _versions.GetValue(callback, static _ => $"{Interlocked.Increment(ref _callbacks)}");

    public static SecretSource? Create(string setting, string? value, string? file, Func<CancellationToken, ValueTask<string>>? callback, string owner, string? secondFile = null) =>
        value is null && file is null && callback is null ? null : new SecretSource(setting, value, file, callback is null ? null : (_, deadline) => callback(deadline), owner, secondFile) { Version = VersionOf(callback) };

    // The secret as it is now. Throws SecretException: It cannot be had, or not before the deadline.
    // findFault: Tells why the text is of no use; null where it is.
    public ValueTask<string> ReadAsync(bool async, CancellationToken deadline, Func<string, string?>? findFault = null) =>
        value is null ? BoundAsync(setting, () => file is null ? CallAsync(findFault, async, deadline) : ReadFileAsync(findFault), async, deadline)
        : findFault?.Invoke(value) is { } fault ? throw new SecretException(setting, new InvalidOperationException($"the {setting} {fault}"))
        : new(value);

    // Starts something that may never end, a callback or a pipe, and gives it up at the deadline. Throws SecretException: It failed, or did not end.
    public static async ValueTask<T> BoundAsync<T>(string setting, Func<Task<T>> read, bool async, CancellationToken deadline)
    {
        try
        {
            // Whoever blocks there keeps no caller, and a synchronous Send needs no thread of the pool.
            var reading = Task.Factory.StartNew(read, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap().WaitAsync(deadline);
            return async ? await reading.ConfigureAwait(false) : reading.GetAwaiter().GetResult();
        }
        catch (Exception exception)
        {
            throw new SecretException(setting, exception);
        }
    }

    private async Task<string> CallAsync(Func<string, string?>? findFault, bool async, CancellationToken deadline)
    {
        var secret = (await callback!(async, deadline).ConfigureAwait(false))?.TrimEnd('\r', '\n');
        if (string.IsNullOrEmpty(secret))
            throw new InvalidOperationException($"the {setting}Callback returned no secret");
        return findFault?.Invoke(secret) is { } fault ? throw new InvalidOperationException($"what the {setting}Callback returned {fault}") : secret;
    }

    // A pipe keeps its reader until somebody writes: one thread waits there, not one for each attempt. A text that has been read is nobody else's: by
    // now there may be another.
    private Task<string> ReadFileAsync(Func<string, string?>? findFault)
    {
        var reading = new Reading();
        var task = new Task<string>(() => ReadFile(findFault, reading));
        reading.Task = task;
        if (Volatile.Read(ref _reading) is { HasText: false, Task: { } underWay })
            return underWay;
        Volatile.Write(ref _reading, reading);
        task.RunSynchronously();
        Interlocked.CompareExchange(ref _reading, null, reading);
        return task;
    }

    // Who rotates a file may do so in more than one step, so what is missing or half written is looked for a little longer.
    private string ReadFile(Func<string, string?>? findFault, Reading reading)
    {
        using var pause = new ManualResetEventSlim();
        for (var tries = 1; ; tries++)
        {
            try
            {
                reading.HasText = false;
                var text = ReadText(file!) + (secondFile is null ? "" : $"\n{ReadText(secondFile)}");
                reading.HasText = true;
                if ((text.Length == 0 ? "is empty" : findFault?.Invoke(text)) is not { } fault)
                    return text;
                if (tries == Tries)
                    throw new InvalidOperationException($"the {setting}File '{file}' {fault}");
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException && tries < Tries)
            {
                // The last try tells.
            }

            pause.Wait(_betweenTries);
        }
    }

    private sealed class Reading
    {
        public volatile bool HasText;
        public Task<string>? Task;
    }

    private string ReadText(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 1);
        var buffer = new byte[MaxFileLength + 1];
        var length = stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
        if (length > MaxFileLength)
            throw new InvalidOperationException($"the {setting}File '{path}' holds more than {MaxFileLength / 1024} KiB, so it is no secret");

        // DER, which a PFX is written in, and no text in any encoding that is read here.
        if (buffer is [0x30, >= 0x80 and < 0xC0, ..])
            return Convert.ToBase64String(buffer, 0, length);
        using var reader = new StreamReader(new MemoryStream(buffer, 0, length));
        return reader.ReadToEnd().TrimEnd('\r', '\n');
    }
}

// A secret that cannot be had, and why.
// verb: What cannot be done with it.
internal sealed class SecretException(string setting, Exception cause, string verb = "read") : Exception(cause.Message, cause)
{
    private static readonly string[] _suffixes = ["File", "Callback", "Client"];

    public string Verb => verb;
    public string Setting => setting;
    // The settings that it may come from, but for the value itself, which cannot be missing.
    public string Sources => string.Join(" or ", _suffixes.Select(source => setting + source).Where(name => typeof(OAuth2ClientOptions).GetProperty(name) is not null));

    public string What => SafeText.ToWords(setting);
}
