
namespace Microsoft.Extensions.ServiceDiscovery.Fake;

/// <summary>Resolves logical addresses to one that the test may change. Its namespace is what a service discovery is known by.</summary>
internal sealed class FakeResolver(Func<Uri> resolve) : DelegatingHandler
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (Origin.IsLogical(request.RequestUri!))
            request.RequestUri = new Uri(resolve(), request.RequestUri!.PathAndQuery);
        return base.SendAsync(request, cancellationToken);
    }
}
