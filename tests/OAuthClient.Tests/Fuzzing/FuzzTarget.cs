using System.Text;

namespace OAuthClient.Tests.Fuzzing;

/// <summary>One reader of bytes from outside.</summary>
/// <param name="name">How reports call it.</param>
/// <param name="seeds">What it reads in real life, to be mutated.</param>
/// <param name="words">Pieces that mean something to it; in long inputs a <see cref="Mutator.Counter"/> within them counts up.</param>
/// <param name="check">Reads one input, and throws where what comes of it is neither a value nor a failure as it should be.</param>
internal sealed class FuzzTarget(string name, string[] seeds, string[] words, Action<byte[]> check)
{
    public string Name => name;

    public byte[][] Seeds { get; } = Array.ConvertAll(seeds, Encoding.UTF8.GetBytes);

    public byte[][] Words { get; } = Array.ConvertAll(words, Encoding.UTF8.GetBytes);

    /// <summary>The longest input that can reach it; what carries the bytes to it allows no more.</summary>
    public int MaxLength { get; init; } = Mutator.Mebibyte;

    /// <summary>How many bytes it may allocate for each byte of input, beside those that every input may cost.</summary>
    public int BytesAllowedForEach { get; init; } = 200;

    /// <summary>How many bytes it may allocate for any input.</summary>
    public int BytesAllowed { get; init; } = 64 * 1024;

    public void Check(byte[] input) => check(input);

    public override string ToString() => name;
}
