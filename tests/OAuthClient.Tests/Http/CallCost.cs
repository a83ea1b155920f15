using System.Net;

namespace OAuthClient.Tests.Http;

/// <summary>What a call allocates whose answer is there at once.</summary>
internal static class CallCost
{
    private const int Calls = 1_000;

    /// <summary>Bytes a call, for calls of those addresses one after another.</summary>
    public static long Measure(HttpMessageInvoker invoker, Func<Uri> address)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < Calls; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, address());
            var call = invoker.SendAsync(request, CancellationToken.None);
            Assert.True(call.IsCompletedSuccessfully);
        }

        return (GC.GetAllocatedBytesForCurrentThread() - before) / Calls;
    }

    internal sealed class Answer : HttpMessageHandler
    {
        private readonly Task<HttpResponseMessage> _response = Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK));

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => _response;
    }
}
