using System.Runtime.CompilerServices;

namespace OAuthClient.Benchmarks.Handlers;

/// <summary>
/// Tokens put where fetched ones are kept. A token endpoint is asked a hundred times a minute at most, so that fetching a hundred thousand
/// would take most of a day.
/// </summary>
internal static class PlacedTokens
{
    public static void Place(OAuth2Client client, IReadOnlyCollection<OAuth2TokenRequest> tokenRequests)
    {
        var lifetime = TimeSpan.FromSeconds(StubTokens.LifetimeSeconds);
        var number = 0;
        foreach (var tokenRequest in tokenRequests)
        {
            var token = new OAuth2Token(StubTokens.Create(++number), "Bearer", tokenRequest.Scopes?[0], DateTimeOffset.UtcNow + lifetime);
            Current(client.State.GetSource(tokenRequest)) = TokenTimes.Plan(token, client.Clock.Now, lifetime, TimeSpan.FromMinutes(1), Random.Shared);
        }

        // As after the first call of each.
        foreach (var tokenRequest in tokenRequests)
            client.State.FindSource(tokenRequest, client.Clock.Now);
    }

    private static ref TokenEntry? Current(TokenSource source) => ref Current(source.State);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_current")]
    private static extern ref TokenEntry? Current(TokenState state);
}
