using System.Collections.ObjectModel;

namespace OAuthClient.Tokens;

/// <summary>
/// Equal for overrides that say the same, compared by content: a look-up for each call is no place for the hash that a token's own key
/// is. Overrides that differ in spelling alone, such as in the order of scopes, find their way to the same token later.
/// </summary>
internal sealed class OverrideKey : IEquatable<OverrideKey>
{
    private readonly OAuth2TokenRequest _overrides;
    private readonly int _hash;

    public OverrideKey(OAuth2TokenRequest overrides)
    {
        _overrides = overrides;
        var hash = default(HashCode);
        AddAll(ref hash, overrides.Scopes);
        AddAll(ref hash, overrides.Resources);
        hash.Add(overrides.Audience);
        hash.Add(overrides.Parameters?.Count);

        // In any order. Their values count: what tells one user's token from another's is often nothing but a parameter.
        var parameters = 0;
        foreach (var (name, value) in overrides.Parameters ?? ReadOnlyDictionary<string, string>.Empty)
            parameters += HashCode.Combine(name, value);
        hash.Add(parameters);
        _hash = hash.ToHashCode();
    }

    public bool Equals(OverrideKey? other) =>
        other is not null
        && (ReferenceEquals(_overrides, other._overrides)
            || (_hash == other._hash
                && AreEqual(_overrides.Scopes, other._overrides.Scopes)
                && AreEqual(_overrides.Resources, other._overrides.Resources)
                && _overrides.Audience == other._overrides.Audience
                && AreEqual(_overrides.Parameters, other._overrides.Parameters)));

    public override bool Equals(object? obj) => Equals(obj as OverrideKey);

    public override int GetHashCode() => _hash;

    private static void AddAll(ref HashCode hash, IReadOnlyList<string>? values)
    {
        hash.Add(values?.Count);
        for (var i = 0; i < values?.Count; i++)
            hash.Add(values[i]);
    }

    private static bool AreEqual(IReadOnlyList<string>? first, IReadOnlyList<string>? second)
    {
        if (first is null || second is null)
            return first is null && second is null;
        if (first.Count != second.Count)
            return false;
        for (var i = 0; i < first.Count; i++)
        {
            if (first[i] != second[i])
                return false;
        }

        return true;
    }

    private static bool AreEqual(IReadOnlyDictionary<string, string>? first, IReadOnlyDictionary<string, string>? second)
    {
        if (first is null || second is null)
            return first is null && second is null;
        return first.Count == second.Count && first.All(parameter => second.TryGetValue(parameter.Key, out var value) && value == parameter.Value);
    }
}
