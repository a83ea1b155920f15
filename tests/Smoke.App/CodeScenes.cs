using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using OAuthClient;

namespace Smoke;

/// <summary>Calls and tokens, by the clients of the configuration and by those that are set up in code.</summary>
internal sealed class CodeScenes(Servers servers, IServiceProvider services)
{
    private readonly IHttpClientFactory _factory = services.GetRequiredService<IHttpClientFactory>();
    private readonly IOAuth2TokenProvider _tokens = services.GetRequiredService<IOAuth2TokenProvider>();

    public static void Configure(Servers servers, OAuth2ClientOptions options)
    {
        servers.Configure(options);
        var secret = options.ClientSecret!;
        (options.ClientSecret, options.ClientSecretCallback) = (null, _ => new(secret));
    }

    public Task CallAsync(string client) => PostAsync(_factory.CreateClient(client), client);

    public Task CallTypedAsync() => services.GetRequiredService<OrdersClient>().OrderAsync();

    public async Task CallAloneAsync()
    {
        var seen = new Spy();
        using var http = new HttpClient(OAuth2Handler.Create(servers.Configure(new OAuth2ClientOptions()), seen)) { BaseAddress = servers.Api };
        await PostAsync(http, "alone");
        await servers.RevokeAsync(seen.Tokens[^1]);
        await PostAsync(http, "alone");
        Check(seen.Tokens.Count == 3 && seen.Tokens[^1] != seen.Tokens[0], $"{seen.Tokens.Count} calls, of which the last but one was to be rejected and sent again.");
    }

    public async Task CallAfterRejectionAsync()
    {
        var token = await _tokens.GetTokenAsync("in-code");
        await servers.RevokeAsync(token.Value);
        await CallAsync("in-code");
        Check((await _tokens.GetTokenAsync("in-code")).Value != token.Value, "The token that was rejected is still there.");
    }

    public Task CallSynchronouslyAsync()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "synchronous");
        using var response = _factory.CreateClient("in-code").Send(request);
        Check(response.StatusCode == HttpStatusCode.OK, $"The answer was {(int)response.StatusCode}.");
        return Task.CompletedTask;
    }

    public async Task CallWithOwnTokenAsync()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "own-token");
        request.SetOAuth2TokenRequest(new OAuth2TokenRequest { Scopes = ["other"], Parameters = new Dictionary<string, string> { ["custom"] = "field" } });
        using var response = await _factory.CreateClient("in-code").SendAsync(request);
        var echo = await response.Content.ReadFromJsonAsync(SmokeJson.Default.Echo);
        Check(echo is { Scope: "other" }, $"The answer was {(int)response.StatusCode} for scope '{echo?.Scope}'.");
    }

    public async Task RefreshAsync()
    {
        var token = await _tokens.GetTokenAsync("password");
        var other = await _tokens.GetTokenAsync("password", new OAuth2TokenRequest { ForceNewToken = true });
        Check(token.Value != other.Value && other.ExpiresAt > DateTimeOffset.UtcNow, $"There is no new token: {other}");
    }

    public async Task SignInAsync()
    {
        var options = servers.Configure(new OAuth2ClientOptions());
        DeviceCodePrompt? shown = null;
        (options.GrantType, options.DeviceAuthorizationEndpoint) = (GrantTypes.DeviceCode, servers.DeviceAuthorizationEndpoint);
        options.DeviceCodeCallback = (prompt, _) =>
        {
            shown = prompt;
            return default;
        };
        using var http = new HttpClient(OAuth2Handler.Create(options)) { BaseAddress = servers.Api };
        await PostAsync(http, "device");
        Check(shown is { UserCode.Length: > 0 }, "The user was shown no code.");
    }

    public async Task RevokeAsync()
    {
        var about = await _tokens.IntrospectAsync("in-code");
        Check(about.IsActive && about.ClientId == servers.ClientId, $"The token is said to be of '{about.ClientId}', active: {about.IsActive}.");
        var token = await _tokens.GetTokenAsync("in-code");
        await _tokens.InvalidateAsync("in-code");
        Check((await _tokens.GetTokenAsync("in-code")).Value != token.Value, "The token is still there that was invalidated.");
        await _tokens.RevokeAsync("in-code");
    }

    public async Task FailAsync()
    {
        var options = servers.Configure(new OAuth2ClientOptions());
        options.ClientSecret = "wrong";
        using var http = new HttpClient(OAuth2Handler.Create(options)) { BaseAddress = servers.Api };
        try
        {
            await http.GetAsync(new Uri("refused", UriKind.Relative));
        }
        catch (OAuth2TokenException exception) when (exception is { Error: "invalid_client", IsTransient: false })
        {
            return;
        }

        throw new InvalidOperationException("A wrong secret was taken.");
    }

    public static async Task MisconfigureAsync()
    {
        var configuration = new Microsoft.Extensions.Configuration.ConfigurationManager { ["TokenEndpont"] = "https://idp.example/token", ["RefreshBeforeExpiry"] = "30" };
        var other = new ServiceCollection();
        other.AddOAuth2Client("wrong", configuration);
        await using var provider = other.BuildServiceProvider();
        try
        {
            provider.GetRequiredService<IHttpClientFactory>().CreateClient("wrong").Dispose();
        }
        catch (OptionsValidationException exception) when (exception.Message.Contains("did you mean TokenEndpoint?", StringComparison.Ordinal) && exception.Message.Contains("'00:00:30'", StringComparison.Ordinal))
        {
            return;
        }

        throw new InvalidOperationException("Settings that are wrong were taken.");
    }

    /// <summary>Sends what has to arrive whole, also where it is sent again.</summary>
    public static async Task PostAsync(HttpClient http, string path)
    {
        using var content = JsonContent.Create(new Order(path, 42), SmokeJson.Default.Order);
        using var response = await http.PostAsync(new Uri(path, UriKind.Relative), content);
        var text = await response.Content.ReadAsStringAsync();
        Check(response.StatusCode == HttpStatusCode.OK && text.Contains("\"content_length\":" + (19 + path.Length), StringComparison.Ordinal), $"The answer was {(int)response.StatusCode} {text}");
    }

    public static void Check(bool holds, string otherwise)
    {
        if (!holds)
            throw new InvalidOperationException(otherwise);
    }

    private sealed class Spy() : DelegatingHandler(new SocketsHttpHandler())
    {
        public List<string> Tokens { get; } = [];

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Tokens.Add(request.Headers.Authorization!.Parameter!);
            return base.SendAsync(request, cancellationToken);
        }
    }
}

internal sealed class OrdersClient(HttpClient http)
{
    public Task OrderAsync() => CodeScenes.PostAsync(http, "typed");
}

internal sealed record Order(string Name, int Id);

internal sealed record Echo(string? Scope);

[JsonSourceGenerationOptions(PropertyNameCaseInsensitive = true)]
[JsonSerializable(typeof(Order))]
[JsonSerializable(typeof(Echo))]
internal sealed partial class SmokeJson : JsonSerializerContext;
