using System.Collections.Frozen;

namespace OAuthClient.Http;

// What the codes of WSO2's gateways mean, what helps, and what that is for the token. README.md beside this file lists them.
internal static class GatewayCodes
{
    private const string Upstream = "1025"; // How the codes of what stands behind the gateway begin.
    private const string Renew = "Get a new token and call again, as the client does once by itself. If new ones are rejected too, check that TokenEndpoint belongs to the API's environment, and that the application gets JWTs.";
    private const string Later = "Call again later, and tell the API's publisher if it lasts.";
    private const string Slow = "Wait, for as long as RetryAfter says where it says anything, and call less often or have the limit raised.";

    private static readonly Explanation _upstream = new("What stands behind the gateway is out of order.", Later, GatewayTokenVerdict.Wait);

    private static readonly FrozenDictionary<string, Explanation> _known = new Dictionary<string, Explanation>
    {
        ["700700"] = new("The API is blocked for now.", "Call again later, and ask the API's publisher if it lasts.", GatewayTokenVerdict.Wait),
        ["900800"] = new("The API limits the rate of calls.", Slow, GatewayTokenVerdict.Wait),
        ["900801"] = new("The API has reached the most calls that it can take.", Slow, GatewayTokenVerdict.Wait),
        ["900802"] = new("The limit of this resource is used up.", Slow, GatewayTokenVerdict.Wait),
        ["900803"] = new("The limit of the application is used up.", Slow, GatewayTokenVerdict.Wait),
        ["900804"] = new("The limit of the subscription is used up.", Slow, GatewayTokenVerdict.Wait),
        ["900805"] = new("The application, its user, its address or the API is blocked.", "Ask the API's publisher to end that.", GatewayTokenVerdict.KeepToken),
        ["900806"] = new("A limit that the API's publisher has made is used up.", Slow, GatewayTokenVerdict.Wait),
        ["900807"] = new("Too many calls came at once.", Slow, GatewayTokenVerdict.Wait),
        ["900900"] = new("The gateway could not check the token.", Renew, GatewayTokenVerdict.NewToken),
        ["900901"] = new("The token is not valid: revoked, expired, badly signed, or none that this gateway reads.", Renew, GatewayTokenVerdict.NewToken),
        ["900902"] = new("The gateway found no credentials where it looks for them.", "Set HeaderName and HeaderScheme as the API's OpenAPI document says.", GatewayTokenVerdict.KeepToken),
        ["900903"] = new("The token has expired.", Renew, GatewayTokenVerdict.NewToken),
        ["900904"] = new("The token is not active any more.", Renew, GatewayTokenVerdict.NewToken),
        ["900905"] = new("The API takes another type of token.", "Look at the API's security settings.", GatewayTokenVerdict.KeepToken),
        ["900906"] = new("The API has no such resource.", "Check path and method.", GatewayTokenVerdict.KeepToken),
        ["900907"] = new("The API is blocked.", "Ask its publisher.", GatewayTokenVerdict.KeepToken),
        ["900908"] = new("The application is not subscribed to the API.", "Subscribe it in the developer portal; where a subscription has a key of its own, set CredentialHeaders.", GatewayTokenVerdict.KeepToken),
        ["900909"] = new("The application's subscription is not active.", "Have it approved or unblocked in the developer portal.", GatewayTokenVerdict.KeepToken),
        ["900910"] = new("The token's scopes do not cover this resource.", "Add the scope that it needs to Scopes, and allow it for the application.", GatewayTokenVerdict.KeepToken),
        ["900911"] = new("The gateway does not know the API's definition.", "Have the API deployed again.", GatewayTokenVerdict.KeepToken),
        ["900912"] = new("The keys are for the other one of production and sandbox.", "Set ClientId and ClientSecret to those of the environment that is called.", GatewayTokenVerdict.KeepToken),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    public static IEnumerable<string> Known => _known.Keys;

    public static bool IsKnown(string code) => Find(code) is not null;

    // What the code says against another token; null where it says nothing against it.
    public static string? FindObstacle(string? code) =>
        Find(code) is { Verdict: GatewayTokenVerdict.KeepToken } known ? $"code {code}: {known.Meaning} {known.Remedy}" : null;

    // True for the codes of a token that is at fault.
    public static bool IsCurable(string? code) => Find(code) is { Verdict: GatewayTokenVerdict.NewToken };

    // isRejection: True where the status is one by which the client takes its token for rejected.
    public static Explanation Explain(string? code, HttpStatusCode status, bool isRejection) => (Find(code), (int)status) switch
    {
        ({ Verdict: not GatewayTokenVerdict.NewToken } known, _) => known,
        ({ } known, _) when isRejection => known,
        ({ }, 403) when code == "900901" => new("The API has no endpoint for production keys.", "Use the keys and the address of the sandbox, or have a production endpoint added to the API.", GatewayTokenVerdict.KeepToken),
        ({ } known, >= 500) => new(known.Meaning, Later, GatewayTokenVerdict.Wait),
        ({ } known, var other) => new(known.Meaning, $"Add {other} to TokenRejectedStatusCodes, and the client replaces a token as it does after a 401.", GatewayTokenVerdict.NewToken),
        _ when isRejection => new("The API does not accept the call's credentials.", Renew, GatewayTokenVerdict.NewToken),
        (_, >= 300 and < 400) => new("The API sends the call elsewhere.", "Set BaseAddress to where it sends it, if you trust that.", GatewayTokenVerdict.KeepToken),
        (_, 403) => new("The API does not allow this call.", "Check the application's subscription, Scopes, and the API's own permissions.", GatewayTokenVerdict.KeepToken),
        (_, 404 or 405) => new("The API has no such resource.", "Check BaseAddress, path and method.", GatewayTokenVerdict.KeepToken),
        (_, 429) => new("The API limits the rate of calls.", Slow, GatewayTokenVerdict.Wait),
        (_, 408 or >= 500) => new("The API, or what stands before it, is out of order.", Later, GatewayTokenVerdict.Wait),
        _ => new("The API refuses the call.", "Look at what the answer itself says.", GatewayTokenVerdict.KeepToken),
    };

    private static Explanation? Find(string? code) =>
        code is null ? null : _known.GetValueOrDefault(code) ?? (code.Length == 6 && code.StartsWith(Upstream, StringComparison.Ordinal) && code.All(char.IsAsciiDigit) ? _upstream : null);

    internal sealed class Explanation(string meaning, string remedy, GatewayTokenVerdict verdict)
    {
        public string Meaning => meaning;
        public string Remedy => remedy;
        public GatewayTokenVerdict Verdict => verdict;
    }
}
