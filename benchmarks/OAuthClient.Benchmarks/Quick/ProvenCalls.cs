using System.Security.Cryptography;
using OAuthClient.Benchmarks.Handlers;

namespace OAuthClient.Benchmarks.Quick;

/// <summary>What does a call cost whose token is bound to a key, beside the signature that its proof needs?</summary>
internal static class ProvenCalls
{
    /// <summary>As long as what is signed of a proof.</summary>
    private const int SignedLength = 430;

    public static async Task<Line> MeasureAsync(LoopbackServer server)
    {
        using var ours = await WarmClient.CreateAsync(server, options => options.DPoP = true);
        using var bare = new HttpMessageInvoker(new StubAnswer());
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var data = new byte[SignedLength];
        var signing = new Variant("signature", calls =>
        {
            for (var i = 0; i < calls; i++)
                key.SignData(data, HashAlgorithmName.SHA256);
            return default;
        });
        var costs = await new Rounds(Variant.Calls("ours", ours, WarmClient.Address), signing, Variant.Calls("bare", bare, WarmClient.Address)) { CallsPerTurn = 50, Duration = TimeSpan.FromSeconds(2) }.MeasureAsync();
        return new Line("dpop")
            .Add("ours_us", costs[0].Nanoseconds / 1_000, 2)
            .Add("signature_us", costs[1].Nanoseconds / 1_000, 2)
            .Add("beside_us", (costs[0].Nanoseconds - costs[1].Nanoseconds - costs[2].Nanoseconds) / 1_000, 2)
            .Add("bytes", Math.Round(costs[0].Bytes - costs[2].Bytes));
    }
}
