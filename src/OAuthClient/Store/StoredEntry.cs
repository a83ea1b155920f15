namespace OAuthClient.Store;

// What an entry holds, as bytes: the version of the format, what kind of entry it is, and its fields. Times are UTC, in milliseconds.
internal static class StoredEntry
{
    private const byte Version = 1;
    private const long Skew = 300_000; // Milliseconds that the clocks of instances may differ.

    // True for what no instance can have written by now.
    public static bool IsFuture(long at, long nowUtc) => at > nowUtc + Skew;

    public static byte[] Write(char kind, Action<BinaryWriter> write)
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes);
        writer.Write(Version);
        writer.Write((byte)kind);
        write(writer);
        return bytes.ToArray();
    }

    // Null where it is another kind, or what a later version has written.
    public static T? Read<T>(byte[] content, char kind, Func<BinaryReader, T> read)
        where T : class
    {
        try
        {
            using var reader = new BinaryReader(new MemoryStream(content));
            return reader.ReadByte() == Version && reader.ReadByte() == kind ? read(reader) : null;
        }
        catch (Exception exception) when (exception is IOException or FormatException or ArgumentException or DecoderFallbackException)
        {
            return null;
        }
    }

    public static void WriteText(this BinaryWriter writer, string? text)
    {
        writer.Write(text is not null);
        writer.Write(text ?? "");
    }

    public static string? ReadText(this BinaryReader reader) => (reader.ReadBoolean(), reader.ReadString()) is (true, var text) ? text : null;
}
