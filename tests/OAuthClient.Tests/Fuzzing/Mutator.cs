using System.Globalization;
using System.Text;

namespace OAuthClient.Tests.Fuzzing;

/// <summary>Makes inputs for one target: the same ones for the same random numbers.</summary>
internal sealed class Mutator(FuzzTarget target, Random random)
{
    /// <summary>Stands in a word for a number that is another one at each repetition, so that names can be many and different.</summary>
    public const char Counter = '\u0001';

    public const int Mebibyte = 1024 * 1024;

    private const int Long = 16 * 1024;

    private static readonly byte[] _structure = "{}[]\"<>&,:;=%?#@9-.e0\\/ \t\r\n"u8.ToArray();

    private byte[] _bytes = new byte[4096];
    private int _length;

    /// <summary>The next input: mostly a seed with up to five changes, at times a long one, seldom a very long one.</summary>
    public byte[] Next()
    {
        _length = 0;
        Insert(0, Pick(target.Seeds));
        for (var changes = random.Next(6); changes > 0; changes--)
            Change();
        switch (random.Next(2_000))
        {
            case 0:
                Lengthen(Mebibyte);
                break;
            case < 10:
                Lengthen(Long);
                break;
        }

        return _bytes[..Math.Min(_length, target.MaxLength)];
    }

    private void Change()
    {
        var at = random.Next(_length + 1);
        switch (random.Next(8))
        {
            case 0:
                Insert(at, [(byte)random.Next(256)]);
                break;
            case 1 when at < _length:
                _bytes[at] = (byte)random.Next(256);
                break;
            case 2 when at < _length:
                Remove(at, random.Next(_length - at) + 1);
                break;
            case 3 when at < _length:
                Remove(at, random.Next(Math.Min(4, _length - at)) + 1);
                break;
            case 4 when at < _length:
                Insert(random.Next(_length + 1), _bytes.AsSpan(at, random.Next(_length - at) + 1).ToArray());
                break;
            case 5:
                Insert(at, Enumerable.Repeat(_structure[random.Next(_structure.Length)], random.Next(100)).ToArray());
                break;
            case 6:
                var other = Pick(target.Seeds);
                Insert(at, other.AsSpan(random.Next(other.Length + 1)));
                break;
            default:
                Insert(at, Pick(target.Words));
                break;
        }
    }

    /// <summary>Repeats one piece up to about that length, at the start, at the end or in the middle: depth, width or one long text.</summary>
    private void Lengthen(int length)
    {
        var piece = random.Next(4) switch
        {
            0 => [_structure[random.Next(_structure.Length)]],
            1 => _bytes[..Math.Min(_length, random.Next(1, 40))],
            _ => Pick(target.Words),
        };
        if (piece.Length == 0)
            piece = "a"u8.ToArray();
        length = Math.Min(length, target.MaxLength) - random.Next(100);
        var isCounted = piece.Contains((byte)Counter);
        var text = Encoding.Latin1.GetString(piece);
        var run = new MemoryStream(length);
        for (var count = 0; run.Length < length - _length; count++)
            run.Write(isCounted ? Encoding.Latin1.GetBytes(text.Replace($"{Counter}", count.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)) : piece);
        Insert(random.Next(4) switch { 0 => 0, 1 => _length, _ => random.Next(_length + 1) }, run.ToArray());
    }

    private byte[] Pick(byte[][] pieces) => pieces[random.Next(pieces.Length)];

    private void Insert(int at, ReadOnlySpan<byte> piece)
    {
        if (_length + piece.Length > _bytes.Length)
            Array.Resize(ref _bytes, (_length + piece.Length) * 2);
        _bytes.AsSpan(at, _length - at).CopyTo(_bytes.AsSpan(at + piece.Length));
        piece.CopyTo(_bytes.AsSpan(at));
        _length += piece.Length;
    }

    private void Remove(int at, int count)
    {
        _bytes.AsSpan(at + count, _length - at - count).CopyTo(_bytes.AsSpan(at));
        _length -= count;
    }
}
