using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;

namespace OAuthClient.Testing.Tests;

/// <summary>Speaks to a server as a program would, without any client library.</summary>
internal sealed class Caller(OAuth2TestServer server, X509Certificate2? certificate = null) : IDisposable
{
    /// <summary>The form in which the default user signs in.</summary>
    public const string PasswordGrant = "grant_type=password&username=alice&password=alice-password";

    public HttpClient Http { get; } = new(Handler(server, certificate)) { Timeout = TimeSpan.FromSeconds(30) };

    public static AuthenticationHeaderValue Basic(string id, string secret) =>
        new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{id}:{secret}")));

    /// <summary>POSTs a form with the default client's Basic credentials, or those given.</summary>
    public Task<Answer> PostAsync(Uri endpoint, string form, AuthenticationHeaderValue? credentials) => SendAsync(new HttpRequestMessage(HttpMethod.Post, endpoint)
    {
        Content = new StringContent(form, Encoding.UTF8, "application/x-www-form-urlencoded"),
        Headers = { Authorization = credentials },
    });

    public Task<Answer> TokenAsync(string form) => TokenAsync(form, Basic(server.Options.Clients[0].ClientId, server.Options.Clients[0].ClientSecret ?? ""));

    public Task<Answer> TokenAsync(string form, AuthenticationHeaderValue? credentials) => PostAsync(server.TokenEndpoint, form, credentials);

    public async Task<string> GetTokenAsync(string form = "grant_type=client_credentials")
    {
        var answer = await TokenAsync(form);
        Assert.Equal(HttpStatusCode.OK, answer.Status);
        return answer["access_token"]!;
    }

    public Task<Answer> CallAsync(string? token, string path = "orders") => SendAsync(new HttpRequestMessage(HttpMethod.Get, new Uri(server.ApiBaseAddress, path))
    {
        Headers = { Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token) },
    });

    public async Task<Answer> SendAsync(HttpRequestMessage request)
    {
        using (request)
        using (var response = await Http.SendAsync(request))
            return await Answer.ReadAsync(response);
    }

    /// <summary>Sends what no HttpClient would and reads all that comes back; the request has to end the connection.</summary>
    public async Task<string> SendRawAsync(string request)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(server.BaseAddress.Host, server.BaseAddress.Port);
        await using var stream = socket.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request));
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync();
    }

    public void Dispose() => Http.Dispose();

    private static SocketsHttpHandler Handler(OAuth2TestServer server, X509Certificate2? certificate)
    {
        var handler = server.CreateHandler();
        (handler.AllowAutoRedirect, handler.UseCookies) = (false, false);
        if (certificate is not null)
            handler.SslOptions.ClientCertificates = [certificate];
        return handler;
    }
}

/// <summary>A response, read to its end.</summary>
internal sealed record Answer(HttpStatusCode Status, HttpResponseHeaders Headers, MediaTypeHeaderValue? ContentType, string Body)
{
    /// <summary>A member of the JSON body as text; <see langword="null"/> if it is not there.</summary>
    public string? this[string member] => JsonDocument.Parse(Body).RootElement.TryGetProperty(member, out var value) ? value.ToString() : null;

    public string Challenge => Headers.WwwAuthenticate.ToString();

    public static async Task<Answer> ReadAsync(HttpResponseMessage response) =>
        new(response.StatusCode, response.Headers, response.Content.Headers.ContentType, await response.Content.ReadAsStringAsync());
}
