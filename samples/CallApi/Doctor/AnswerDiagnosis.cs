using System.Net.Http.Headers;
using System.Text.RegularExpressions;
using OAuthClient;

namespace CallApi;

/// <summary>Why the API did not take the call, and which setting to change.</summary>
internal sealed class AnswerDiagnosis(OAuth2ClientOptions options, OAuth2Token token, IReadOnlyList<Finding> doubts)
{
    // Of a token that is not good, which says nothing of why.
    private static readonly string[] _vague = ["900900", "900901", "900903", "900904"];

    public async Task<Failure> ExplainAsync(HttpResponseMessage response)
    {
        var failure = await ApiFailure.DescribeAsync(response);
        var status = (int)response.StatusCode;
        var challenges = response.Headers.WwwAuthenticate;
        var isVague = failure.Code is null || _vague.Contains(failure.Code);
        var remedy = status switch
        {
            404 when Doubt("settings") is { } address => address,
            404 => $"There is no such resource: check the path in Url, and OAuth2:BaseAddress, whose last part an HttpClient drops unless there is a slash at its end.",
            401 or 403 when isVague && FromChallenge(challenges) is { } said => said,
            401 or 403 when isVague && Doubt("claims") is { } doubt => doubt,
            401 when isVague && Names(challenges) is { Length: > 0 } schemes && !schemes.Contains("Bearer", StringComparer.OrdinalIgnoreCase) && !schemes.Contains(options.HeaderScheme, StringComparer.OrdinalIgnoreCase) =>
                schemes.Contains("DPoP", StringComparer.OrdinalIgnoreCase)
                    ? "The API takes tokens that are bound to a key: set OAuth2:DPoP to true."
                    : $"The API asks for {string.Join(" or ", schemes)}, and OAuth2:HeaderScheme is '{options.HeaderScheme}': check OAuth2:HeaderName and OAuth2:HeaderScheme, and that Url is the API's.",
            401 when isVague && TokenText.Read(token.Value) is null => "The token is opaque, and most gateways take JWTs alone: have the application issue JWTs (its access token type, in the portal), and check that OAuth2:TokenEndpoint belongs to the API's environment.",
            401 when isVague => $"{failure.Remedy} The token itself is what the server gave for these settings: compare its issuer and audience above with what the API expects (OAuth2:TokenEndpoint, OAuth2:Audience).",
            _ => null,
        };
        return remedy is null ? failure : failure with { Remedy = remedy };
    }

    /// <summary>What the API itself says of the token (RFC 6750 §3).</summary>
    private static string? FromChallenge(HttpHeaderValueCollection<AuthenticationHeaderValue> challenges)
    {
        var text = string.Join(' ', challenges.Select(challenge => challenge.Parameter));
        if (Regex.Match(text, "insufficient_scope.*?scope=\"([^\"]+)\"|scope=\"([^\"]+)\".*?insufficient_scope") is { Success: true } scope)
            return $"The token lacks a scope: add '{ApiFailure.Clean(scope.Groups[1].Success ? scope.Groups[1].Value : scope.Groups[2].Value)}' to OAuth2:Scopes, and have it allowed for the application.";
        var says = Regex.Match(text, "error_description=\"([^\"]*)\"").Groups[1].Value;
        return Has("audience") ? "The API takes tokens for another audience: set OAuth2:Audience (or OAuth2:Resources) to the API's name at the authorization server; what the token is for stands at claims."
            : Has("issuer") ? "The API takes tokens of another issuer: check that OAuth2:TokenEndpoint (or OAuth2:Issuer) belongs to the API's environment; whom the token is from stands at claims."
            : Has("not valid before|not yet valid|lifetime|expired") ? "The API finds the token too new or too old, though it has just been issued: its clock and the authorization server's differ. Set them (NTP), or have the API allow some skew."
            : Has("signature") ? "The API does not know the key that the token is signed with: check that OAuth2:TokenEndpoint (or OAuth2:Issuer) belongs to the API's environment."
            : null;

        bool Has(string pattern) => Regex.IsMatch(says, pattern, RegexOptions.IgnoreCase);
    }

    private static string[] Names(HttpHeaderValueCollection<AuthenticationHeaderValue> challenges) => [.. challenges.Select(challenge => challenge.Scheme).Distinct()];

    private string? Doubt(string step) => doubts.FirstOrDefault(doubt => doubt.Step == step)?.Remedy;
}
