using System.Buffers;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace OAuthClient.Testing.Hosting;

/// <summary>Sends a small JSON document with its length.</summary>
internal static class JsonAnswer
{
    public static Task WriteAsync<T>(HttpResponse response, int statusCode, T state, Action<Utf8JsonWriter, T> write)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var writer = new Utf8JsonWriter(buffer))
            write(writer, state);
        response.StatusCode = statusCode;
        response.ContentType = "application/json";
        response.ContentLength = buffer.WrittenCount;
        return response.Body.WriteAsync(buffer.WrittenMemory, response.HttpContext.RequestAborted).AsTask();
    }

    /// <summary>Sends an object of strings; members without a value are left out.</summary>
    public static Task WriteAsync(HttpResponse response, int statusCode, params (string Name, string? Value)[] members) =>
        WriteAsync(response, statusCode, members, static (writer, members) =>
        {
            writer.WriteStartObject();
            foreach (var (name, value) in members)
            {
                if (value is not null)
                    writer.WriteString(name, value);
            }

            writer.WriteEndObject();
        });
}
