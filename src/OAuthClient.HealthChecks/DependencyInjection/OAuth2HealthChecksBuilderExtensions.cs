using Microsoft.Extensions.Diagnostics.HealthChecks;
using OAuthClient;
using OAuthClient.HealthChecks;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds health checks of OAuth2 clients.</summary>
public static class OAuth2HealthChecksBuilderExtensions
{
    /// <summary>
    /// Adds a health check that tells whether calls of OAuth2 clients have tokens to go on with. It asks <see cref="IOAuth2TokenProvider.GetStatus"/> and sends
    /// no request, however often it is probed.
    /// </summary>
    /// <remarks>
    /// Healthy: there is a token, or the next call gets one, as in an instance that has just started. Degraded: the last attempt to get one failed, and calls
    /// go on with the token that is there, or the next one makes another attempt. <paramref name="failureStatus"/>: there is no token, and none to be had for now,
    /// or a client's options make no sense.
    /// </remarks>
    /// <param name="builder">The health checks.</param>
    /// <param name="name">The name of the check; default: <c>oauth2</c>.</param>
    /// <param name="clients">The clients' names, as given to <c>AddOAuth2Client</c>; null for all that are registered. A name that nobody has fails the check, in a sentence.</param>
    /// <param name="failureStatus">What is reported of a client without a token; null for <see cref="HealthStatus.Unhealthy"/>.</param>
    /// <param name="tags">Tags for choosing among checks, such as <c>ready</c>.</param>
    /// <param name="timeout">How long the check may take; null for no limit. It waits for nobody.</param>
    /// <returns>The same builder.</returns>
    /// <exception cref="ArgumentException"><paramref name="clients"/> is empty, or holds an empty name.</exception>
    public static IHealthChecksBuilder AddOAuth2Clients(
        this IHealthChecksBuilder builder, string name = "oauth2", IEnumerable<string>? clients = null, HealthStatus? failureStatus = null, IEnumerable<string>? tags = null, TimeSpan? timeout = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        string[]? names = clients is null ? null : [.. clients.Distinct(StringComparer.Ordinal)];
        if (names is { Length: 0 } || names?.Any(string.IsNullOrWhiteSpace) == true)
            throw new ArgumentException("There is no client's name in it, or an empty one. Leave it out to check all clients.", nameof(clients));
        return builder.Add(new HealthCheckRegistration(name, provider => new OAuth2HealthCheck(provider.GetService<IOAuth2TokenProvider>(), names), failureStatus, tags, timeout));
    }
}
