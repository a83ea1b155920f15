using System.Net;

namespace OAuthClient.Tests.Http;

/// <summary>What an answer says against another token, in the words that the log has.</summary>
public sealed class ResendObstacleTests
{
    private const string Proof = "it objects to the DPoP proof, not to the token; check that the clock here is right";

    /// <summary>A challenge for a token, in whatever spelling, is worth another one.</summary>
    [Theory]
    [InlineData(null, "Bearer")]
    [InlineData("Bearer", "Bearer")]
    [InlineData("bearer realm=\"api\"", "Bearer")]
    [InlineData("Bearer realm=\"api\"", "Token")]
    [InlineData("Token realm=\"api\"", "Token")]
    [InlineData("TOKEN", "Token")]
    [InlineData("OAuth2 realm=\"api\"", "Bearer")]
    [InlineData("OAuth realm=\"api\"", "Bearer")]
    [InlineData("null Bearer realm=\"api\"", "Bearer")]
    [InlineData("null Token realm=\"api\"", "Token")]
    [InlineData("Basic realm=\"api\"|Bearer realm=\"api\"", "Bearer")]
    [InlineData("Bearer error=\"invalid_token\"", "")]
    public async Task Find_InAChallengeForAToken_FindsNothing(string? challenges, string scheme) => Assert.Null(await FindAsync(challenges, options => options.HeaderScheme = scheme));

    [Theory]
    [InlineData("Basic realm=\"api\"", "Bearer", "its challenge asks for Basic, not for a token")]
    [InlineData("Basic realm=\"api\"|Negotiate", "Bearer", "its challenge asks for Basic, Negotiate, not for a token")]
    [InlineData("Token realm=\"api\"", "Bearer", "its challenge asks for Token, not for a token")]
    [InlineData("DPoP algs=\"ES256\"", "Bearer", "its challenge asks for DPoP, not for a token")]
    [InlineData("DPoP error=\"use_dpop_nonce\"", "Bearer", "its challenge asks for DPoP, not for a token")]
    [InlineData("Basic", "", "its challenge asks for Basic, not for a token")]
    [InlineData("Basic resource_metadata=\"https://api.example/more?key=1\"", "Bearer", "its challenge asks for Basic, not for a token; its resource_metadata is 'https://api.example/more'")]
    [InlineData("Bearer error=\"insufficient_scope\", scope=\"orders:write\"", "Bearer", "the token lacks a scope, perhaps orders:write")]
    [InlineData("Bearer error=\"insufficient_scope\"", "Bearer", "the token lacks a scope, perhaps one that it does not name")]
    [InlineData("Bearer error=\"insufficient_scope\", resource_metadata=\"https://api.example/more\"", "Bearer", "the token lacks a scope, perhaps one that it does not name; its resource_metadata is 'https://api.example/more'")]
    public async Task Find_InAChallengeForAnythingElse_SaysForWhat(string challenges, string scheme, string expected) => Assert.Equal(expected, await FindAsync(challenges, options => options.HeaderScheme = scheme));

    /// <summary>A client that proves a key sends its token under DPoP.</summary>
    [Theory]
    [InlineData("DPoP algs=\"ES256\"", null)]
    [InlineData("DPoP error=\"invalid_token\"", null)]
    [InlineData("Bearer", null)]
    [InlineData("DPoP error=\"use_dpop_nonce\"", Proof)]
    [InlineData("DPoP error=\"invalid_dpop_proof\"", Proof)]
    [InlineData("Token realm=\"api\"", "its challenge asks for Token, not for a token")]
    public async Task Find_InAChallengeToAClientWithAKey_KnowsItsSchemeAndItsProof(string challenges, string? expected) =>
        Assert.Equal(expected, await FindAsync(challenges, options => options.DPoP = true));

    /// <summary>A scheme of its own is not replaced by DPoP.</summary>
    [Theory]
    [InlineData("Token realm=\"api\"")]
    [InlineData("DPoP algs=\"ES256\"")]
    public async Task Find_InAChallengeToAClientWithAKeyAndASchemeOfItsOwn_KnowsBoth(string challenges) =>
        Assert.Null(await FindAsync(challenges, options => (options.DPoP, options.HeaderScheme) = (true, "Token")));

    /// <summary>What the gateway says in a code goes before the challenge; and a token that was taken before has changed since.</summary>
    [Theory]
    [InlineData("Basic", "900901", false, null)]
    [InlineData("Basic", "900804", false, "its challenge asks for Basic, not for a token")]
    [InlineData("Bearer", "900907", false, "code 900907: The API is blocked. Ask its publisher.")]
    [InlineData("Basic", "900907", true, "code 900907: The API is blocked. Ask its publisher.")]
    [InlineData("Basic", "", true, null)]
    [InlineData("Bearer error=\"insufficient_scope\", scope=\"x\"", "900901", true, "the token lacks a scope, perhaps x")]
    public async Task Find_BesideACodeOrAfterTheTokenWasAccepted_GoesByThatFirst(string challenges, string code, bool wasAccepted, string? expected) =>
        Assert.Equal(expected, await FindAsync(challenges, wasAccepted: wasAccepted, body: $$"""{"code":"{{code}}"}"""));

    [Theory]
    [InlineData("the-token-itself")]
    [InlineData("subscription-4711")]
    public async Task Find_InAChallengeThatRepeatsWhatWasSent_ShowsNoneOfIt(string sent)
    {
        const string Hidden = "(not shown, since it repeats what was sent)";

        Assert.Equal($"its challenge asks for {Hidden}, not for a token", await FindAsync(sent, options => options.CredentialHeaders["Subscription"] = "subscription-4711"));
        Assert.Equal($"the token lacks a scope, perhaps {Hidden}", await FindAsync("Bearer error=\"insufficient_scope\", scope=\"the-token-itself\""));
    }

    private static async Task<string?> FindAsync(string? challenges, Action<OAuth2ClientOptions>? client = null, bool wasAccepted = false, string body = "")
    {
        using var response = new HttpResponseMessage(HttpStatusCode.Unauthorized) { Content = new StringContent(body) };
        foreach (var challenge in challenges?.Split('|') ?? [])
            response.Headers.Add("WWW-Authenticate", challenge);
        var options = new OAuth2ClientOptions { TokenEndpoint = new Uri("https://idp.example/token"), ClientId = "id", ClientSecret = "secret" };
        client?.Invoke(options);
        return await ResendRules.FindObstacleAsync(new ClientSettings("orders", options), "the-token-itself", wasAccepted, response, TimeProvider.System, async: true, CancellationToken.None);
    }
}
