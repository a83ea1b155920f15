using System.Text.Json;

namespace OAuthClient.Tests;

public sealed class OAuth2TokenTests
{
    [Fact]
    public void Serialize_Token_LeavesItsValueOut()
    {
        var json = JsonSerializer.Serialize(new { Token = new OAuth2Token("canary", "Bearer", "a", DateTimeOffset.UnixEpoch) });

        Assert.DoesNotContain("canary", json, StringComparison.Ordinal);
        Assert.Contains("Bearer", json, StringComparison.Ordinal);
    }
}
