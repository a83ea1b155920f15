using Microsoft.Extensions.DependencyInjection;

namespace CallApi;

/// <summary>Where the runs of this program share their tokens, as the settings TokenStore and TokenStoreKeyFile say.</summary>
internal sealed record TokenStore(string Kind, string Place, string KeyFile)
{
    public const string File = "file";
    public const string Redis = "redis";
    public const string Forms = $"{File}:<folder> or {Redis}:<host>:<port>";

    // Each run is a new process, which connects first; it may wait longer for that than a service whose callers wait.
    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(3);

    /// <summary>Registers the store, and makes its key where there is none.</summary>
    public void AddTo(IServiceCollection services)
    {
        StoreKeyFile.Ensure(KeyFile);
        if (Kind == File)
        {
            services.AddOAuth2FileTokenStore(Place, options => (options.KeyFile, options.Timeout) = (KeyFile, _timeout));
        }
        else
        {
            services.AddOAuth2RedisTokenStore(options => (options.Configuration, options.KeyFile, options.Timeout) = (Place, KeyFile, _timeout));
        }
    }
}
