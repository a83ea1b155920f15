using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using OAuthClient.Testing.AuthorizationServer;
using OAuthClient.Testing.Hosting;

namespace OAuthClient.Testing.Gateway;

/// <summary>The API that is there when the test brings none: says what came in and for whom, or redirects.</summary>
internal static class EchoApi
{
    private static readonly string _hashOfNothing = Hex(SHA256.HashData([]));

    public static async Task HandleAsync(HttpContext context, IssuedToken token)
    {
        if (context.Request.Path == "/api/redirect")
        {
            await RedirectAsync(context).ConfigureAwait(false);
            return;
        }

        var (length, hash) = await ReadBodyAsync(context).ConfigureAwait(false);
        await JsonAnswer.WriteAsync(context.Response, 200, (context.Request, token, length, hash), static (writer, echo) =>
        {
            var (request, token, length, hash) = echo;
            writer.WriteStartObject();
            writer.WriteString("method", request.Method);
            writer.WriteString("path", request.Path.Value);
            writer.WriteString("query", request.QueryString.Value);
            writer.WriteString("client_id", token.Authorization.Client.ClientId);
            writer.WriteString("user", token.Authorization.Username);
            writer.WriteString("scope", token.Scope);
            writer.WriteString("token_id", token.Id);
            writer.WriteNumber("content_length", length);
            writer.WriteString("content_sha256", hash);
            writer.WriteEndObject();
        }).ConfigureAwait(false);
    }

    private static Task RedirectAsync(HttpContext context)
    {
        var (to, status) = (context.Request.Query["to"].ToString(), context.Request.Query["status"].ToString());
        var statusCode = 302;
        if (to.Length is 0 || (status.Length > 0 && !(int.TryParse(status, NumberStyles.None, CultureInfo.InvariantCulture, out statusCode) && statusCode is 301 or 302 or 303 or 307 or 308)))
            return JsonAnswer.WriteAsync(context.Response, 400, ("message", "Call /api/redirect?to=<uri>&status=<301, 302, 303, 307 or 308>."));
        context.Response.StatusCode = statusCode;
        context.Response.Headers.Location = to;
        return Task.CompletedTask;
    }

    private static async ValueTask<(long Length, string Sha256)> ReadBodyAsync(HttpContext context)
    {
        if (context.Request.ContentLength is 0 or null && context.Request.Headers.TransferEncoding.Count is 0)
            return (0, _hashOfNothing);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = ArrayPool<byte>.Shared.Rent(16 * 1024);
        try
        {
            long length = 0;
            while (await context.Request.Body.ReadAsync(buffer, context.RequestAborted).ConfigureAwait(false) is var count and > 0)
            {
                hash.AppendData(buffer, 0, count);
                length += count;
            }

            return (length, Hex(hash.GetHashAndReset()));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static string Hex(byte[] bytes) => Convert.ToHexString(bytes).ToLowerInvariant();
}
