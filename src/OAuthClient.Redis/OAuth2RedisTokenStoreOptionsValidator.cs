using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace OAuthClient.Redis;

/// <summary>Every check of the options. What it says never repeats the configuration string, which may hold a password.</summary>
internal sealed class OAuth2RedisTokenStoreOptionsValidator(IServiceProvider services) : IValidateOptions<OAuth2RedisTokenStoreOptions>
{
    public ValidateOptionsResult Validate(string? name, OAuth2RedisTokenStoreOptions options)
    {
        string[] failures = [.. new[]
        {
            FindFault(options.Configuration),
            options.KeyPrefix is null ? "KeyPrefix must not be null. Leave it out for the default, or set it to the empty string for none." : null,
            options.Database < 0 ? $"Database must be 0 or more, but is {options.Database}." : null,
        }.OfType<string>()];
        return failures.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures.Select(failure => $"OAuth2 token store in Redis: {failure}"));
    }

    private string? FindFault(string? configuration)
    {
        if (configuration is null)
        {
            // A container that cannot tell leaves it to the first use.
            var missing = services.GetService<IServiceProviderIsService>()?.IsService(typeof(IConnectionMultiplexer)) is false;
            return missing ? RedisConnection.NothingRegistered : null;
        }

        if (string.IsNullOrWhiteSpace(configuration))
            return "Configuration is empty. Set it to host:port and what else is needed, or leave it null to use the IConnectionMultiplexer that is registered.";

        var parts = configuration.Split(',');
        var kinds = Array.ConvertAll(parts, Classify);
        var unread = Array.IndexOf(kinds, Kind.Unknown);
        if (unread >= 0)
            return $"Configuration cannot be read: {Name(unread)} is nothing that StackExchange.Redis {typeof(ConnectionMultiplexer).Assembly.GetName().Version?.ToString(2)} knows.";

        // A URI would be taken for the name of a host, and shown as one, with the password that it holds.
        var uri = Array.FindIndex(parts, part => Classify(part) == Kind.Host && (part.Contains("://", StringComparison.Ordinal) || part.Contains('@', StringComparison.Ordinal)));
        if (uri >= 0)
            return $"Configuration must not be a URI, but {Name(uri)} looks like one. Set it to host:port,user=...,password=...,ssl=true.";

        // So would be what stands behind a comma in a password.
        var password = Array.FindIndex(parts, part => part.TrimStart().StartsWith("password", StringComparison.OrdinalIgnoreCase));
        var host = password < 0 ? -1 : Array.IndexOf(kinds, Kind.Host, password + 1);
        if (host >= 0)
            return $"Configuration names a host after the password: {Name(host)}. Put hosts first. A password with a comma cannot stand in it: register an IConnectionMultiplexer instead, and leave Configuration null.";

        return kinds.Contains(Kind.Host) ? null : "Configuration names no host. Begin it with host:port.";

        string Name(int part) => $"part {part + 1} of {parts.Length} between commas";
    }

    private static Kind Classify(string part)
    {
        if (string.IsNullOrWhiteSpace(part))
            return Kind.Nothing;

        try
        {
            return ConfigurationOptions.Parse(part).EndPoints.Count > 0 ? Kind.Host : part.Contains('=', StringComparison.Ordinal) ? Kind.Setting : Kind.Unknown;
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or OverflowException)
        {
            return Kind.Unknown;
        }
    }

    private enum Kind
    {
        Nothing,
        Host,
        Setting,
        Unknown,
    }
}
