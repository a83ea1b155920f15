using System.Globalization;

namespace OAuthClient.OpenApi;

// Finds what a call's operation asks for, by the segments of its path. The most specific template wins: text, then text with a parameter in it, then
// a parameter, then the * that stands for all that follows.
internal sealed class OperationTree
{
    private const int MaxSegments = 64; // Looked up by recursion.

    private readonly Node _root = new();

    public OperationTree(ApiDocument document)
    {
        foreach (var operation in document.Operations)
        {
            // One request for all of an operation's calls: the client remembers with it which token that led to.
            var request = operation.Scopes.Length == 0 ? null : new OAuth2TokenRequest { Scopes = operation.Scopes };
            var segments = operation.Path.Trim('/') is { Length: > 0 } path ? path.Split('/') : [];
            if (segments.Length > MaxSegments)
                throw new DocumentException(document.Name, string.Create(CultureInfo.InvariantCulture, $"has a path of {segments.Length} segments, and {MaxSegments} is the most: {SafeText.Shorten(operation.Path)}. Take it out."));
            var (node, isRest) = (_root, segments is [.., "*"]);
            foreach (var segment in isRest ? segments[..^1] : segments)
                node = node.Add(segment);
            node.Set(operation.Method, request, isRest);
        }

        _root.Complete();
    }

    // isKnown: Whether there is such an operation. path: Empty, or a slash and what follows, escaped as in an address.
    public OAuth2TokenRequest? Find(string method, ReadOnlySpan<char> path, out bool isKnown)
    {
        var found = _root.Find(method, path is [.., '/'] ? path[..^1] : path);
        isKnown = found is not null;
        return found?.Request;
    }

    private sealed record Operation(OAuth2TokenRequest? Request);

    private sealed class Node
    {
        private readonly SortedDictionary<string, Node> _added = new(StringComparer.Ordinal);
        private readonly Dictionary<(string Before, string After), Node> _mixed = [];
        private readonly Dictionary<string, Operation> _operations = new(StringComparer.OrdinalIgnoreCase);
        private readonly Dictionary<string, Operation> _rest = new(StringComparer.OrdinalIgnoreCase);
        private KeyValuePair<string, Node>[] _texts = [];
        private (string Before, string After, Node Node)[] _patterns = [];

        public Node Add(string segment)
        {
            var (start, end) = (segment.IndexOf('{', StringComparison.Ordinal), segment.LastIndexOf('}'));
            if (start < 0 || end < start)
                return GetOrAdd(_added, Uri.UnescapeDataString(segment));
            return GetOrAdd(_mixed, (Uri.UnescapeDataString(segment[..start]), Uri.UnescapeDataString(segment[(end + 1)..])));
        }

        public void Set(string method, OAuth2TokenRequest? request, bool isRest) => (isRest ? _rest : _operations)[method] = new Operation(request);

        public void Complete()
        {
            _texts = [.. _added];
            _patterns = [.. _mixed.Select(pair => (pair.Key.Before, pair.Key.After, pair.Value)).OrderByDescending(pattern => pattern.Before.Length + pattern.After.Length)];
            foreach (var child in _added.Values.Concat(_mixed.Values))
                child.Complete();
        }

        public Operation? Find(string method, ReadOnlySpan<char> path)
        {
            if (path.IsEmpty)
                return _operations.GetValueOrDefault(method) ?? _rest.GetValueOrDefault(method);
            var end = path[1..].IndexOf('/') is >= 0 and var slash ? slash + 1 : path.Length;
            var segment = path[1..end];
            var next = path[end..];
            if (segment.Contains('%'))
                segment = Uri.UnescapeDataString(segment.ToString());
            if (FindText(segment)?.Find(method, next) is { } found)
                return found;
            foreach (var (before, after, node) in _patterns)
            {
                if (segment.Length > before.Length + after.Length && segment.StartsWith(before, StringComparison.Ordinal) && segment.EndsWith(after, StringComparison.Ordinal)
                    && node.Find(method, next) is { } fitting)
                    return fitting;
            }

            return _rest.GetValueOrDefault(method);
        }

        private Node? FindText(ReadOnlySpan<char> segment)
        {
            for (var (low, high) = (0, _texts.Length - 1); low <= high;)
            {
                var middle = (low + high) / 2;
                var order = segment.CompareTo(_texts[middle].Key, StringComparison.Ordinal);
                if (order == 0)
                    return _texts[middle].Value;
                (low, high) = order < 0 ? (low, middle - 1) : (middle + 1, high);
            }

            return null;
        }

        private static Node GetOrAdd<TKey>(IDictionary<TKey, Node> children, TKey key)
        {
            if (!children.TryGetValue(key, out var child))
                children.Add(key, child = new Node());
            return child;
        }
    }
}
