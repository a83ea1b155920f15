namespace OAuthClient.Testing.Hosting;

/// <summary>Finds settings that cannot work and names them all at once.</summary>
internal static class OptionsCheck
{
    public static void ThrowIfInvalid(OAuth2TestServerOptions options, string parameterName)
    {
        var faults = Find(options).ToArray();
        if (faults.Length > 0)
            throw new ArgumentException($"The {nameof(OAuth2TestServer)} cannot start. {string.Join(' ', faults)}", parameterName);
    }

    private static IEnumerable<string> Find(OAuth2TestServerOptions options)
    {
        foreach (var id in options.Clients.GroupBy(static c => c.ClientId, StringComparer.Ordinal).Where(static g => g.Count() > 1).Select(static g => g.Key))
            yield return $"Clients holds '{id}' more than once; give each client an id of its own.";
        foreach (var name in options.Users.GroupBy(static u => u.Username, StringComparer.Ordinal).Where(static g => g.Count() > 1).Select(static g => g.Key))
            yield return $"Users holds '{name}' more than once; give each user a name of their own.";
        if (options.ApiKeyHeaderName is null != options.ApiKey is null)
            yield return "Only one of ApiKeyHeaderName and ApiKey is set; set both, or neither.";
        if (string.IsNullOrWhiteSpace(options.HeaderName))
            yield return "HeaderName is empty; name the header the token comes in, such as Authorization.";
        if (options.Port is < 0 or > ushort.MaxValue)
            yield return $"Port is {options.Port}; set 0 for a free port, or one up to 65535.";
        if (options.RecordedRequestLimit < 0)
            yield return $"RecordedRequestLimit is {options.RecordedRequestLimit}; set 0 to record nothing, or how many requests to keep.";
        if (options.WaitTimeout != Timeout.InfiniteTimeSpan && options.WaitTimeout.TotalMilliseconds is < 0 or > uint.MaxValue - 1)
            yield return $"WaitTimeout is {options.WaitTimeout}; set how long WaitFor...Async may wait, at most 49 days, or Timeout.InfiniteTimeSpan.";
        foreach (var path in options.RequiredScopes.Keys.Where(static p => p != "/api" && !p.StartsWith("/api/", StringComparison.Ordinal)))
            yield return $"RequiredScopes names the path '{path}'; the gateway's paths begin with /api, as in '/api/orders'.";
        foreach (var grant in options.CustomGrants.Keys.Where(static g => g is "client_credentials" or "password" or "refresh_token"))
            yield return $"CustomGrants holds '{grant}', which is built in; use ConfigureTokenResponse or TokenEndpointBehavior.Override to change its answers.";
    }
}
