using System.Text.Json.Nodes;

namespace OAuthClient.Testing;

/// <summary>One token request of a grant that the test defines itself, see <see cref="OAuth2TestServerOptions.CustomGrants"/>.</summary>
public sealed class GrantContext
{
    internal GrantContext(TestClient client, string grantType, IReadOnlyDictionary<string, string> parameters)
    {
        Client = client;
        GrantType = grantType;
        Parameters = parameters;
    }

    /// <summary>The client, already authenticated.</summary>
    public TestClient Client { get; }

    /// <summary>The <c>grant_type</c> that was asked for.</summary>
    public string GrantType { get; }

    /// <summary>All form parameters of the request.</summary>
    public IReadOnlyDictionary<string, string> Parameters { get; }

    /// <summary>The user whom the token is for; <see langword="null"/>, the default, issues it for the client itself.</summary>
    public string? Username { get; set; }

    /// <summary>Whether a refresh token comes with the access token, where the client's <see cref="TestClient.GrantTypes"/> hold <c>refresh_token</c>. Default: <see langword="false"/>.</summary>
    public bool IssueRefreshToken { get; set; }

    /// <summary>Members that are added to the token response, such as <c>issued_token_type</c>.</summary>
    public JsonObject Response { get; } = [];

    internal string? Error { get; private set; }

    internal string? ErrorDescription { get; private set; }

    /// <summary>Refuses the request with 400.</summary>
    /// <param name="error">The OAuth 2.0 error, such as <c>invalid_grant</c> (RFC 6749 section 5.2).</param>
    /// <param name="errorDescription">What it means, for people.</param>
    /// <exception cref="ArgumentException"><paramref name="error"/> is empty.</exception>
    public void Refuse(string error, string errorDescription)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(error);
        Error = error;
        ErrorDescription = errorDescription;
    }
}
