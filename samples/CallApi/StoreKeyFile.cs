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
            var draft = $"{path}.{Guid.NewGuid():N}";
            try
            {
                using (var writer = new StreamWriter(Create(draft)))
                    writer.WriteLine(Convert.ToBase64String(RandomNumberGenerator.GetBytes(KeyLength)));

                // Nobody sees half a key, and of two who make one at a time both use the first.
                File.Move(draft, path, overwrite: false);
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

    private static FileStream Create(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = OwnersFile;
        return new FileStream(path, options);
    }
}
