using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.WebUtilities;

namespace OAuthClient.Testing.AuthorizationServer.Login;

/// <summary>The logins that are under way at one issuer, and the codes of those that are over.</summary>
internal sealed class Logins(TestIssuer issuer, OAuth2TestServerOptions options, TokenStore tokens)
{
    private const int SweepFrom = 1000;

    /// <summary>For each of the two; RFC 6749 section 4.1.2 has ten minutes as the most for a code.</summary>
    private static readonly TimeSpan _lifetime = TimeSpan.FromMinutes(5);

    private readonly TimeProvider _timeProvider = options.TimeProvider;
    private readonly object _gate = new();
    private readonly Dictionary<string, LoginFlow> _flows = new(StringComparer.Ordinal);
    private readonly Dictionary<string, AuthorizationCode> _codes = new(StringComparer.Ordinal);

    public LoginFlow Begin(TestClient client, string redirectUri, IReadOnlyList<string> scopes, string codeChallenge, string? state)
    {
        lock (_gate)
        {
            var now = _timeProvider.GetUtcNow();
            if (_flows.Count + _codes.Count >= SweepFrom)
            {
                foreach (var old in _flows.Values.Where(f => f.ExpiresAt <= now).ToArray())
                    _flows.Remove(old.Id);
                foreach (var old in _codes.Values.Where(c => c.ExpiresAt <= now).ToArray())
                    _codes.Remove(old.Value);
            }

            var flow = new LoginFlow(Guid.NewGuid().ToString(), client, redirectUri, scopes, codeChallenge, state, now + _lifetime);
            return _flows[flow.Id] = flow;
        }
    }

    public LoginFlow? Find(string id)
    {
        lock (_gate)
            return _flows.GetValueOrDefault(id) is { } flow && flow.ExpiresAt > _timeProvider.GetUtcNow() ? flow : null;
    }

    /// <summary>Ends a login with a code; <see langword="null"/> when another request has ended it.</summary>
    public AuthorizationCode? End(LoginFlow flow, string agentId)
    {
        lock (_gate)
        {
            if (!_flows.Remove(flow.Id))
                return null;
            var code = new AuthorizationCode(WebEncoders.Base64UrlEncode(RandomNumberGenerator.GetBytes(24)), flow, agentId, _timeProvider.GetUtcNow() + _lifetime);
            return _codes[code.Value] = code;
        }
    }

    /// <summary>Trades a code (RFC 6749 section 4.1.3, RFC 7636 section 4.6). One that is refused for what came with it stays good.</summary>
    public OAuthError? Redeem(string value, TestClient client, string redirectUri, string verifier, out AuthorizationCode? code)
    {
        lock (_gate)
        {
            if (!_codes.TryGetValue(value, out code) || code.Login.Client != client)
                return OAuthError.InvalidGrant("The code is unknown.");
            if (code.Authorization is { } authorization)
            {
                // Two hold this code, and one of them has no right to it (RFC 6749 section 4.1.2).
                tokens.Revoke(authorization);
                return OAuthError.InvalidGrant("The code has been used before; all tokens that came of it are revoked.");
            }

            if (code.ExpiresAt <= _timeProvider.GetUtcNow())
                return OAuthError.InvalidGrant("The code has expired.");
            if (redirectUri != code.Login.RedirectUri)
                return OAuthError.InvalidGrant("The redirect_uri is not the one of the authorization request.");
            if (WebEncoders.Base64UrlEncode(SHA256.HashData(Encoding.ASCII.GetBytes(verifier))) != code.Login.CodeChallenge)
                return OAuthError.InvalidGrant("The code_verifier is not the one that the code_challenge was made of.");
            code.Authorization = new Authorization(issuer, client, null, code.AgentId) { Claims = { ["aut"] = "AGENT" } };
            return null;
        }
    }
}
