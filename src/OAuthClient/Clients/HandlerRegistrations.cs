namespace OAuthClient.Clients;

// Which HttpClient got which client's handler, noted while services are registered so that mistakes are found at start.
internal sealed class HandlerRegistrations
{
    public const string EachRequests = ""; // In place of a client's name, where each request names one.

    private readonly HashSet<string> _clients = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _clientByHttpClient = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string[]> _exchanged = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _problems = new(StringComparer.Ordinal);

    public IEnumerable<string> Clients => _clients;

    public bool Knows(string name) => _clients.Contains(name);

    public bool HasHandler(string httpClientName) => _clientByHttpClient.ContainsKey(httpClientName);

    public bool AddClient(string name) => _clients.Add(name);

    public bool AddHandler(string httpClientName, string clientName)
    {
        if (_clientByHttpClient.TryAdd(httpClientName, clientName))
            return true;
        var other = _clientByHttpClient[httpClientName];
        if (other == clientName)
            return false;
        var problem = $"HttpClient '{httpClientName}' has {(other == EachRequests ? "a handler whose requests name their clients" : $"the handler of OAuth2 client '{other}'")} already. One HttpClient carries one token; register another HttpClient, or override the client for each request.";
        if (clientName == EachRequests)
            throw new InvalidOperationException(problem);
        _problems[clientName] = problem;
        return false;
    }

    // Notes whose tokens a client exchanges. What is wrong with that: nobody has such a name, or it leads back to the client itself; else null.
    public string? FindProblem(string clientName, IEnumerable<string> exchanged)
    {
        lock (_exchanged)
        {
            _exchanged[clientName] = [.. exchanged];
            if (FindUnknown(_exchanged[clientName]) is { } unknown)
                return unknown;
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

    // What is wrong with exchanging tokens of these clients, for a client that nobody else exchanges tokens of; else null.
    public string? FindUnknown(IEnumerable<string> exchanged) => exchanged.FirstOrDefault(other => !_clients.Contains(other)) is { } unknown
        ? $"It exchanges the token of the client '{unknown}', which is not registered. Register it with AddOAuth2Client(\"{unknown}\", ...)."
        : null;

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
