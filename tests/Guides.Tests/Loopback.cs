using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OAuthClient;
using OAuthClient.Testing;

namespace Guides.Tests;

/// <summary>An authorization server with an API, and a program that has it in its settings.</summary>
internal static class Loopback
{
    public const string Client = "orders";

    /// <summary>How long a test may be stuck before it fails.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>A program's builder with the settings of the client, and what else is given.</summary>
    public static HostApplicationBuilder CreateBuilder(OAuth2TestServer server, params (string Key, string? Value)[] settings)
    {
        var builder = Host.CreateApplicationBuilder();
        Configure(builder.Configuration, server, settings);
        return builder;
    }

    public static WebApplicationBuilder CreateWebBuilder(OAuth2TestServer server, params (string Key, string? Value)[] settings)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        Configure(builder.Configuration, server, settings);
        return builder;
    }

    /// <summary>Starts an API that takes calls with a bearer token alone, and tells which header they had.</summary>
    public static async Task<WebApplication> StartApiAsync(Action<IServiceCollection> services, Action<WebApplication> map, List<string> headers, HttpProtocols protocols = HttpProtocols.Http1)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0").ConfigureKestrel(kestrel => kestrel.ConfigureEndpointDefaults(endpoint => endpoint.Protocols = protocols));
        services(builder.Services);
        var app = builder.Build();
        app.Use(next => async context =>
        {
            var header = context.Request.Headers.Authorization.ToString();
            lock (headers)
                headers.Add(header);
            if (header.StartsWith("Bearer ", StringComparison.Ordinal))
                await next(context);
            else
                context.Response.StatusCode = StatusCodes.Status401Unauthorized;
        });
        map(app);
        await app.StartAsync();
        return app;
    }

    /// <summary>Whether all calls brought the token that the program has.</summary>
    public static async Task AssertAllBroughtTheToken(IServiceProvider services, List<string> headers)
    {
        var token = await services.GetRequiredService<IOAuth2TokenProvider>().GetTokenAsync(Client);
        Assert.NotEmpty(headers);
        Assert.All(headers, header => Assert.Equal($"Bearer {token.Value}", header));
    }

    private static void Configure(ConfigurationManager configuration, OAuth2TestServer server, (string Key, string? Value)[] settings)
    {
        configuration["OAuth2:TokenEndpoint"] = server.TokenEndpoint.OriginalString;
        configuration["OAuth2:ClientId"] = OAuth2TestServer.DefaultClientId;
        configuration["OAuth2:ClientSecret"] = OAuth2TestServer.DefaultClientSecret;
        configuration["OAuth2:BaseAddress"] = server.ApiBaseAddress.OriginalString;
        foreach (var (key, value) in settings)
            configuration[key] = value;
    }
}
