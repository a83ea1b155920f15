namespace CallApi;

/// <summary>Files that their owner alone can read.</summary>
internal static class PrivateFile
{
    private const UnixFileMode OwnersFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Writes the text and a line's end. Nobody sees half of it, or anything of it before the file is the owner's alone.</summary>
    public static void Write(string path, string text, bool overwrite)
    {
        CreateFolder(Path.GetDirectoryName(path)!);

        // Of two who write one at a time the first has written it. A move to where no file is does not see to that: on Unix two of them may go well.
        using var turn = overwrite ? null : TakeTurn(path);
        if (!overwrite && Path.Exists(path))
            throw new IOException($"The file '{path}' already exists.");
        var draft = $"{path}.{Guid.NewGuid():N}";
        try
        {
            using (var writer = new StreamWriter(Create(draft)))
                writer.WriteLine(text);
            File.Move(draft, path, overwrite);
        }
        finally
        {
            File.Delete(draft);
        }
    }

    private static void CreateFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(folder);
        else
            Directory.CreateDirectory(folder, OwnersFile | UnixFileMode.UserExecute);
    }

    private static FileStream TakeTurn(string path)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return Create($"{path}.lock", FileMode.OpenOrCreate, FileOptions.DeleteOnClose);
            }
            catch (IOException) when (attempt < 200 && !Path.Exists(path))
            {
                Thread.Sleep(10);
            }
        }
    }

    private static FileStream Create(string path, FileMode mode = FileMode.CreateNew, FileOptions fileOptions = FileOptions.None)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.Write, Share = FileShare.None, Options = fileOptions };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = OwnersFile;
        return new FileStream(path, options);
    }
}
