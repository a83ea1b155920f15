namespace OAuthClient.Settings;

// Where a client's secret comes from; asked again for every token request, so a rotated secret is picked up.
internal sealed class SecretSource(OAuth2ClientOptions options, string clientName)
{
    private const int MaxFileLength = 64 * 1024;

    private static int _callbacks;

    private readonly string? _value = options.ClientSecret;
    private readonly string? _file = options.ClientSecretFile;
    private readonly Func<CancellationToken, ValueTask<string>>? _callback = options.ClientSecretCallback;
    private Task<string>? _reading;

    // Each callback's own: the same code, bound to something else, may return another secret.
    public string? Version { get; } = options.ClientSecretCallback is null ? null : $"{Interlocked.Increment(ref _callbacks)}";

    // What tells this source from another in a token's key. A callback is known by its client alone.
    public IEnumerable<string?> Identity => [_value, _file, _callback is null ? null : clientName];

    // The secret as it is now. May never end where a callback or a file does not: who awaits it must give up by himself.
    public async ValueTask<string?> ReadAsync(CancellationToken cancellationToken)
    {
        if (_value is not null)
            return _value;
        var secret = _callback is not null
            ? await StartOnOwnThread(() => _callback(cancellationToken).AsTask()).Unwrap().ConfigureAwait(false)
            : await ReadFileAsync().ConfigureAwait(false);
        secret = secret?.TrimEnd('\r', '\n');
        return string.IsNullOrEmpty(secret)
            ? throw new InvalidOperationException(_callback is null ? $"the ClientSecretFile '{_file}' is empty" : "the ClientSecretCallback returned no secret")
            : secret;
    }

    // A pipe keeps its reader until somebody writes: one thread waits there, not one for each attempt.
    private Task<string> ReadFileAsync()
    {
        var reading = _reading;
        return reading is { IsCompleted: false } ? reading : _reading = StartOnOwnThread(() => ReadFile(_file!));
    }

    private static string ReadFile(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 1);
        var buffer = new byte[MaxFileLength + 1];
        var length = stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
        if (length > MaxFileLength)
            throw new InvalidOperationException($"the ClientSecretFile '{path}' holds more than {MaxFileLength / 1024} KiB, so it is no secret");
        using var reader = new StreamReader(new MemoryStream(buffer, 0, length));
        return reader.ReadToEnd();
    }

    // Whoever blocks there keeps no caller, and a synchronous Send needs no thread of the pool.
    private static Task<T> StartOnOwnThread<T>(Func<T> function) =>
        Task.Factory.StartNew(function, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
