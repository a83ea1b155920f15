using System.Text;
using Microsoft.AspNetCore.Http;

namespace OAuthClient.Testing.Faults;

internal enum FaultKind
{
    Answer,
    Hang,
    Abort,
    LoseResponse,
}

/// <summary>What happens to one request instead of being answered as usual.</summary>
internal sealed class Fault
{
    public static readonly Fault Hang = new() { Kind = FaultKind.Hang };
    public static readonly Fault Abort = new() { Kind = FaultKind.Abort };
    public static readonly Fault LoseResponse = new() { Kind = FaultKind.LoseResponse };

    public FaultKind Kind { get; private init; }

    /// <summary>What ends the wait of the one request that hangs on it.</summary>
    public TaskCompletionSource? Release { get; private init; }

    /// <summary>What answers; given a fallback that writes the endpoint's usual error body.</summary>
    public Func<HttpContext, Func<HttpContext, int, Task>, Task>? Respond { get; private init; }

    public static Fault Hanging() => new() { Kind = FaultKind.Hang, Release = new(TaskCreationOptions.RunContinuationsAsynchronously) };

    public static Fault Overridden(RequestDelegate answer) => new() { Kind = FaultKind.Answer, Respond = (context, _) => answer(context) };

    public static Fault Answer(int statusCode, string? body, string? contentType, string? retryAfter)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(statusCode, 200);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(statusCode, 599);
        var bytes = body is null ? null : Encoding.UTF8.GetBytes(body);
        return new Fault
        {
            Kind = FaultKind.Answer,
            Respond = async (context, usual) =>
            {
                var response = context.Response;
                if (retryAfter is not null)
                    response.Headers.RetryAfter = retryAfter;
                response.StatusCode = statusCode;
                if (statusCode is 204 or 205 or 304) // Has no body (RFC 9110 section 6.4.1).
                    return;
                if (bytes is null)
                {
                    await usual(context, statusCode).ConfigureAwait(false);
                    return;
                }

                response.ContentType = contentType ?? "application/json"; // An empty one is not sent.
                response.ContentLength = bytes.Length;
                await response.Body.WriteAsync(bytes, context.RequestAborted).ConfigureAwait(false);
            },
        };
    }
}
