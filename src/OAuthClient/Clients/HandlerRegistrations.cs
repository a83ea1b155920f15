namespace OAuthClient.Clients;

// Which HttpClient got which client's handler, noted while services are registered so that mistakes are found at start.
internal sealed class HandlerRegistrations
{
    private readonly HashSet<string> _clients = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _clientByHttpClient = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string[]> _exchanged = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _problems = new(StringComparer.Ordinal);

    public IEnumerable<string> Clients => _clients;

    public bool AddClient(string name) => _clients.Add(name);

    public bool AddHandler(string httpClientName, string clientName)
    {
        if (_clientByHttpClient.TryAdd(httpClientName, clientName))
            return true;
        var other = _clientByHttpClient[httpClientName];
        if (other != clientName)
            _problems[clientName] = $"HttpClient '{httpClientName}' has the handler of OAuth2 client '{other}' already. One HttpClient carries one token; register another HttpClient, or override the client for each request.";
        return false;
    }

    // Notes whose tokens a client exchanges. What is wrong with that: nobody has such a name, or it leads back to the client itself; else null.
    public string? FindProblem(string clientName, IEnumerable<string> exchanged)
    {
        lock (_exchanged)
        {
            _exchanged[clientName] = [.. exchanged];
            if (Array.Find(_exchanged[clientName], other => !_clients.Contains(other)) is { } unknown)
                return $"It exchanges the token of the client '{unknown}', which is not registered. Register it with AddOAuth2Client(\"{unknown}\", ...).";
            var (reached, next) = (new HashSet<string>(StringComparer.Ordinal), new Queue<string>(_exchanged[clientName]));
            while (next.TryDequeue(out var other))
            {
                if (other == clientName)
                    return "It exchanges a token that in the end is its own: the settings SubjectTokenClient, ActorTokenClient and AssertionClient lead in a circle. Let one of these clients use another grant.";
                if (reached.Add(other))
                    Array.ForEach(_exchanged.GetValueOrDefault(other) ?? [], next.Enqueue);
            }

            return null;
        }
    }

    public string? FindProblem(string clientName)
    {
        if (_problems.TryGetValue(clientName, out var problem))
            return problem;
        if (_clients.Contains(clientName))
            return null;
        var httpClient = _clientByHttpClient.FirstOrDefault(pair => pair.Value == clientName).Key;
        var known = _clients.Count == 0 ? "none is registered" : $"registered are {string.Join(", ", _clients.Select(name => $"'{name}'"))}";
        return httpClient is null
            ? $"No client has this name; {known}. Register it with AddOAuth2Client(\"{clientName}\", ...)."
            : $"AddOAuth2Handler on HttpClient '{httpClient}' names a client that does not exist; {known}. Register it with AddOAuth2Client(\"{clientName}\", ...).";
    }
}
