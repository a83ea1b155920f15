using System.Collections.Frozen;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using OAuthClient.Testing.Jwt;

namespace OAuthClient.Testing.AuthorizationServer.Login;

/// <summary>Where somebody signs in without a browser, at one issuer, as WSO2's servers have it: the agents of the options do.</summary>
internal sealed class AuthenticationEndpoint(OAuth2TestServerOptions options, Logins logins)
{
    private readonly FrozenDictionary<string, TestAgent> _agents = options.Agents.ToFrozenDictionary(static a => a.AgentId, StringComparer.Ordinal);

    public async Task HandleAsync(HttpContext context)
    {
        var request = await ReadAsync(context.Request).ConfigureAwait(false);
        if (Check(request, out var flow, out var username, out var password) is { } refusal)
        {
            await LoginAnswer.RefuseAsync(context.Response, OAuthError.InvalidRequest(refusal), options).ConfigureAwait(false);
            return;
        }

        if (!_agents.TryGetValue(username, out var agent) || agent.AgentSecret != password)
        {
            await LoginAnswer.PromptAsync(context.Response, flow!, failed: true).ConfigureAwait(false);
            return;
        }

        var code = logins.End(flow!, agent.AgentId);
        await (code is null ? LoginAnswer.RefuseAsync(context.Response, OAuthError.InvalidRequest("The flowId is used up."), options) : LoginAnswer.CodeAsync(context.Response, code)).ConfigureAwait(false);
    }

    private static async Task<JsonElement?> ReadAsync(HttpRequest request)
    {
        if (!request.HasJsonContentType())
            return null;
        try
        {
            using var document = await JsonDocument.ParseAsync(request.Body, default, request.HttpContext.RequestAborted).ConfigureAwait(false);
            return document.RootElement.Clone();
        }
        catch (Exception exception) when (exception is JsonException or BadHttpRequestException)
        {
            return null;
        }
    }

    /// <summary>What is wrong with the request; <see langword="null"/> when the credentials may be looked at.</summary>
    private string? Check(JsonElement? request, out LoginFlow? flow, out string username, out string password)
    {
        (flow, username, password) = (null, "", "");
        if (request is not { ValueKind: JsonValueKind.Object } body)
            return "The body is no JSON object of Content-Type application/json.";
        if (ParsedJwt.Text(body, "flowId") is not { Length: > 0 } id)
            return "The member 'flowId' is missing or no text.";
        if ((flow = logins.Find(id)) is null)
            return "The flowId is unknown, used up or expired.";
        if (!TryGetObject(body, "selectedAuthenticator", out var selected))
            return "The member 'selectedAuthenticator' is missing or no object.";
        if (ParsedJwt.Text(selected, "authenticatorId") != LoginAnswer.AuthenticatorId)
            return "The member 'authenticatorId' is none of those that were offered.";
        if (!TryGetObject(selected, "params", out var parameters))
            return "The member 'params' is missing or no object.";
        if (ParsedJwt.Text(parameters, "username") is not { Length: > 0 } name)
            return "The member 'username' is missing or no text.";
        if (ParsedJwt.Text(parameters, "password") is not { } secret)
            return "The member 'password' is missing or no text.";
        (username, password) = (name, secret);
        return null;
    }

    private static bool TryGetObject(JsonElement parent, string name, out JsonElement value) =>
        parent.TryGetProperty(name, out value) && value.ValueKind is JsonValueKind.Object;
}
