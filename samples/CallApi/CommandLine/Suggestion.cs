namespace CallApi;

/// <summary>What was probably meant by a word that is misspelt.</summary>
internal static class Suggestion
{
    private const int MostEdits = 3;

    /// <summary>The nearest of the words; null where none is near.</summary>
    public static string? Find(string word, IEnumerable<string> known) =>
        known.Select(candidate => (Candidate: candidate, Distance: Distance(candidate, word))).MinBy(found => found.Distance) is { Candidate: { } nearest, Distance: var distance } && distance <= MostEdits && distance < word.Length ? nearest : null;

    /// <summary>The edit distance of Levenshtein, in any case.</summary>
    public static int Distance(string left, string right)
    {
        var row = Enumerable.Range(0, right.Length + 1).ToArray();
        for (var i = 1; i <= left.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= right.Length; j++)
            {
                var substituted = diagonal + (char.ToUpperInvariant(left[i - 1]) == char.ToUpperInvariant(right[j - 1]) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(substituted, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[^1];
    }
}
