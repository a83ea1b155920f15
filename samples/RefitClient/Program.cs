using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OAuthClient.Testing;
using Refit;

// An API as an interface, made by Refit, with a token on each of its calls:
//   dotnet run --project samples/RefitClient -- --OAuth2:TokenEndpoint=... --OAuth2:ClientId=... --OAuth2:BaseAddress=...
// with the secret in the environment as OAuth2__ClientSecret. Without a TokenEndpoint a server is started here.
var builder = Host.CreateApplicationBuilder(args);
builder.Logging.SetMinimumLevel(LogLevel.Warning);
await using var server = await StartServerAsync(builder.Configuration, needed: builder.Configuration["OAuth2:TokenEndpoint"] is null);

builder.Services.AddOAuth2Client("orders", builder.Configuration.GetSection("OAuth2"));
builder.Services.AddRefitGeneratedClient<IOrders>().ConfigureHttpClient(http => http.BaseAddress = new Uri(builder.Configuration["OAuth2:BaseAddress"]!)).AddOAuth2Handler("orders");
using var host = builder.Build();

var orders = host.Services.GetRequiredService<IOrders>();
Console.WriteLine(await orders.FindAsync(42));
Console.WriteLine(await orders.PlaceAsync(new Order("coffee", 2)));

static async Task<OAuth2TestServer?> StartServerAsync(IConfigurationBuilder configuration, bool needed)
{
    if (!needed)
        return null;
    var server = await OAuth2TestServer.StartAsync();
    configuration.AddInMemoryCollection([
        new("OAuth2:TokenEndpoint", $"{server.TokenEndpoint}"), new("OAuth2:BaseAddress", $"{server.ApiBaseAddress}"),
        new("OAuth2:ClientId", OAuth2TestServer.DefaultClientId), new("OAuth2:ClientSecret", OAuth2TestServer.DefaultClientSecret)]);
    return server;
}

/// <summary>What the API can do.</summary>
public interface IOrders
{
    [Get("/orders/{id}")]
    Task<string> FindAsync(int id);

    /// <summary>Its content is kept in memory, so that the call can be sent again where the API rejects the token.</summary>
    [Post("/orders")]
    Task<string> PlaceAsync([Body(buffered: true)] Order order);
}

public sealed record Order(string Item, int Count);
