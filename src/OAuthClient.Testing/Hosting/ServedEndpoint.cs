using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using OAuthClient.Testing.Faults;
using OAuthClient.Testing.Recording;

namespace OAuthClient.Testing.Hosting;

/// <summary>One endpoint: counts and records each request, lets its faults have their way, and else handles it.</summary>
internal sealed class ServedEndpoint(RequestDelegate handler, Func<HttpContext, int, Task> usualError, EndpointBehavior behavior, Traffic traffic)
{
    public EndpointBehavior Behavior => behavior;

    public async Task RunAsync(HttpContext context)
    {
        // The pause begins before the request is counted: whoever waits for the count may then advance the clock.
        // So is the fault taken where there is no pause: the next request must not get what was meant for this one.
        var pause = behavior.Pause(context.RequestAborted);
        var isPaused = !pause.IsCompleted;
        var fault = isPaused ? null : behavior.TakeFault();
        var record = traffic.Enter(context);
        try
        {
            await pause.ConfigureAwait(false);
            if (isPaused)
                fault = behavior.TakeFault();
            await (fault is null ? handler(context) : ApplyAsync(fault, context, record)).ConfigureAwait(false);
        }
        finally
        {
            traffic.Leave();
        }
    }

    private async Task ApplyAsync(Fault fault, HttpContext context, RecordedRequest? record)
    {
        switch (fault.Kind)
        {
            case FaultKind.Hang:
                await behavior.HangAsync(fault, context.RequestAborted).ConfigureAwait(false);
                await handler(context).ConfigureAwait(false);
                break;
            case FaultKind.Abort:
                record?.Cut();
                context.Abort();
                break;
            case FaultKind.LoseResponse:
                context.Features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(Stream.Null));
                try
                {
                    await handler(context).ConfigureAwait(false);
                }
                finally
                {
                    record?.Cut();
                    context.Abort();
                }

                break;
            default:
                await fault.Respond!(context, usualError).ConfigureAwait(false);
                break;
        }
    }
}
