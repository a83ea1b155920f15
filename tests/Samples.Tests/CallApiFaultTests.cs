using System.Text.RegularExpressions;

namespace Samples.Tests;

/// <summary>What is said of each fault without the doctor: for those before the call, by the library itself.</summary>
public sealed class CallApiFaultTests
{
    // Where the sentence names something else than the setting that the doctor finds out, or the setting has another name there.
    private static readonly Dictionary<string, string> _says = new()
    {
        ["no variables of the connection"] = "no environment variable begins with CHOREO_DOCTORS_NOWHERE_",
        ["one variable of the connection is missing"] = "the environment has no CHOREO_DOCTORS_HALF_CONSUMERSECRET",
        ["the subject token has expired"] = "set GrantType to one that it allows",
        ["the token endpoint's port says nothing"] = "or raise TokenRequestTimeout",
        ["the token server's authority is unknown"] = "Have this machine trust the authority that issued its certificate.",
        ["the token server's certificate has expired"] = "By the clock here its certificate has expired, or is not good yet",
        ["the token server's certificate is not yet good"] = "By the clock here its certificate has expired, or is not good yet",
        ["the proxy wants a password"] = "answered 407 when asked for a connection to https://idp.example/token. Check the proxy's settings (HTTPS_PROXY, NO_PROXY), its credentials",
        ["the proxy takes another password"] = "answered 407 when asked for a connection to https://idp.example/token. Check the proxy's settings (HTTPS_PROXY, NO_PROXY), its credentials",
        ["the proxy refuses the host"] = "answered 403 when asked for a connection to https://idp.example/token. Check the proxy's settings",
        ["the proxy does not run"] = "or the proxy's settings (HTTPS_PROXY, NO_PROXY)",
        ["the proxy's host is unknown"] = "the host 'no-such-proxy.invalid' is not known",
        ["the application is not active"] = "that the application is active",
        ["not all scopes are granted"] = "Register the scopes for this application, or unset RequireAllScopes.",
        ["the refresh token has expired"] = "The refresh token has expired, was revoked, or was used before. The client has no other grant; sign in again for a new refresh token.",
        ["the token endpoint is out of order"] = "It is out of order for now; the library asks again later.",
        ["the token endpoint limits the rate"] = "It limits the rate of requests; the library waits before it asks again.",
        ["no subscription"] = "Subscribe it in the developer portal",
        ["the subscription is not active"] = "Have it approved or unblocked in the developer portal.",
        ["the application is blocked"] = "Ask the API's publisher to end that.",
        ["a limit is used up"] = "The limit of this resource is used up. Wait",
        ["the plan's limit is used up"] = "The limit of the subscription is used up. Wait",
        ["what is behind the gateway is out of order"] = "Call again later, and tell the API's publisher if it lasts.",
        ["the gateway takes JWTs alone"] = "that the application gets JWTs",

        // An API that says no more than 401 or in which header it says more; the doctor reads that, and the token.
        ["the API wants Basic"] = "The API does not accept the token",
        ["the API wants DPoP"] = "The API does not accept the token",
        ["the API's clock is behind"] = "The API does not accept the token",
        ["the audience is wrong"] = "The API does not accept the token",
        ["the server's clock is ahead, and the API says 401"] = "The API does not accept the token",
    };

    // What is wrong with a token shows without a call in nothing else.
    public static TheoryData<string> Faults => [.. Fault.All.Where(fault => fault.Step != "claims").Select(fault => fault.Name)];

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task Fault_WithoutTheDoctor_IsToldWithASettingAndACure(string name)
    {
        var fault = Fault.All.Single(fault => fault.Name == name);
        await using var broken = await fault.InjectAsync();
        if (!broken.CanBeInjected)
            return;

        var output = await broken.CallAsync();

        var says = output.StandardError;
        if (_says.TryGetValue(name, out var sentence))
            Assert.Contains(sentence, says, StringComparison.Ordinal);
        else
            Assert.Contains(NameSettings(fault.Says), setting => Regex.IsMatch(says, $@"\b{setting}\b"));
        Assert.Equal(fault.Step is "API" or "call" ? output.ExitCode == 2 ? 2 : 4 : fault.Step == "settings" ? 2 : 3, output.ExitCode);
        if (fault.Step is not ("API" or "call") && name != "the address is http")
            Assert.Matches("^OAuth2 client '(api|machine)': ", says);
        Assert.DoesNotContain("canary", says, StringComparison.Ordinal);
    }

    // By the names that the library has for them.
    private static IEnumerable<string> NameSettings(string[] says) =>
        says.SelectMany(text => Regex.Matches(text, @"(?:OAuth2:|Clients:machine:)(\w+)|\b(Url|CaCert|Timeout|ContentType|FollowRedirects)\b")).Select(match => match.Groups[1].Success ? match.Groups[1].Value : match.Groups[2].Value);
}
