namespace OAuthClient.Clients;

// Which HttpClient got which client's handler, noted while services are registered so that mistakes are found at start.
internal sealed class HandlerRegistrations
{
    private readonly HashSet<string> _clients = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _clientByHttpClient = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _problems = new(StringComparer.Ordinal);

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
