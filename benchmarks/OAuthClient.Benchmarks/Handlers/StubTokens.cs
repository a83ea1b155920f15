using System.Globalization;

namespace OAuthClient.Benchmarks.Handlers;

/// <summary>Tokens of about the size that servers issue, each of them different.</summary>
internal static class StubTokens
{
    public const int Length = 1_000;

    public const int LifetimeSeconds = 86_400;

    public static string Create(int number) => number.ToString(CultureInfo.InvariantCulture).PadLeft(Length, 'x');

    /// <summary>What a token endpoint answers with such a token.</summary>
    public static string CreateAnswer(int number, double lifetimeSeconds = LifetimeSeconds, string tokenType = "Bearer") =>
        string.Create(CultureInfo.InvariantCulture, $$"""{"access_token":"{{Create(number)}}","token_type":"{{tokenType}}","expires_in":{{lifetimeSeconds}}}""");
}
