using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace OAuthClient.Tests;

internal static partial class ReadmeCode
{
    public static void ResilienceInside(IServiceCollection services, IConfiguration configuration)
    {
        // PAGE src/OAuthClient/Http/Resilience.md
        services.AddOAuth2Client("orders", configuration.GetSection("OAuth2")).AddStandardResilienceHandler();
        // END
    }

    public static void ResilienceOutside(IServiceCollection services)
    {
        // PAGE src/OAuthClient/Http/Resilience.md
        services.ConfigureHttpClientDefaults(http => http.AddStandardResilienceHandler(o =>
        {
            // No token, no call: an outage is worth another attempt, as soon as the library makes one; a refusal is not. Neither speaks against the API.
            var (retry, delay, trip) = (o.Retry.ShouldHandle, o.Retry.DelayGenerator, o.CircuitBreaker.ShouldHandle);
            o.Retry.ShouldHandle = args => args.Outcome.Exception is OAuth2TokenException failure ? new(failure.IsTransient) : retry(args);
            o.Retry.DelayGenerator = args => args.Outcome.Exception is OAuth2TokenException { RetryAfter: { } wait } ? new(wait) : delay?.Invoke(args) ?? default;
            o.CircuitBreaker.ShouldHandle = args => args.Outcome.Exception is OAuth2TokenException ? new(false) : trip(args);
        }));
        // END
    }

    public static async Task<GatewayError?> GatewayErrors(HttpClient http)
    {
        // PAGE src/OAuthClient/Http/README.md
        using var answer = await http.GetAsync("orders/42");

        // In place of EnsureSuccessStatusCode: GET https://gateway.example/orders/42 was answered 403, code 900908. The application is
        // not subscribed to the API. Subscribe it in the developer portal; ...
        await answer.EnsureApiSuccessAsync();                    // OAuth2ApiException, an HttpRequestException; its GatewayError is the next line's

        // To decide by it, such as to wait for error.RetryAfter.
        GatewayError? error = await answer.ReadGatewayErrorAsync();
        // END
        return error;
    }

    /// <summary>What stands in the tables and lists of the pages.</summary>
    public static async Task Remedies(IServiceCollection services, HttpRequestMessage request, HttpContent content)
    {
        await content.LoadIntoBufferAsync();
        request.Headers.ExpectContinue = true;
        request.SetOAuth2TokenRequest(new() { NoToken = true });
        services.AddHttpClient(OAuth2Defaults.TokenEndpointHttpClientName);
    }
}
