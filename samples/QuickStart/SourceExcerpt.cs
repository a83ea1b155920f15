namespace QuickStart;

/// <summary>Reads lines of a scene's own source, so that the code on the screen is the code that runs.</summary>
internal static class SourceExcerpt
{
    private const string Begin = "// excerpt ";
    private const string End = "// end";

    /// <summary>The lines between <c>// excerpt {name}</c> and <c>// end</c>, for each of the names in the order of the file.</summary>
    public static string Read(Scene scene, params string[] names)
    {
        var file = scene.GetType().Name + ".cs";
        using var stream = typeof(SourceExcerpt).Assembly.GetManifestResourceStream(file)
            ?? throw new InvalidOperationException($"The source of {file} is not embedded.");
        using var reader = new StreamReader(stream);
        var lines = new List<string>();
        string? current = null;
        var indent = 0;
        while (reader.ReadLine() is { } line)
        {
            var text = line.Trim();
            if (text.StartsWith(Begin, StringComparison.Ordinal))
                (current, indent) = (text[Begin.Length..], line.Length - text.Length);
            else if (text == End)
                current = null;
            else if (names.Contains(current))
                lines.Add(text.Length == 0 ? "" : line[indent..]);
        }

        return lines.Count > 0 ? string.Join('\n', lines) : throw new InvalidOperationException($"{file} marks no excerpt '{string.Join("' or '", names)}'.");
    }
}
