using System.Net.Http.Headers;
using System.Text;
using Microsoft.Extensions.Configuration;
using OAuthClient;

namespace Smoke;

/// <summary>Where the servers are, and the client that is set up in code.</summary>
internal sealed class Servers(IConfigurationSection section)
{
    public Uri TokenEndpoint => new(Read("TokenEndpoint"));

    public Uri RevocationEndpoint => new(Read("RevocationEndpoint"));

    public Uri IntrospectionEndpoint => new(Read("IntrospectionEndpoint"));

    public Uri DeviceAuthorizationEndpoint => new(Read("DeviceAuthorizationEndpoint"));

    public Uri Api => new(Read("Api"));

    public string Redis => Read("Redis");

    public string ClientId => Read("ClientId");

    public string ClientSecret => Read("ClientSecret");

    public OAuth2ClientOptions Configure(OAuth2ClientOptions options)
    {
        (options.TokenEndpoint, options.RevocationEndpoint, options.IntrospectionEndpoint, options.BaseAddress) = (TokenEndpoint, RevocationEndpoint, IntrospectionEndpoint, Api);
        (options.ClientId, options.ClientSecret) = (ClientId, ClientSecret);
        return options;
    }

    /// <summary>What an administrator does: the library is not told.</summary>
    public async Task RevokeAsync(string token)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, RevocationEndpoint) { Content = new FormUrlEncodedContent([new("token", token)]) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{ClientId}:{ClientSecret}")));
        using var response = await http.SendAsync(request);
        response.EnsureSuccessStatusCode();
    }

    private string Read(string key) => section[key] ?? throw new InvalidOperationException($"{section.Path}:{key} is not set; Smoke.Server writes it.");
}
