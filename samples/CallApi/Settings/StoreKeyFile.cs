using System.Security.Cryptography;

namespace CallApi;

/// <summary>The file with the key that seals shared tokens. What it holds is the library's to check.</summary>
internal static class StoreKeyFile
{
    private const int KeyLength = 32;

    /// <summary>Makes a new key where there is no such file, for its owner alone. What is there stays as it is.</summary>
    public static void Ensure(string path)
    {
        if (Path.Exists(path))
            return;
        try
        {
            // Of two who make one at a time both use the first.
            PrivateFile.Write(path, Convert.ToBase64String(RandomNumberGenerator.GetBytes(KeyLength)), overwrite: false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            if (!Path.Exists(path))
                throw new SettingsException($"TokenStoreKeyFile '{path}' is missing, and cannot be made: {exception.Message.TrimEnd('.')}. Name a file in a folder that you can write to.");
        }
    }
}
