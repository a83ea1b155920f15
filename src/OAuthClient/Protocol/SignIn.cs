using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Duende.IdentityModel.Client;
using Microsoft.IdentityModel.Tokens;
using Fields = Duende.IdentityModel.OidcConstants.AuthorizeRequest;
using TokenFields = Duende.IdentityModel.OidcConstants.TokenRequest;

namespace OAuthClient.Protocol;

// What a person does, or an agent as one does it, before there is anything to ask for a token with. It has a pace of its own.
internal abstract class SignIn
{
    public abstract IEnumerable<string?> Identity { get; } // What tells it from another in a token's key.

    public static SignIn? Create(ClientSettings client) => client.GrantType switch
    {
        GrantTypes.DeviceCode => new DeviceSignIn(client),
        GrantTypes.AuthorizationCode => new AgentSignIn(client),
        _ => null,
    };

    // The answer with the tokens that it ends with; or why there is none.
    public abstract ValueTask<(TokenAnswer? Answer, TokenFailure? Failure)> RunAsync(AuthorizationServer server, TokenSpec request, SteadyClock clock, bool async);

    protected static async ValueTask<(TokenAnswer? Answer, TokenFailure? Failure)> RedeemAsync(AuthorizationServer server, TokenSpec request, SteadyClock clock, bool async, params KeyValuePair<string, string>[] fields)
    {
        var sentAt = clock.Now;
        var (answer, failure) = await server.RequestTokenAsync(request, new CodeGrant(request.Client.GrantType, fields), async).ConfigureAwait(false);
        if (answer is not null)
            answer.SentAt = sentAt;
        return (answer, failure);
    }

    private sealed class CodeGrant(string grantType, KeyValuePair<string, string>[] fields) : Grant(grantType, fields);
}

// A user enters a code on another device (RFC 8628).
internal sealed class DeviceSignIn(ClientSettings client) : SignIn
{
    private const int DefaultInterval = 5;
    private const int LongestInterval = 60;

    public override IEnumerable<string?> Identity => [];

    public override async ValueTask<(TokenAnswer? Answer, TokenFailure? Failure)> RunAsync(AuthorizationServer server, TokenSpec request, SteadyClock clock, bool async)
    {
        var startedAt = clock.Now;
        var (answer, failure) = await server.AskAsync(request.Protocol, nameof(Endpoints.DeviceAuthorization), static endpoints => endpoints.DeviceAuthorization, CreateRequest, static answer => Read(answer.Json) is not null, async).ConfigureAwait(false);
        if (failure is not null)
            return (null, failure);
        var (deviceCode, userCode, uri, complete, expiresIn, interval) = Read(answer!.Json)!.Value;
        var prompt = new DeviceCodePrompt(client.Name, userCode, uri, clock.TimeProvider.GetUtcNow().AddSeconds(expiresIn)) { VerificationUriComplete = complete };
        if (client.DeviceCodeCallback is { } show)
            await show(prompt, CancellationToken.None).ConfigureAwait(false);
        else
            await Console.Error.WriteLineAsync(prompt.ToString()).ConfigureAwait(false);

        while (true)
        {
            await clock.DelayAsync(interval * 1_000L, async).ConfigureAwait(false);
            if (clock.Now >= startedAt + (expiresIn * 1_000))
                return (null, new TokenFailure($"nobody signed in before the code expired, after {expiresIn} s. Call again for a new one.") { Status = 400 });
            (answer, failure) = await RedeemAsync(server, request, clock, async, new KeyValuePair<string, string>("device_code", deviceCode)).ConfigureAwait(false);
            switch (failure)
            {
                case null:
                    return (answer, null);
                case { Error: "authorization_pending" }:
                    break;
                case { Error: "slow_down" }:
                    interval += DefaultInterval;
                    break;
                case { IsTransient: true }:
                    interval = Math.Max(interval, Math.Max(Math.Min(interval * 2, LongestInterval), (int)(failure.RetryAfter?.TotalSeconds ?? 0)));
                    break;
                default:
                    return (null, failure);
            }
        }

        ProtocolRequest CreateRequest()
        {
            var form = new Parameters();
            if (request.Scopes.Count > 0)
                form.Add(TokenFields.Scope, string.Join(' ', request.Scopes));
            return new ProtocolRequest { Parameters = form };
        }
    }

