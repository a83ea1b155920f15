using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace OAuthClient.HealthChecks;

/// <summary>Reports how it stands with the tokens of some clients, or of all.</summary>
internal sealed class OAuth2HealthCheck(IOAuth2TokenProvider? tokens, string[]? clients) : IHealthCheck
{
    private static readonly OAuth2TokenRequest _noToken = new() { NoToken = true };

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (tokens is null)
            throw new InvalidOperationException("There are no OAuth2 clients to check. Register one with AddOAuth2Client(...), or remove AddOAuth2Clients().");
        var statuses = clients is null ? tokens.GetStatuses() : [.. clients.Select(client => tokens.GetStatus(client))];
        var failing = statuses.Where(status => status.Failure is not null).ToArray();
        var data = statuses.SelectMany(Describe).ToDictionary(StringComparer.Ordinal);
        if (failing.Length == 0)
            return Task.FromResult(HealthCheckResult.Healthy(data: data));
        var result = failing.Any(IsStuck) ? context.Registration.FailureStatus : HealthStatus.Degraded;
        return Task.FromResult(new HealthCheckResult(result, string.Join(' ', failing.Select(status => status.ToString())), data: data));
    }

    // True where no call can succeed for now. Once the next call makes another attempt an instance has to get calls again: one that nobody calls would
    // never know that the server has recovered.
    private bool IsStuck(OAuth2TokenStatus status) => !status.IsUsable && (status.NextAttemptAt is not null || IsMisconfigured(status.ClientName));

    // What is to be told of a client that needs no token is the fault of its options alone.
    private bool IsMisconfigured(string client) => tokens!.GetStatus(client, _noToken).Failure is not null;

    private static IEnumerable<KeyValuePair<string, object>> Describe(OAuth2TokenStatus status)
    {
        yield return new($"{status.ClientName}.state", status.State.ToString());
        if (status.ExpiresAt is { } expiresAt)
            yield return new($"{status.ClientName}.expires_at", expiresAt);
        if (status.NextAttemptAt is { } nextAttemptAt)
            yield return new($"{status.ClientName}.next_attempt_at", nextAttemptAt);
    }
}
