namespace OAuthClient;

/// <summary>How shared tokens are sealed, and how long a store may take.</summary>
/// <remarks>One of <see cref="Key"/>, <see cref="KeyFile"/>, <see cref="KeyCallback"/>, <see cref="Protect"/> and <see cref="AllowUnencrypted"/> is needed.</remarks>
public class OAuth2TokenStoreOptions
{
    /// <summary>
    /// The key that seals all entries (AES-256-GCM) and hides their names (HMAC-SHA256): 32 random bytes in base64, the same for all instances,
    /// as <c>openssl rand -base64 32</c> makes them. Several, in any order and with white space between them, while a key is replaced: an entry is stored under each.
    /// </summary>
    /// <remarks>
    /// Who has this key can use the tokens. To replace it, give all instances the old one and the new one, and a day later the new one alone. What was
    /// stored before and not replaced meanwhile, such as a refresh token that has not been renewed, is then found no more.
    /// </remarks>
    public string? Key { get; set; }

    /// <summary>A file that holds what <see cref="Key"/> says. It is read again, at most once a second, when the store is used, so that a key can be replaced while the program runs. While it cannot be read, the store is not used.</summary>
    public string? KeyFile { get; set; }

    /// <summary>Returns what <see cref="Key"/> says. It is asked again, at most once a second, when the store is used.</summary>
    public Func<CancellationToken, ValueTask<string>>? KeyCallback { get; set; }

    /// <summary>
    /// Seals an entry in place of a key, together with <see cref="Unprotect"/>: the two methods of an <c>IDataProtector</c> of ASP.NET Core Data Protection, for instance.
    /// </summary>
    /// <remarks>
    /// It does not hide names: without a key beside it these are hashes over settings and credentials, from which somebody who reads the store can guess a weak password.
    /// </remarks>
    public Func<byte[], byte[]>? Protect { get; set; }

    /// <summary>Opens what <see cref="Protect"/> has sealed. It throws where that is not so, and the entry is then no entry.</summary>
    public Func<byte[], byte[]>? Unprotect { get; set; }

    /// <summary>Stores tokens so that whoever can read the store can use them, and can guess weak passwords from the names of entries. Default: false.</summary>
    public bool AllowUnencrypted { get; set; }

    /// <summary>How long the store may take for an answer, from 10 ms to 10 s; default: 250 ms. What takes longer is a miss, and a store that failed is left alone for a while.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// How long the store may take for its first answer in the life of a process, from 10 ms to 1 minute; default: 5 s. A connection has to be made for it, and without it
    /// instances that start together would each get a token of their own.
    /// </summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(5);
}
