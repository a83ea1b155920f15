
namespace OAuthClient.Tests.Clients;

public sealed class OverrideKeyTests
{
    private static readonly OAuth2TokenRequest[] _different =
    [
        new(),
        new() { Scopes = [] },
        new() { Scopes = ["a"] },
        new() { Scopes = ["a", "b"] },
        new() { Scopes = ["a b"] },
        new() { Resources = ["a"] },
        new() { Scopes = ["a"], Resources = ["b"] },
        new() { Resources = ["a", "b"] },
        new() { Audience = "a" },
        new() { Audience = "" },
        new() { Parameters = new Dictionary<string, string>() },
        new() { Parameters = new Dictionary<string, string> { ["a"] = "1" } },
        new() { Parameters = new Dictionary<string, string> { ["a"] = "2" } },
        new() { Parameters = new Dictionary<string, string> { ["b"] = "1" } },
        new() { Parameters = new Dictionary<string, string> { ["a"] = "1", ["b"] = "2" } },
    ];

    [Fact]
    public void Equals_OfOverridesThatSayTheSame_IsTrue() =>
        Assert.All(_different, overrides =>
        {
            var again = new OAuth2TokenRequest
            {
                Scopes = overrides.Scopes,
                Resources = overrides.Resources,
                Audience = overrides.Audience,
                Parameters = overrides.Parameters?.Reverse().ToDictionary(),
                ForceNewToken = true,
            };
            Assert.Equal(ClientState.KeyOf(overrides), ClientState.KeyOf(again));
            Assert.Equal(ClientState.KeyOf(overrides).GetHashCode(), ClientState.KeyOf(again).GetHashCode());
        });

    [Fact]
    public void Equals_OfOverridesThatDiffer_IsFalse() =>
        Assert.All(_different, one => Assert.All(_different, other => Assert.Equal(ReferenceEquals(one, other), ClientState.KeyOf(one).Equals(ClientState.KeyOf(other)))));

    // Keys of one hash are compared one by one: with as many users, each call would cost milliseconds.
    [Fact]
    public void GetHashCode_OfOneParameterForEachUser_TellsThemApart()
    {
        var hashes = Enumerable.Range(0, 1_000)
            .Select(user => ClientState.KeyOf(new OAuth2TokenRequest { Parameters = new Dictionary<string, string> { ["subject_token"] = $"user-{user}", ["subject_token_type"] = "jwt" } }).GetHashCode());

        Assert.InRange(hashes.Distinct().Count(), 990, 1_000);
    }

    [Fact]
    public void GetHashCode_OfOverridesThatDifferInAParameterAlone_Differs()
    {
        var hashes = Enumerable.Range(0, 1_000).Select(user => ClientState.KeyOf(new OAuth2TokenRequest { Parameters = new Dictionary<string, string> { ["user"] = $"{user}" } }).GetHashCode());

        Assert.True(hashes.Distinct().Count() > 990, "All users' tokens would be looked for in one place, one after another.");
    }

    [Fact]
    public void Overrides_WhoseListsAreChangedAfterwards_StayAsTheyWere()
    {
        var scopes = new List<string> { "a" };
        var resources = new[] { "r" };
        var parameters = new Dictionary<string, string> { ["p"] = "1" };
        var overrides = new OAuth2TokenRequest { Scopes = scopes, Resources = resources, Parameters = parameters };

        scopes[0] = "other";
        resources[0] = "other";
        parameters["p"] = "other";

        Assert.Equal(("a", "r", "1"), (Assert.Single(overrides.Scopes!), Assert.Single(overrides.Resources!), Assert.Single(overrides.Parameters!).Value));
    }
}
