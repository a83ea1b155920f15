using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using OAuthClient;

namespace Guides.Tests;

// PAGE src/OAuthClient/Moving.md
internal sealed class TokenHandler(IHttpClientFactory http, IConfiguration settings) : DelegatingHandler
{
    private string? _token;
    private DateTimeOffset _expires;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (DateTimeOffset.UtcNow >= _expires)
        {
            using var form = new FormUrlEncodedContent(new Dictionary<string, string> { ["grant_type"] = "client_credentials", ["client_id"] = settings["ClientId"]!, ["client_secret"] = settings["ClientSecret"]! });
            using var answer = await http.CreateClient("tokens").PostAsync(settings["TokenEndpoint"], form, cancellationToken);
            var token = await answer.Content.ReadFromJsonAsync<JsonElement>(cancellationToken);
            _token = token.GetProperty("access_token").GetString();
            _expires = DateTimeOffset.UtcNow.AddSeconds(token.GetProperty("expires_in").GetInt32() - 60);
        }

        request.Headers.Authorization = new("Bearer", _token);
        return await base.SendAsync(request, cancellationToken);
    }
}
// END

// PAGE src/OAuthClient/Moving.md
internal sealed class TokensFromElsewhere(Func<CancellationToken, Task<(string Value, DateTimeOffset ExpiresAt)>> getToken) : HttpMessageHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var (value, expiresAt) = await getToken(cancellationToken);
        return new() { Content = JsonContent.Create(new { access_token = value, expires_in = (int)(expiresAt - DateTimeOffset.UtcNow).TotalSeconds }) };
    }
}
// END

internal static class OwnCode
{
    public static void Replace(IServiceCollection services, IConfiguration settings)
    {
        // PAGE src/OAuthClient/Moving.md
        services.AddOAuth2Client("orders", o =>
        {
            o.TokenEndpoint = new Uri(settings["TokenEndpoint"]!);
            o.ClientId = settings["ClientId"];
            o.ClientSecret = settings["ClientSecret"];
            o.ClientAuthenticationMethod = ClientAuthenticationMethod.ClientSecretPost;
            o.BaseAddress = new Uri(settings["BaseAddress"]!);
        });
        // END
    }

    public static void BringTokensIn(IServiceCollection services, Func<CancellationToken, Task<(string Value, DateTimeOffset ExpiresAt)>> getToken)
    {
        // PAGE src/OAuthClient/Moving.md
        services.AddHttpClient(OAuth2Defaults.TokenEndpointHttpClientName).ConfigurePrimaryHttpMessageHandler(() => new TokensFromElsewhere(getToken));
        // END
    }
}
