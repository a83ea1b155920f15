using OAuthClient.Testing;

namespace LocalServer;

/// <summary>What can be made to go wrong, and what does now.</summary>
internal sealed class Faults(OAuth2TestServer server)
{
    private readonly HashSet<Fault> _on = [];

    public static IReadOnlyList<Fault> All { get; } =
    [
        new('1', "token-503", "Token endpoint: 503, try again in 2 s", false, static endpoint => endpoint.FailUntilCleared(503, retryAfter: "2")),
        new('2', "token-hang", "Token endpoint: no answer", false, static endpoint => endpoint.Hang = true),
        new('3', "token-slow", "Token endpoint: takes 2 s", false, static endpoint => endpoint.Latency = TimeSpan.FromSeconds(2)),
        new('4', "token-secret", "Token endpoint: refuses the secret", false, static endpoint => endpoint.FailUntilCleared(401, """{"error":"invalid_client","error_description":"Client Authentication failed."}""")),
        new('5', "token-html", "Token endpoint: a proxy's page of HTML", false, static endpoint => endpoint.FailUntilCleared(200, "<html><body>Please sign in to the network</body></html>", "text/html")),
        new('6', "api-503", "API: 503", true, static endpoint => endpoint.FailUntilCleared(503)),
        new('7', "api-slow", "API: takes 2 s", true, static endpoint => endpoint.Latency = TimeSpan.FromSeconds(2)),
        new('8', "api-cut", "API: cuts the connection", true, static endpoint => endpoint.AbortConnections = true),
        new('9', "api-429", "API: 429, try again in 2 s", true, static endpoint => endpoint.FailUntilCleared(429, retryAfter: "2")),
    ];

    public bool IsOn(Fault fault)
    {
        lock (_on)
            return _on.Contains(fault);
    }

    /// <summary>Switches a fault on or off; others stay as they are. Of two errors on one endpoint the later in the list is seen.</summary>
    public void Toggle(Fault fault)
    {
        lock (_on)
        {
            if (!_on.Remove(fault))
                _on.Add(fault);
            var endpoint = fault.OfApi ? server.ApiBehavior : server.TokenEndpointBehavior;
            endpoint.Clear();
            foreach (var other in All.Where(other => other.OfApi == fault.OfApi && _on.Contains(other)))
                other.Break(endpoint);
        }
    }
}
