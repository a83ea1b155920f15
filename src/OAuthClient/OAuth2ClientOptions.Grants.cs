using System.Diagnostics;

namespace OAuthClient;

/// <content>What grants are made of that exchange one thing for a token.</content>
public sealed partial class OAuth2ClientOptions
{
    /// <summary>
    /// Takes each refresh token that the server issues, before its callers go on, for the program to store: one that rotates is of no use to the next start
    /// otherwise. Ends with <see cref="TokenRequestTimeout"/>; what it throws is logged and fails no call. Default: none. A token store keeps refresh tokens by
    /// itself. Not bound from configuration.
    /// </summary>
    public Func<OAuth2RefreshToken, CancellationToken, ValueTask>? RefreshTokenCallback { get; set; }

    /// <summary>The token that is exchanged (RFC 8693 §2.1), or switched to another organization. One of the four that begin so is needed for these grants, unless each call brings its own.</summary>
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public string? SubjectToken { get; set; }

    /// <summary>A file that holds the subject token; read again for every token request.</summary>
    public string? SubjectTokenFile { get; set; }

    /// <summary>A callback that returns the subject token, called for every token request. Not bound from configuration.</summary>
    public Func<CancellationToken, ValueTask<string>>? SubjectTokenCallback { get; set; }

    /// <summary>The name of another registered client, whose token is the subject token.</summary>
    public string? SubjectTokenClient { get; set; }

    /// <summary>The type of the subject token (RFC 8693 §3). Default: <c>urn:ietf:params:oauth:token-type:access_token</c>.</summary>
    public string SubjectTokenType { get; set; } = "urn:ietf:params:oauth:token-type:access_token";

    /// <summary>The token of who acts for the subject (RFC 8693 §2.1). Default: none.</summary>
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public string? ActorToken { get; set; }

    /// <summary>A file that holds the actor token; read again for every token request.</summary>
    public string? ActorTokenFile { get; set; }

    /// <summary>A callback that returns the actor token, called for every token request. Not bound from configuration.</summary>
    public Func<CancellationToken, ValueTask<string>>? ActorTokenCallback { get; set; }

    /// <summary>The name of another registered client, whose token is the actor token.</summary>
    public string? ActorTokenClient { get; set; }

    /// <summary>The type of the actor token (RFC 8693 §3). Default: <c>urn:ietf:params:oauth:token-type:access_token</c>.</summary>
    public string ActorTokenType { get; set; } = "urn:ietf:params:oauth:token-type:access_token";

    /// <summary>The type of token to ask for (RFC 8693 §2.1). Default: none, which leaves it to the server.</summary>
    public string? RequestedTokenType { get; set; }

    /// <summary>The assertion that is exchanged for a token: a JWT (RFC 7523 §2.1), or a SAML assertion in base64url (RFC 7522 §2.1). One of the four that begin so is needed for these grants, unless each call brings its own.</summary>
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public string? Assertion { get; set; }

    /// <summary>A file that holds the assertion; read again for every token request.</summary>
    public string? AssertionFile { get; set; }

    /// <summary>A callback that returns the assertion, called for every token request. Not bound from configuration.</summary>
    public Func<CancellationToken, ValueTask<string>>? AssertionCallback { get; set; }

    /// <summary>The name of another registered client, whose token is the assertion.</summary>
    public string? AssertionClient { get; set; }

    /// <summary>The organization that <see cref="GrantTypes.OrganizationSwitch"/> switches to, by its id.</summary>
    public string? SwitchingOrganization { get; set; }

    /// <summary>Where a device asks for the code that a user enters elsewhere (RFC 8628 §3.1). Default: the provider's, or the issuer's.</summary>
    public Uri? DeviceAuthorizationEndpoint { get; set; }

    /// <summary>Shows a user the code to enter, for <see cref="GrantTypes.DeviceCode"/>. Default: a line on the console's error stream. Not bound from configuration.</summary>
    public Func<DeviceCodePrompt, CancellationToken, ValueTask>? DeviceCodeCallback { get; set; }

    /// <summary>The id of the agent that signs in, for <see cref="GrantTypes.AuthorizationCode"/>.</summary>
    public string? AgentId { get; set; }

    /// <summary>The agent's secret.</summary>
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public string? AgentSecret { get; set; }

    /// <summary>A file that holds the agent's secret; read again for every sign-in.</summary>
    public string? AgentSecretFile { get; set; }

    /// <summary>The redirect URI that the application is registered with; nothing is redirected there.</summary>
    public string? RedirectUri { get; set; }
}
