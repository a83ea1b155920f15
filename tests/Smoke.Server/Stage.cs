using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Garnet;
using OAuthClient.Testing;

namespace Smoke.Server;

/// <summary>The servers that a program is started against, and the folder that it is started in.</summary>
internal sealed class Stage : IAsyncDisposable
{
    private const string InCode = "in-code";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("smoke-");
    private readonly ConfiguredClients _clients;
    private readonly GarnetServer _redis;

    private Stage(ConfiguredClients clients, int port)
    {
        _clients = clients;
        _redis = new GarnetServer(["--bind", "127.0.0.1", "--port", $"{port}", "--memory", "64m", "--index", "1m", "-q"]);
        _redis.Start();
    }

    /// <summary>The server that most clients are at.</summary>
    public OAuth2TestServer Main { get; private set; } = null!;

    /// <summary>One with https, where clients have certificates.</summary>
    public OAuth2TestServer Tls { get; private set; } = null!;

    /// <summary>One whose API wants all that an API may want beside a token.</summary>
    public OAuth2TestServer Gateway { get; private set; } = null!;

    public string Folder => _folder.FullName;

    public Dictionary<string, string> Environment { get; } = [];

    public int Calls => Main.ApiCalls + Tls.ApiCalls + Gateway.ApiCalls;

    public static async Task<Stage> StartAsync()
    {
        using var socket = new TcpListener(IPAddress.Loopback, 0);
        socket.Start();
        var port = ((IPEndPoint)socket.LocalEndpoint).Port;
        socket.Stop();

        var clients = new ConfiguredClients();
        var secret = RandomNumberGenerator.GetHexString(32);
        var stage = new Stage(clients, port);
        stage.Main = await OAuth2TestServer.StartAsync(options =>
        {
            options.Clients.Add(new TestClient(InCode, secret) { GrantTypes = { ConfiguredClients.DeviceCode } });
            clients.ConfigureMain(options);
        });
        stage.Tls = await OAuth2TestServer.StartAsync(clients.ConfigureTls);
        stage.Gateway = await OAuth2TestServer.StartAsync(ConfiguredClients.ConfigureGateway);
        clients.Write(stage);

        var settings = new JsonObject
        {
            ["Servers"] = new JsonObject
            {
                ["TokenEndpoint"] = stage.Main.TokenEndpoint.AbsoluteUri,
                ["RevocationEndpoint"] = stage.Main.RevocationEndpoint.AbsoluteUri,
                ["IntrospectionEndpoint"] = stage.Main.IntrospectionEndpoint.AbsoluteUri,
                ["DeviceAuthorizationEndpoint"] = stage.Main.DeviceAuthorizationEndpoint.AbsoluteUri,
                ["Api"] = stage.Main.ApiBaseAddress.AbsoluteUri,
                ["Redis"] = $"127.0.0.1:{port}",
                ["ClientId"] = InCode,
                ["ClientSecret"] = secret,
            },
            ["Clients"] = clients.Settings,
        };
        stage.Write("appsettings.json", settings.ToJsonString());
        return stage;
    }

    public void Write(string file, string text) => File.WriteAllText(Path.Combine(Folder, file), text);

    /// <summary>Enters each code that a program shows its user.</summary>
    public async Task ApproveDevicesAsync()
    {
        for (var requests = 1; ; requests++)
        {
            await Main.WaitForCompletedDeviceRequestsAsync(requests);
            foreach (var code in Main.PendingUserCodes)
                Main.ApproveDevice(code, OAuth2TestServer.DefaultUsername);
        }
    }

    /// <summary>What the program should have done otherwise.</summary>
    public IEnumerable<string> FindMistakes()
    {
        foreach (var check in ((OAuth2TestServer[])[Main, Tls, Gateway]).SelectMany(server => server.FailedChecks).Where(check => check != "dpop.nonce"))
            yield return $"A request did not pass {check}.";
        foreach (var (client, _) in _clients.Settings)
        {
            var calls = ((OAuth2TestServer[])[Main, Tls, Gateway]).SelectMany(server => server.RecordedApiCalls).Where(call => call.Path == $"/api/{client}").ToArray();
            if (calls is not [.., { StatusCode: 200 }])
                yield return $"The call of '{client}' was answered [{string.Join(' ', calls.Select(call => call.StatusCode))}].";
            if (client.StartsWith("dpop", StringComparison.Ordinal) && !calls.All(call => call.Headers["Authorization"].StartsWith("DPoP ", StringComparison.Ordinal)))
                yield return $"A call of '{client}' had no token that is bound to a key.";
        }

        if (!Main.RecordedTokenRequests.Any(request => request.Form["grant_type"] == "refresh_token"))
            yield return "No refresh token was used.";

        // Two tokens by an administrator, one by the program, and at its end that of the client with RevokeOnShutdown.
        if (Main.RevocationRequests != 4)
            yield return $"4 tokens were to be revoked, and {Main.RevocationRequests} were.";
    }

    public async ValueTask DisposeAsync()
    {
        await Main.DisposeAsync();
        await Tls.DisposeAsync();
        await Gateway.DisposeAsync();
        _redis.Dispose();
        _folder.Delete(recursive: true);
    }
}
