using System.Text.Json.Nodes;

namespace OAuthClient.Testing;

/// <summary>A user that is known to an <see cref="OAuth2TestServer"/>.</summary>
public sealed class TestUser
{
    private readonly object _gate = new();
    private int _wrongPasswords;

    /// <summary>Registers a user.</summary>
    /// <param name="username">The name that the user signs in with.</param>
    /// <param name="password">The user's password.</param>
    /// <exception cref="ArgumentException"><paramref name="username"/> is empty.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="password"/> is <see langword="null"/>.</exception>
    public TestUser(string username, string password)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(username);
        ArgumentNullException.ThrowIfNull(password);
        Username = username;
        Password = password;
    }

    /// <summary>The name that the user signs in with.</summary>
    public string Username { get; }

    /// <summary>The user's password; may be changed while the server runs.</summary>
    public string Password { get; set; }

    /// <summary>Claims that the user's JWTs hold beside or instead of the usual ones and the client's, such as <c>groups</c>; fill them before the server starts. Default: none.</summary>
    public JsonObject Claims { get; } = [];

    /// <summary>How many wrong passwords in a row lock the account; 0 never locks it. Default: 5.</summary>
    public int WrongPasswordsUntilLocked { get; set; } = 5;

    /// <summary>How many wrong passwords have come since the last right one.</summary>
    public int WrongPasswords
    {
        get
        {
            lock (_gate)
                return _wrongPasswords;
        }
    }

    /// <summary>Whether the account is locked: even the right password is then <c>invalid_grant</c>.</summary>
    public bool IsLocked
    {
        get
        {
            lock (_gate)
                return Locked;
        }
    }

    private bool Locked => WrongPasswordsUntilLocked > 0 && _wrongPasswords >= WrongPasswordsUntilLocked;

    /// <summary>Unlocks the account, as an administrator would, and forgets the wrong passwords.</summary>
    public void Unlock()
    {
        lock (_gate)
            _wrongPasswords = 0;
    }

    internal bool SignIn(string password)
    {
        lock (_gate)
        {
            if (Locked)
                return false;
            if (password != Password)
            {
                _wrongPasswords++;
                return false;
            }

            _wrongPasswords = 0;
            return true;
        }
    }
}
