using System.Net.Http.Headers;
using Microsoft.Identity.Client;

namespace OAuthClient.Benchmarks.Peers;

/// <summary>MSAL.NET as its documentation has it: the client is asked for each call's token, and keeps it in its own cache in memory.</summary>
internal sealed class MsalHandler : DelegatingHandler, IMsalHttpClientFactory
{
    private static readonly string[] _scopes = ["api://orders/.default"];

    private readonly HttpClient _tokenEndpoint;
    private readonly IConfidentialClientApplication _client;

    public MsalHandler(HttpMessageHandler tokenEndpoint)
    {
        _tokenEndpoint = new HttpClient(tokenEndpoint);
        _client = ConfidentialClientApplicationBuilder.Create("11111111-1111-1111-1111-111111111111")
            .WithClientSecret("secret")
            .WithAuthority("https://login.microsoftonline.com/22222222-2222-2222-2222-222222222222")
            .WithInstanceDiscovery(false)
            .WithHttpClientFactory(this)
            .Build();
    }

    public HttpClient GetHttpClient() => _tokenEndpoint;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var result = await _client.AcquireTokenForClient(_scopes).ExecuteAsync(cancellationToken).ConfigureAwait(false);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", result.AccessToken);
        return await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _tokenEndpoint.Dispose();
        base.Dispose(disposing);
    }
}
