using System.Collections.Concurrent;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.Tokens;
using OAuthClient.Testing;
using OpenIddict.Abstractions;
using OpenIddict.Validation.AspNetCore;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace OAuthClient.OpenIddict.Tests;

/// <summary>OpenIddict's authorization server on loopback, and an API that takes its tokens: both read the specifications for themselves.</summary>
internal sealed class OpenIddictServer : IAsyncDisposable
{
    /// <summary>The application that is registered from the start, and may do all that there is.</summary>
    public const string ClientId = "orders";
    public const string ClientSecret = "orders-secret";
    public const string Username = "ann";
    public const string Password = "correct horse";

    private readonly WebApplication _app;
    private readonly ConcurrentQueue<Exchange> _exchanges = new();
    private readonly HttpClient _http = new();

    private OpenIddictServer()
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton<TimeProvider>(Clock).AddRoutingCore().AddAuthorization();
        builder.Services.AddAuthentication(OpenIddictValidationAspNetCoreDefaults.AuthenticationScheme);
        var database = Guid.NewGuid().ToString();
        builder.Services.AddDbContext<DbContext>(options => options.UseInMemoryDatabase(database).UseOpenIddict());
        builder.Services.AddOpenIddict()
            .AddCore(core => core.UseEntityFrameworkCore().UseDbContext<DbContext>().DisableBulkOperations())
            .AddServer(server =>
            {
                server.SetTokenEndpointUris("token").SetIntrospectionEndpointUris("introspect").SetRevocationEndpointUris("revoke");
                server.AllowClientCredentialsFlow().AllowPasswordFlow().AllowRefreshTokenFlow().AllowTokenExchangeFlow();
                server.RegisterScopes("orders:read", "orders:write").RegisterResources("https://orders.example/", "https://billing.example/").RegisterAudiences("billing");
                server.AddSigningKey(new ECDsaSecurityKey(ECDsa.Create(ECCurve.NamedCurves.nistP256))).DisableAccessTokenEncryption();
                server.AddEncryptionKey(new SymmetricSecurityKey(RandomNumberGenerator.GetBytes(32)));
                server.UseAspNetCore().DisableTransportSecurityRequirement();
                server.AddEventHandler<HandleTokenRequestContext>(handler => handler.UseInlineHandler(Answer));
                server.AddEventHandler<ApplyTokenResponseContext>(handler => handler.UseInlineHandler(Record));
            })
            .AddValidation(validation =>
            {
                validation.UseLocalServer();
                validation.UseAspNetCore();
                validation.EnableTokenEntryValidation();
            });
        _app = builder.Build();
        _app.UseAuthentication().UseAuthorization();
        _app.MapGet("/orders", (ClaimsPrincipal caller) => Describe(caller)).RequireAuthorization();
    }

    /// <summary>The one clock of server and API.</summary>
    public ManualTimeProvider Clock { get; } = new();

    /// <summary>All token requests so far, and how they were answered.</summary>
    public IReadOnlyList<Exchange> Exchanges => [.. _exchanges];

    /// <summary>Ends with a slash, as the issuer that the server names.</summary>
    public Uri Address => new(_app.Urls.Single() + "/");

    public static async Task<OpenIddictServer> StartAsync()
    {
        var server = new OpenIddictServer();
        await server._app.StartAsync();
        await server.RegisterAsync(
            ClientId,
            ClientSecret,
            [
                Permissions.Endpoints.Token, Permissions.Endpoints.Introspection, Permissions.Endpoints.Revocation,
                Permissions.GrantTypes.ClientCredentials, Permissions.GrantTypes.Password, Permissions.GrantTypes.RefreshToken, Permissions.GrantTypes.TokenExchange,
                Permissions.Prefixes.Scope + "orders:read", Permissions.Prefixes.Scope + "orders:write", Permissions.Prefixes.Audience + "billing",
                Permissions.Prefixes.Resource + "https://orders.example/", Permissions.Prefixes.Resource + "https://billing.example/",
            ]);
        return server;
    }

    /// <summary>Registers an application that may do what the permissions say; one without a secret is a public one.</summary>
    public Task RegisterAsync(string clientId, string? secret, params string[] permissions) => RegisterAsync(clientId, secret, key: null, permissions);

    /// <summary>The same for one that signs by a key, whose public half the server gets.</summary>
    public async Task RegisterAsync(string clientId, string? secret, ECDsa? key, params string[] permissions)
    {
        await using var scope = _app.Services.CreateAsyncScope();
        var application = new OpenIddictApplicationDescriptor { ClientId = clientId, ClientSecret = secret };
        if (key is not null)
        {
            var point = key.ExportParameters(includePrivateParameters: false).Q;
            application.JsonWebKeySet = new JsonWebKeySet { Keys = { new JsonWebKey { Kty = "EC", Crv = "P-256", X = Base64UrlEncoder.Encode(point.X), Y = Base64UrlEncoder.Encode(point.Y), KeyId = Base64UrlEncoder.Encode(new ECDsaSecurityKey(key).ComputeJwkThumbprint()) } } };
        }

        application.Permissions.UnionWith(permissions);
        await scope.ServiceProvider.GetRequiredService<IOpenIddictApplicationManager>().CreateAsync(application);
    }

    /// <summary>Asks an endpoint in the application's name, but without the client under test.</summary>
    public async Task<JsonElement> PostAsync(string path, params (string Name, string Value)[] form)
    {
        using var content = new FormUrlEncodedContent(
            form.Append(("client_id", ClientId)).Append(("client_secret", ClientSecret)).Select(field => KeyValuePair.Create(field.Item1, field.Item2)));
        using var answer = await _http.PostAsync(new Uri(Address, path), content);
        return JsonElement.Parse(await answer.Content.ReadAsStringAsync());
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _app.DisposeAsync();
    }

    private static ValueTask Answer(HandleTokenRequestContext context)
    {
        var request = context.Request;
        if (request.IsPasswordGrantType() && (request.Username, request.Password) != (Username, Password))
            context.Reject(Errors.InvalidGrant, "No such user, or another password.");
        else
            context.SignIn(context.RefreshTokenPrincipal ?? new ClaimsPrincipal(new ClaimsIdentity(nameof(OpenIddictServer))
                .SetClaim(Claims.Subject, context.SubjectTokenPrincipal?.GetClaim(Claims.Subject) ?? request.Username ?? request.ClientId)
                .SetScopes(request.GetScopes())
                .SetAudiences(request.GetAudiences())
                .SetResources(request.GetResources())));
        return default;
    }

    private static string Describe(ClaimsPrincipal caller) =>
        $"{caller.GetClaim(Claims.Subject)}; scope {string.Join(' ', caller.GetScopes().Order())}; for {string.Join(' ', caller.GetAudiences().Order())}";

    private ValueTask Record(ApplyTokenResponseContext context)
    {
        _exchanges.Enqueue(new Exchange(context.Request!, context.Response));
        return default;
    }

    internal sealed record Exchange(OpenIddictRequest Request, OpenIddictResponse Response);
}