    // RFC 8628 §3.2.
    private static (string DeviceCode, string UserCode, Uri Address, Uri? Complete, long ExpiresIn, int Interval)? Read(JsonElement? json)
    {
        var (deviceCode, userCode, address) = (GetText("device_code"), GetText("user_code"), GetText("verification_uri") ?? GetText("verification_url"));
        if (deviceCode is null || userCode is null || !Uri.TryCreate(address, UriKind.Absolute, out var uri) || uri.Scheme is not ("https" or "http"))
            return null;
        var complete = Uri.TryCreate(GetText("verification_uri_complete"), UriKind.Absolute, out var whole) && whole.Scheme is "https" or "http" ? whole : null;
        return (deviceCode, SafeText.Shorten(userCode), uri, complete, Math.Clamp(GetNumber("expires_in") ?? 600, 1, 86_400), (int)Math.Clamp(GetNumber("interval") ?? DefaultInterval, 1, 3_600));

        string? GetText(string name) => json is { ValueKind: JsonValueKind.Object } answer && answer.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String or JsonValueKind.Number ? value.ValueKind == JsonValueKind.String ? SafeText.Read(value) : value.GetRawText() : null;
        long? GetNumber(string name) => double.TryParse(GetText(name), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? (long)Math.Clamp(number, 0, 1e9) : null;
    }
}

// An agent signs in at Asgardeo or Identity Server as a user does, without a browser: the authorization request, the agent's id and secret, and the code (RFC 7636).
internal sealed class AgentSignIn(ClientSettings client) : SignIn
{
    public override IEnumerable<string?> Identity => [client.AgentId, .. client.AgentSecret?.Identity ?? []];

    public override async ValueTask<(TokenAnswer? Answer, TokenFailure? Failure)> RunAsync(AuthorizationServer server, TokenSpec request, SteadyClock clock, bool async)
    {
        var verifier = Base64UrlEncoder.Encode(RandomNumberGenerator.GetBytes(32));
        var form = new Parameters
        {
            new(Fields.ClientId, client.ClientId), new(Fields.ResponseType, "code"), new("response_mode", "direct"), new(Fields.RedirectUri, client.RedirectUri!),
            new(Fields.Scope, string.Join(' ', request.Scopes)), new(Fields.CodeChallenge, Base64UrlEncoder.Encode(SHA256.HashData(Encoding.ASCII.GetBytes(verifier)))), new(Fields.CodeChallengeMethod, "S256"),
        };
        var (flow, failure) = await server.SignInAsync(request.Protocol, static endpoints => endpoints.Authorization, new FormUrlEncodedContent(form), [verifier], async).ConfigureAwait(false);
        if (failure is not null)
            return (null, failure);
        var authenticator = Find(Find(flow, "nextStep"), "authenticators") is { ValueKind: JsonValueKind.Array } list && list.GetArrayLength() > 0 ? GetText(list[0], "authenticatorId") : null;
        if (GetText(flow, "flowId") is not { } flowId || authenticator is null)
            return (null, new TokenFailure("the authorization endpoint began no login of an agent. Allow app-native authentication for the application at the authorization server.") { Status = 200 });

        var (secret, secretFailure) = await server.ReadAsync(client, client.AgentSecret!, async).ConfigureAwait(false);
        if (secret is null)
            return (null, secretFailure);
        var answers = new JsonObject { ["username"] = client.AgentId, ["password"] = secret };
        var login = new JsonObject { ["flowId"] = flowId, ["selectedAuthenticator"] = new JsonObject { ["authenticatorId"] = authenticator, ["params"] = answers } }.ToJsonString();
        (flow, failure) = await server.SignInAsync(request.Protocol, static endpoints => ProviderPreset.GetNeighbour(endpoints.Token, "authn"), new StringContent(login, Encoding.UTF8, "application/json"), [secret, verifier], async).ConfigureAwait(false);
        if (failure is not null)
            return (null, failure);
        return (GetText(flow, "code") ?? GetText(Find(flow, "authData"), "code")) is { } code
            ? await RedeemAsync(server, request, clock, async, new(TokenFields.Code, code), new(TokenFields.RedirectUri, client.RedirectUri!), new(TokenFields.CodeVerifier, verifier)).ConfigureAwait(false)
            : (null, new TokenFailure("the authorization server did not take the agent's id and secret. Check AgentId and AgentSecret, and that the agent is not locked.", "access_denied") { Status = 200 });
    }

    private static JsonElement? Find(JsonElement? parent, string name) => parent is { ValueKind: JsonValueKind.Object } answer && answer.TryGetProperty(name, out var value) ? value : null;

    private static string? GetText(JsonElement? parent, string name) => Find(parent, name) is { ValueKind: JsonValueKind.String } value ? SafeText.Read(value) : null;
}
