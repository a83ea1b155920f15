using System.Collections;
using System.Collections.Concurrent;
using System.Text;

namespace OAuthClient.Tests.Canaries;

/// <summary>The secrets of one test, and where they were seen. What does not hold one is forgotten at once.</summary>
internal sealed class Sightings
{
    private const int MaxDepth = 6;

    private readonly ConcurrentDictionary<string, int> _inspected = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> _seen = new();
    private readonly ConcurrentDictionary<string, bool> _clean = new(StringComparer.Ordinal);
    private readonly object _gate = new();
    private volatile Canary[] _canaries = [];

    /// <summary>Which canary was seen where, and in what.</summary>
    public IReadOnlyCollection<string> Seen => _seen;

    public int Canaries => _canaries.Length;

    /// <summary>How many texts a place had, so that a test can tell silence from deafness.</summary>
    public int CountInspected(string place) => _inspected.GetValueOrDefault(place);

    /// <summary>Looks for this secret from now on, and returns it.</summary>
    public string Watch(string name, string secret)
    {
        var canary = new Canary(name, secret);
        lock (_gate)
            _canaries = [.. _canaries, canary];
        _clean.Clear();
        return secret;
    }

    /// <summary>The names of the canaries in a text.</summary>
    public IEnumerable<string> Find(string text) => _canaries.Where(canary => canary.IsIn(text)).Select(canary => canary.Name).Distinct(StringComparer.Ordinal);

    /// <summary>Looks through a value as a listener got it: text, list, pairs, exception or whatever its ToString says.</summary>
    public void Inspect(string place, string what, object? value) => Inspect(place, what, value, depth: 0);

    private void Inspect(string place, string what, object? value, int depth)
    {
        switch (value)
        {
            // These print their headers by design of .NET, and who is handed one has all of it anyway.
            case null or HttpRequestMessage or HttpResponseMessage:
                return;
            case string text:
                InspectText(place, what, text);
                return;
            case byte[] bytes:
                InspectText(place, what, Encoding.UTF8.GetString(bytes));
                return;
            case Uri address:
                InspectText(place, what, address.OriginalString);
                return;
            case Exception exception:
                InspectException(place, what, exception, depth);
                return;
            case KeyValuePair<string, object?> pair:
                InspectText(place, what, pair.Key);
                Inspect(place, $"{what}, {pair.Key}", pair.Value, depth + 1);
                return;
            case DictionaryEntry entry:
                Inspect(place, what, entry.Key, depth + 1);
                Inspect(place, $"{what}, {entry.Key}", entry.Value, depth + 1);
                return;
            default:
                InspectText(place, what, value.ToString() ?? "");
                if (depth < MaxDepth && value is IEnumerable items)
                {
                    foreach (var item in items)
                        Inspect(place, what, item, depth + 1);
                }

                return;
        }
    }

    private void InspectException(string place, string what, Exception exception, int depth)
    {
        InspectText(place, what, exception.ToString());
        Inspect(place, $"{what}, Data", exception.Data, depth + 1);
        foreach (var property in exception.GetType().GetProperties().Where(property => property.PropertyType == typeof(string)))
            Inspect(place, $"{what}, {property.Name}", property.GetValue(exception), depth + 1);
        if (depth >= MaxDepth)
            return;
        Inspect(place, $"{what}, inner", exception.InnerException, depth + 1);
        if (exception is AggregateException several)
            Inspect(place, $"{what}, inner", several.InnerExceptions, depth + 1);
    }

    private void InspectText(string place, string what, string text)
    {
        _inspected.AddOrUpdate(place, 1, static (_, count) => count + 1);

        // Most of what is told is told again and again.
        if (text.Length < Canary.PieceLength || _clean.ContainsKey(text))
            return;
        var canaries = _canaries;
        var isClean = true;
        foreach (var name in Find(text))
        {
            isClean = false;
            _seen.Enqueue($"{name} in {place}, {what}: {text}");
        }

        if (isClean && canaries == _canaries)
            _clean.TryAdd(text, true);
    }
}
