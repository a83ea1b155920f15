using System.Security.Cryptography;
using System.Text;

namespace OAuthClient.Tests.Canaries;

/// <summary>
/// A secret that occurs nowhere else. It is found by its runs of letters and digits, which no encoding of text changes (as it is,
/// url-encoded, JSON, HTML), and by what base64 makes of them wherever they stand in the encoded text. Runs are cut into pieces, so that
/// one that was shortened is found too.
/// </summary>
internal sealed class Canary
{
    /// <summary>How much of a secret is enough to find it.</summary>
    public const int PieceLength = 12;

    // A token is long; some of its pieces do for the rest.
    private const int MostPieces = 8;

    private readonly string[] _pieces;
    private readonly string[] _encoded;

    public Canary(string name, string value)
    {
        Name = name;
        _pieces = [.. GetRuns(value).SelectMany(GetPieces).Distinct(StringComparer.Ordinal)];
        _encoded = [.. _pieces.SelectMany(GetBase64)];
        if (_pieces.Length == 0)
            throw new ArgumentException($"'{value}' has no run of {PieceLength} letters and digits to find it by.", nameof(value));
    }

    public string Name { get; }

    /// <summary>A new secret of letters and digits.</summary>
    public static string Next() => "canary" + Convert.ToHexString(RandomNumberGenerator.GetBytes(9)).ToLowerInvariant();

    /// <summary>A new secret with characters in it that url-encoding, JSON, HTML and base64 change.</summary>
    public static string NextAwkward() => $"{Next()}+/%=& \"<é!('{Next()}";

    public bool IsIn(string text) =>
        Array.Exists(_pieces, piece => text.Contains(piece, StringComparison.Ordinal))
        || Array.Exists(_encoded, piece => text.Contains(piece, StringComparison.Ordinal));

    private static string[] GetRuns(string value) =>
        string.Concat(value.Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' ? c : ' ')).Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static IEnumerable<string> GetPieces(string run)
    {
        for (var start = 0; start + PieceLength <= run.Length; start += Math.Max(PieceLength, run.Length / MostPieces))
            yield return run.Substring(start, PieceLength);
    }

    // Three bytes make four characters, so a text looks different by where it begins; what depends on its neighbours is cut off.
    private static IEnumerable<string> GetBase64(string piece)
    {
        for (var before = 0; before < 3; before++)
        {
            var text = Convert.ToBase64String(Encoding.ASCII.GetBytes(new string('x', before) + piece)).TrimEnd('=');
            var end = (before + piece.Length) / 3 * 4;
            yield return text[(before == 0 ? 0 : 4)..end];
        }
    }
}
