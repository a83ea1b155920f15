using Azure.Core;
using Azure.Core.Pipeline;
using OAuthClient.Benchmarks.Handlers;

namespace OAuthClient.Benchmarks.Peers;

/// <summary>Azure.Core's pipeline over a transport that answers at once: with its bearer policy, with one that sets a preallocated header, and with none.</summary>
internal static class AzurePipeline
{
    public static HttpPipeline CreateWithBearerPolicy() => Create(new BearerTokenAuthenticationPolicy(new StubCredential(), "api://orders/.default"));

    public static HttpPipeline CreateFloor() => Create(new FloorPolicy());

    public static HttpPipeline CreateBare() => Create();

    public static async ValueTask SendAsync(HttpPipeline pipeline)
    {
        using var message = pipeline.CreateMessage();
        message.Request.Uri.Reset(WarmClient.Address);
        await pipeline.SendAsync(message, CancellationToken.None);
    }

    private static HttpPipeline Create(params HttpPipelinePolicy[] policies) => new(new StubTransport(), policies);

    private sealed class StubCredential : TokenCredential
    {
        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
            new(StubTokens.Create(0), DateTimeOffset.UtcNow.AddSeconds(StubTokens.LifetimeSeconds));

        public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
            new(GetToken(requestContext, cancellationToken));
    }

    private sealed class FloorPolicy : HttpPipelineSynchronousPolicy
    {
        private readonly string _text = $"Bearer {StubTokens.Create(0)}";

        public override void OnSendingRequest(HttpMessage message) => message.Request.Headers.SetValue(HttpHeader.Names.Authorization, _text);
    }
}
