using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using OAuthClient.Testing.Hosting;

namespace OAuthClient.Testing.AuthorizationServer.Login;

/// <summary>The answers of WSO2's logins without a browser.</summary>
internal static class LoginAnswer
{
    public static string AuthenticatorId { get; } = WebEncoders.Base64UrlEncode(Encoding.ASCII.GetBytes("BasicAuthenticator:LOCAL"));

    public static Task PromptAsync(HttpResponse response, LoginFlow flow, bool failed) => WriteAsync(response, (flow, failed), static (writer, state) =>
    {
        var (flow, failed) = state;
        writer.WriteString("flowId", flow.Id);
        writer.WriteString("flowStatus", failed ? "FAIL_INCOMPLETE" : "INCOMPLETE");
        writer.WriteStartObject("nextStep");
        writer.WriteString("stepType", "AUTHENTICATOR_PROMPT");
        writer.WriteStartArray("authenticators");
        writer.WriteStartObject();
        writer.WriteString("authenticatorId", AuthenticatorId);
        writer.WriteString("authenticator", "Username & Password");
        writer.WriteString("idp", "LOCAL");
        writer.WriteEndObject();
        writer.WriteEndArray();
        if (failed)
        {
            writer.WriteStartArray("messages");
            writer.WriteStartObject();
            writer.WriteString("type", "ERROR");
            writer.WriteString("messageId", "msg_login_fail");
            writer.WriteString("message", "The username or the password is wrong.");
            writer.WriteEndObject();
            writer.WriteEndArray();
        }

        writer.WriteEndObject();
    });

    public static Task CodeAsync(HttpResponse response, AuthorizationCode code) => WriteAsync(response, code, static (writer, code) =>
    {
        writer.WriteString("code", code.Value);
        writer.WriteStartObject("authData");
        writer.WriteString("code", code.Value);
        if (code.Login.State is { } state)
            writer.WriteString("state", state);
        writer.WriteEndObject();
        writer.WriteString("flowStatus", "SUCCESS_COMPLETED");
    });

    public static Task RefuseAsync(HttpResponse response, OAuthError error, OAuth2TestServerOptions options)
    {
        if (error.Check is { } check)
            options.FailedChecks.Add(check);
        return JsonAnswer.WriteAsync(response, 400, ("code", "ABA-60002"), ("message", error.Error), ("description", error.Description));
    }

    private static Task WriteAsync<T>(HttpResponse response, T state, Action<Utf8JsonWriter, T> write)
    {
        response.Headers.CacheControl = "no-store";
        return JsonAnswer.WriteAsync(response, 200, (state, write), static (writer, answer) =>
        {
            writer.WriteStartObject();
            answer.write(writer, answer.state);
            writer.WriteEndObject();
        });
    }
}
