using System.Security.Cryptography;

namespace CallApi;

/// <summary>The file with the key that seals shared tokens. What it holds is the library's to check.</summary>
internal static class StoreKeyFile
{
    private const int KeyLength = 32;
    private const UnixFileMode OwnersFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Makes a new key where there is no such file, for its owner alone. What is there stays as it is.</summary>
    public static void Ensure(string path)
    {
        if (Path.Exists(path))
            return;
        try
        {
            CreateFolder(Path.GetDirectoryName(path)!);

            // Of two who make one at a time both use the first. A move to where no file is does not see to that: on Unix two of them may go well.
            using var turn = TakeTurn(path);
            if (Path.Exists(path))
                return;
            var draft = $"{path}.{Guid.NewGuid():N}";
            try
            {
                using (var writer = new StreamWriter(Create(draft)))
                    writer.WriteLine(Convert.ToBase64String(RandomNumberGenerator.GetBytes(KeyLength)));

                File.Move(draft, path, overwrite: false); // Nobody sees half a key.
            }
            finally
            {
                File.Delete(draft);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            if (!Path.Exists(path))
                throw new SettingsException($"TokenStoreKeyFile '{path}' is missing, and cannot be made: {exception.Message.TrimEnd('.')}. Name a file in a folder that you can write to.");
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
