namespace OAuthClient.DependencyInjection;

// What is wrong with a warm-up, found out at start, when all clients are registered.
internal sealed class WarmUpOptionsValidator(HandlerRegistrations registrations) : IValidateOptions<OAuth2WarmUpOptions>
{
    private static readonly TimeSpan _shortest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _longest = TimeSpan.FromMinutes(10);

    public ValidateOptionsResult Validate(string? name, OAuth2WarmUpOptions options)
    {
        var faults = FindFaults(options).Select(fault => $"OAuth2 warm-up: {fault}").ToList();
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    private IEnumerable<string> FindFaults(OAuth2WarmUpOptions options)
    {
        if (options.Timeout < _shortest || options.Timeout > _longest)
            yield return $"Timeout must be from {_shortest:c} to {_longest:c}, but is {options.Timeout:c}.";
        foreach (var client in options.Clients)
        {
            if (string.IsNullOrWhiteSpace(client))
                yield return "Clients holds an empty name. Leave Clients empty for all clients.";
            else if (!registrations.Clients.Contains(client))
                yield return $"Clients holds '{SafeText.Shorten(client)}'. {registrations.FindProblem(client)}";
        }
    }
}
