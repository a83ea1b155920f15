namespace OAuthClient.TokenEndpoint;

/// <summary>Where a client's secret comes from; asked again for every token request, so a rotated secret is picked up.</summary>
internal sealed class ClientSecretSource(OAuth2ClientOptions options, string clientName)
{
    private readonly string? _value = options.ClientSecret;
    private readonly string? _file = options.ClientSecretFile;
    private readonly Func<CancellationToken, ValueTask<string>>? _callback = options.ClientSecretCallback;

    /// <summary>What tells this source from another in a token's key. A callback is known by its client alone.</summary>
    public IEnumerable<string?> Identity => [_value, _file, _callback is null ? null : clientName];

    public async ValueTask<string?> ReadAsync(CancellationToken cancellationToken)
    {
        if (_value is not null)
            return _value;
        var secret = _callback is not null
            ? await _callback(cancellationToken).ConfigureAwait(false)
            // Synchronous on purpose: it is a small local file, and a synchronous Send must not need a pool thread.
            : File.ReadAllText(_file!);
        secret = secret?.TrimEnd('\r', '\n');
        return string.IsNullOrEmpty(secret)
            ? throw new InvalidOperationException(_callback is null ? $"the ClientSecretFile '{_file}' is empty" : "the ClientSecretCallback returned no secret")
            : secret;
    }
}
