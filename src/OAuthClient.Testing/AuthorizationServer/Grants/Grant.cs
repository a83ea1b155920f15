using System.Text.Json.Nodes;

namespace OAuthClient.Testing.AuthorizationServer.Grants;

/// <summary>What a request is granted.</summary>
internal sealed record Grant(Authorization Authorization)
{
    /// <summary>The scopes, where they were settled before; else those of the request are looked at.</summary>
    public IReadOnlyList<string>? Scopes { get; init; }

    /// <summary>Whether a refresh token comes with it, where the client may use one.</summary>
    public bool WithRefreshToken { get; init; }

    /// <summary>Further members of the response.</summary>
    public JsonObject Response { get; init; } = [];
}
