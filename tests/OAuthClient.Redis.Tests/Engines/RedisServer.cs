namespace OAuthClient.Redis.Tests.Engines;

/// <summary>Where redis-server is: as REDIS_SERVER says, on PATH, or where .ci/redis-server puts it.</summary>
internal static class RedisServer
{
    public static string? Path { get; } = Find();

    public static string? ReasonToSkip =>
        Path is null ? "There is no redis-server: set REDIS_SERVER to its path, have it on PATH, or run .ci/redis-server, which fetches it from Debian." : null;

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable("REDIS_SERVER") is { Length: > 0 } named)
            return named; // Also where nothing is: whoever named it is to hear of it.

        var cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } set ? set : System.IO.Path.Combine(Environment.GetEnvironmentVariable("HOME") ?? "", ".cache");
        return (Environment.GetEnvironmentVariable("PATH") ?? "").Split(System.IO.Path.PathSeparator)
            .Append(System.IO.Path.Combine(cache, "oauthclient-tests", "redis"))
            .Select(directory => System.IO.Path.Combine(directory, "redis-server"))
            .FirstOrDefault(File.Exists);
    }
}
