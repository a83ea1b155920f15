using System.Security.Cryptography.X509Certificates;

namespace OAuthClient.Tokens;

// A token as another process can take it over: its times by the wall clock, with its life beside them.
// isLast: True where the server would issue it again until it expires.
internal sealed class StoredToken(OAuth2Token token, long obtainedAt, long life, bool isLast, string? thumbprint)
{
    private const char Kind = 't';

    public string Value => token.Value;
    public string? Thumbprint => thumbprint; // Of the certificate that it is bound to, or may be.

    public static byte[] Write(TokenEntry entry, long now, long nowUtc) => StoredEntry.Write(Kind, writer =>
    {
        writer.Write(nowUtc - (now - entry.ObtainedAt));
        writer.Write(entry.ExpiresAt - entry.ObtainedAt);
        writer.Write(entry.RefreshAt == entry.ExpiresAt);
        writer.Write(entry.Token.TokenType);
        writer.WriteText(entry.Token.Scope);
        writer.WriteText(entry.Certificate?.Thumbprint);
        writer.Write(entry.Token.Value);
    });

    // Null where it is none, or where it or its times cannot be.
    public static StoredToken? Read(byte[] content, long nowUtc) => StoredEntry.Read(content, Kind, reader =>
    {
        var (at, life, isLast) = (reader.ReadInt64(), reader.ReadInt64(), reader.ReadBoolean());
        var (type, scope, thumbprint, value) = (reader.ReadString(), reader.ReadText(), reader.ReadText(), reader.ReadString());

        // A header takes no other, and a store that is not sealed holds what anybody has put there.
        if (StoredEntry.IsFuture(at, nowUtc) || life is <= 0 or > 86_400_000 || !AuthorizationServer.IsSafe(value))
            throw new FormatException();
        return new StoredToken(new OAuth2Token(value, type, scope, DateTimeOffset.FromUnixTimeMilliseconds(at + life)), at, life, isLast, thumbprint);
    });

    public TokenEntry ToEntry(SteadyClock clock, ClientSettings client, Random random, X509Certificate2? certificate)
    {
        // One of an instance whose clock is ahead is as young as can be.
        var sentAt = clock.Now - Math.Max(0, clock.NowUtc - obtainedAt);
        return isLast
            ? new TokenEntry(token, sentAt, sentAt + life, sentAt + life, sentAt + life) { Certificate = certificate }
            : TokenTimes.Plan(token, sentAt, TimeSpan.FromMilliseconds(life), client.RefreshBeforeExpiry, random, certificate);
    }
}
