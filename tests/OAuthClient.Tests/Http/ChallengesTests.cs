using System.Net;

namespace OAuthClient.Tests.Http;

/// <summary>How WWW-Authenticate is read, in the spellings that there are.</summary>
public sealed class ChallengesTests
{
    [Theory]
    [InlineData("Bearer error=\"invalid_token\"", "invalid_token")]
    [InlineData("Bearer error=invalid_token", "invalid_token")]
    [InlineData("Bearer error = \"invalid_token\"", "invalid_token")]
    [InlineData("Bearer ERROR=\"invalid_token\"", "invalid_token")]
    [InlineData("Bearer realm=\"a, b=c\",error=\"invalid_token\"", "invalid_token")]
    [InlineData("Bearer realm=api, error=invalid_token, scope=x", "invalid_token")]
    [InlineData("Bearer error=\"\"", "")]
    [InlineData("Bearer error=\"two words\"", "two words")]
    [InlineData("Bearer error=\"first\", error=\"second\"", "first")]
    [InlineData("Basic realm=\"x\"|Bearer error=\"invalid_token\"", "invalid_token")]
    [InlineData("Bearer|DPoP error=\"invalid_token\"", "invalid_token")]
    [InlineData("Bearer the_error=\"x\"", null)]
    [InlineData("Bearer error_description=\"x\"", null)]
    [InlineData("Bearer", null)]
    public void Find_OfAParameter_IsTheFirstOfThatName(string challenges, string? expected)
    {
        using var response = Answer(challenges);

        Assert.Equal(expected, Challenges.Find(response, "error"));
    }

    [Theory]
    [InlineData("insufficient_scope", true)]
    [InlineData("Insufficient_Scope", false)]
    [InlineData("insufficient_scopes", false)]
    public void Names_OfAnError_IsTrueForThatOne(string error, bool expected)
    {
        using var response = Answer($"Bearer error=\"{error}\"");

        Assert.Equal(expected, Challenges.Names(response, "insufficient_scope"));
    }

    [Theory]
    [InlineData("a b c", "a b", "", "a b")]
    [InlineData("a b c", "a b", "a", "b")]
    [InlineData("a b", "c d", "", null)]
    [InlineData("a b", "a b", "a b", null)]
    [InlineData("A", "a", "", null)]
    [InlineData("a", "a", "A", "a")]
    [InlineData("a", "", "", null)]
    public void FindScopes_OfThoseThatAreMissing_IsWhatMayBeAdded(string wanted, string allowed, string present, string? expected)
    {
        using var response = Answer($"Bearer error=\"insufficient_scope\", scope=\"{wanted}\"", HttpStatusCode.Forbidden);

        var found = Challenges.FindScopes(response, Split(allowed), Split(present));

        Assert.Equal(expected, found is null ? null : string.Join(' ', found));
    }

    private static string[] Split(string scopes) => scopes.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static HttpResponseMessage Answer(string challenges, HttpStatusCode status = HttpStatusCode.Unauthorized)
    {
        var response = new HttpResponseMessage(status);
        foreach (var challenge in challenges.Split('|'))
            response.Headers.Add("WWW-Authenticate", challenge);
        return response;
    }
}
