using System.Net;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace OAuthClient.Tests.Canaries;

/// <summary>
/// A server that repeats what it was sent, or what it issues, in each place of an answer that a message could show: header, form and
/// their values, as they are and encoded in every usual way.
/// </summary>
internal static class EchoScenarios
{
    private static readonly string[] _public = ["grant_type", "client_id", "username", "scope"];

    private static readonly Func<string, string>[] _encodings =
    [
        text => text,
        Uri.EscapeDataString,
        WebUtility.UrlEncode,
        text => Uri.EscapeDataString(text).Replace("%20", "+", StringComparison.Ordinal),
        text => Uri.EscapeDataString(text).ToLowerInvariant(),
        WebUtility.HtmlEncode,
        text => JsonEncodedText.Encode(text).ToString(),
        text => JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).ToString(),
    ];

    public static Task RefusedClient_InTheDescription(Stage stage) => EchoAsync(stage, 401, echo => new() { ["error"] = "invalid_client", ["error_description"] = echo });

    public static Task RefusedPassword_InTheDescription(Stage stage) => EchoAsync(stage, 400, echo => new() { ["error"] = "invalid_grant", ["error_description"] = echo });

    public static Task Refused_InTheError(Stage stage) => EchoAsync(stage, 400, echo => new() { ["error"] = echo });

    public static Task Refused_InTheMembersThatProxiesSend(Stage stage) => EchoAsync(stage, 400, echo => new() { ["code"] = echo, ["description"] = $"no: {echo}" });

    public static Task OutOfOrder_InTheDescription(Stage stage) => EchoAsync(stage, 500, echo => new() { ["error_description"] = echo });

    public static Task TokenThatIsNone_InTheDescription(Stage stage) => EchoAsync(stage, 200, echo => new() { ["access_token"] = $"\u0001{echo}", ["error_description"] = echo });

    public static Task TokenType(Stage stage) => EchoAsync(stage, 200, echo => new() { ["access_token"] = "token", ["token_type"] = echo });

    public static Task ScopesOfATokenThatIsRefused(Stage stage) => EchoAsync(stage, 200, echo => new() { ["access_token"] = "token", ["scope"] = echo }, requireAllScopes: true);

    public static async Task ScopesOfATokenThatIsTaken(Stage stage)
    {
        var token = stage.Watch(Stage.TokenName, Canary.Next());
        foreach (var echo in new[] { stage.Secret, token, stage.Assertion, stage.Password })
        {
            Answer(stage, 200, _ => new JsonObject { ["access_token"] = token, ["scope"] = echo });
            var app = stage.StartAnother(options => options.Scopes.Add("orders:read"));
            Assert.Equal(token, (await app.GetTokenAsync()).Value);
            Assert.Equal(1, app.Log.Count(Microsoft.Extensions.Logging.LogLevel.Warning, "was not granted"));

            // What the server calls the token's scope is data for the token's owner, who gets it as it is.
            await app.Tokens.InvalidateAsync(TestApp.ClientName);
        }
    }

    public static async Task PageOfAProxy(Stage stage)
    {
        foreach (var status in new[] { 200, 401, 404, 500 })
        {
            stage.Server.TokenEndpointBehavior.Override = async context =>
            {
                var (sent, _) = await ReadAsync(context.Request);
                context.Response.StatusCode = status;
                context.Response.ContentType = "text/html";
                await context.Response.WriteAsync($"<html>{string.Join("<br>", sent)} access_token={stage.Watch(Stage.TokenName, Canary.Next())}</html>");
            };
            await stage.FailAsync($"answered {status}");
            Rest(stage);
        }
    }

    public static async Task IssuedTokens_BesideAnError(Stage stage)
    {
        var (token, refreshToken) = (stage.Watch(Stage.TokenName, Canary.Next()), stage.Watch("refresh token", Canary.Next()));
        Answer(stage, 400, _ => new JsonObject { ["access_token"] = token, ["refresh_token"] = refreshToken, ["error"] = $"{refreshToken} {token}", ["error_description"] = $"{token} {refreshToken}" });
        await stage.FailAsync("answered 400");
    }

    /// <summary>Has everything that was sent echoed, one thing at a time, since a description is shortened.</summary>
    private static async Task EchoAsync(Stage stage, int status, Func<string, JsonObject> answer, bool requireAllScopes = false)
    {
        var app = stage.StartAnother(options =>
        {
            options.RequireAllScopes = requireAllScopes;
            if (requireAllScopes)
                options.Scopes.Add("orders:read");
        });
        var count = 1;
        for (var i = 0; i < count; i++)
        {
            var turn = i;
            stage.Server.TokenEndpointBehavior.Override = async context =>
            {
                var (sent, values) = await ReadAsync(context.Request);
                string[] echoes = [.. sent, .. values.SelectMany(value => _encodings.Select(encode => encode(value)))];
                count = echoes.Length;
                await WriteAsync(context, status, answer(echoes[turn]));
            };
            await stage.FailAsync<OAuth2TokenException>(() => app.GetTokenAsync());
            Rest(stage);
        }

        Assert.True(count > 20, $"Only {count} things were echoed.");
        Assert.True(stage.Server.TokenRequests >= count);
    }

    // Long enough for all that is remembered of failures to be forgotten.
    private static void Rest(Stage stage) => stage.App.Clock.Advance(TimeSpan.FromDays(2));

    private static void Answer(Stage stage, int status, Func<HttpContext, JsonObject> answer) =>
        stage.Server.TokenEndpointBehavior.Override = context => WriteAsync(context, status, answer(context));

    private static Task WriteAsync(HttpContext context, int status, JsonObject answer)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsync(answer.ToJsonString());
    }

    /// <summary>What was sent, as it came; and the secrets in it, decoded.</summary>
    private static async Task<(List<string> Sent, List<string> Values)> ReadAsync(HttpRequest request)
    {
        using var reader = new StreamReader(request.Body);
        var body = await reader.ReadToEndAsync();
        var fields = body.Split('&');
        var sent = new List<string>(fields) { body };
        var values = fields.Select(field => field.Split('=')).Where(field => !_public.Contains(field[0])).Select(field => WebUtility.UrlDecode(field[1])).ToList();
        if (request.Headers.Authorization.ToString() is { Length: > 0 } header)
        {
            var credentials = Encoding.UTF8.GetString(Convert.FromBase64String(header["Basic ".Length..]));
            sent.AddRange([header, header["Basic ".Length..], Uri.EscapeDataString(header), credentials]);
            values.Add(WebUtility.UrlDecode(credentials.Split(':', 2)[1]));
        }

        return (sent, values);
    }
}
