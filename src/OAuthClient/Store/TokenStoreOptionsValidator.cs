namespace OAuthClient.Store;

// Whether tokens can be sealed, and with what, found out at start.
internal sealed class TokenStoreOptionsValidator : IValidateOptions<OAuth2TokenStoreOptions>
{
    private static readonly TimeSpan _shortest = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan _longestConnect = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan _longest = TimeSpan.FromSeconds(10);

    public ValidateOptionsResult Validate(string? name, OAuth2TokenStoreOptions options)
    {
        var faults = FindFaults(options).Select(fault => $"OAuth2 token store: {fault}").ToList();
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    private static IEnumerable<string> FindFaults(OAuth2TokenStoreOptions options)
    {
        var keys = new[] { options.Key, options.KeyFile, (object?)options.KeyCallback }.Count(source => source is not null);
        if (keys > 1)
            yield return "only one of Key, KeyFile and KeyCallback may be set.";
        if (keys == 0 && options is { Protect: null, AllowUnencrypted: false })
            yield return "there is nothing to seal the tokens with. Set Key or KeyFile (32 random bytes in base64, as 'openssl rand -base64 32' makes them, the same for all instances), or Protect and Unprotect; or say that tokens may be stored as they are with AllowUnencrypted.";
        if (keys > 0 && options.AllowUnencrypted)
            yield return "AllowUnencrypted contradicts the key. Remove one of them.";
        if (options.Protect is null != options.Unprotect is null)
            yield return "Protect and Unprotect belong together, and one of them is not set.";
        if (options.Timeout < _shortest || options.Timeout > _longest)
            yield return $"Timeout must be from {_shortest:c} to {_longest:c}, but is {options.Timeout:c}.";
        if (options.ConnectTimeout < _shortest || options.ConnectTimeout > _longestConnect)
            yield return $"ConnectTimeout must be from {_shortest:c} to {_longestConnect:c}, but is {options.ConnectTimeout:c}.";
        if (options.Key is not null && StoreKey.FindFault(options.Key) is { } fault)
            yield return $"what Key holds {fault}.";
        if (options.KeyFile is not null && FindFaultOfFile(options.KeyFile) is { } fileFault)
            yield return fileFault;
    }

    private static string? FindFaultOfFile(string path)
    {
        try
        {
            // As it is read later on.
            SecretSource.Create("Key", null, path, null, "")!.ReadAsync(async: false, CancellationToken.None, StoreKey.FindFault).AsTask().GetAwaiter().GetResult();
            return null;
        }
        catch (SecretException exception)
        {
            var message = exception.Message.TrimEnd('.');
            return message.StartsWith("the Key", StringComparison.Ordinal) ? $"{message}." : $"the KeyFile '{path}' cannot be read: {message}.";
        }
    }
}
