using System.Collections.Concurrent;

namespace OAuthClient.Testing.AuthorizationServer;

/// <summary>The names of the checks that have refused a request, oldest first.</summary>
internal sealed class CheckLog
{
    private readonly ConcurrentQueue<string> _names = new();

    public IReadOnlyList<string> Names => _names.ToArray();

    public void Add(string name) => _names.Enqueue(name);

    public void Clear() => _names.Clear();
}
