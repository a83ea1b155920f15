using System.Net;
using System.Net.Http.Json;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;

namespace OAuthClient.Testing.Tests;

public class HttpsTests : ServerTests
{
    protected override void Configure(OAuth2TestServerOptions options) => options.UseHttps = true;

    [Fact]
    public async Task UseHttps_TokenAndCall_WorkAsOverHttp()
    {
        var call = await Caller.CallAsync(await Caller.GetTokenAsync());

        Assert.Equal((HttpStatusCode.OK, "/api/orders"), (call.Status, call["path"]));
        Assert.Equal((1, 1), (Server.TokenRequests, Server.ApiCalls));
    }

    [Fact]
    public async Task UseHttps_EveryUri_SaysSo()
    {
        var metadata = await Caller.Http.GetFromJsonAsync<JsonElement>($"{Server.Issuer}/.well-known/openid-configuration");

        Assert.Matches("^https://127\\.0\\.0\\.1:[0-9]+/$", Server.BaseAddress.AbsoluteUri);
        Assert.All(
            [Server.TokenEndpoint, Server.Issuer, Server.RevocationEndpoint, Server.JwksUri, Server.ApiBaseAddress, new Uri(metadata.GetProperty("token_endpoint").GetString()!)],
            uri => Assert.StartsWith(Server.BaseAddress.AbsoluteUri, uri.AbsoluteUri, StringComparison.Ordinal));
    }

    [Fact]
    public async Task UseHttps_RequestOfTheApi_HasTheScheme()
    {
        await using var server = await OAuth2TestServer.StartAsync(o =>
        {
            o.UseHttps = true;
            o.Api = context => context.Response.Body.WriteAsync(Encoding.ASCII.GetBytes(context.Request.Scheme)).AsTask();
        });
        using var caller = new Caller(server);

        Assert.Equal("https", (await caller.CallAsync(server.IssueToken())).Body);
    }

    [Fact]
    public async Task UseHttps_LargeBodyBothWays_ArrivesWhole()
    {
        var content = new byte[3_000_000];
        new Random(1).NextBytes(content);
        await using var server = await OAuth2TestServer.StartAsync(o =>
        {
            o.UseHttps = true;
            o.Api = context => context.Request.Body.CopyToAsync(context.Response.Body);
        });
        using var http = new HttpClient(server.CreateHandler()) { DefaultRequestHeaders = { Authorization = new("Bearer", server.IssueToken()) } };

        using var answer = await http.PostAsync(server.ApiBaseAddress, new ByteArrayContent(content));

        Assert.Equal(content, await answer.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task UseHttps_ConnectionCut_IsCut()
    {
        Server.TokenEndpointBehavior.AbortNext();

        await Assert.ThrowsAsync<HttpRequestException>(() => Caller.GetTokenAsync());
        await Caller.GetTokenAsync();
    }

    [Fact]
    public async Task UseHttps_PlainHttp_IsNotServed()
    {
        using var http = new HttpClient();

        await Assert.ThrowsAsync<HttpRequestException>(() => http.GetAsync(new UriBuilder(Server.JwksUri) { Scheme = "http" }.Uri));
    }

    [Fact]
    public async Task UseHttps_ClientThatTrustsTheMachineAlone_RefusesTheCertificate()
    {
        using var http = new HttpClient();

        var refused = await Assert.ThrowsAsync<HttpRequestException>(() => http.GetAsync(Server.JwksUri));

        Assert.IsType<AuthenticationException>(refused.InnerException);
    }

    [Fact]
    public async Task UseHttps_ThumbprintPinned_IsTrusted()
    {
        using var handler = new HttpClientHandler
        {
            ServerCertificateCustomValidationCallback = (_, certificate, _, _) => certificate?.Thumbprint == Server.Certificate!.Thumbprint,
        };
        using var http = new HttpClient(handler);

        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(Server.JwksUri)).StatusCode);
    }

    [Fact]
    public async Task CreateHandler_OtherServer_IsNotTrusted()
    {
        await using var other = await OAuth2TestServer.StartAsync(o => o.UseHttps = true);

        await Assert.ThrowsAsync<HttpRequestException>(() => Caller.Http.GetAsync(other.JwksUri));
    }

    [Theory]
    [InlineData("localhost", true)]
    [InlineData("127.0.0.1", true)]
    [InlineData("[::1]", true)]
    [InlineData("api.example", false)]
    public async Task CreateHandler_Name_IsCheckedAgainstTheCertificate(string host, bool trusted)
    {
        using var handler = Server.CreateHandler();
        handler.ConnectCallback = async (_, cancellationToken) =>
        {
            var socket = new System.Net.Sockets.Socket(System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp);
            await socket.ConnectAsync(IPAddress.Loopback, Server.BaseAddress.Port, cancellationToken);
            return new System.Net.Sockets.NetworkStream(socket, ownsSocket: true);
        };
        using var http = new HttpClient(handler);
        var request = http.GetAsync($"https://{host}/oauth2/jwks");

        if (trusted)
            Assert.Equal(HttpStatusCode.OK, (await request).StatusCode);
        else
            Assert.IsType<AuthenticationException>((await Assert.ThrowsAsync<HttpRequestException>(() => request)).InnerException);
    }

    [Fact]
    public async Task CreateHandler_OverHttp_WorksTheSame()
    {
        await using var server = await OAuth2TestServer.StartAsync();
        using var http = new HttpClient(server.CreateHandler());

        Assert.Null(server.Certificate);
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(server.JwksUri)).StatusCode);
    }

    [Fact]
    public void Certificate_OfTheServer_IsInNoStoreOfTheUser()
    {
        foreach (var name in (StoreName[])[StoreName.My, StoreName.Root, StoreName.CertificateAuthority])
        {
            using var store = new X509Store(name, StoreLocation.CurrentUser);
            store.Open(OpenFlags.ReadOnly);
            Assert.Empty(store.Certificates.Find(X509FindType.FindByThumbprint, Server.Certificate!.Thumbprint, validOnly: false));
        }
    }

    [Fact]
    public void Certificate_AsTheRootOfAChain_IsValidForAServerNow()
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(Server.Certificate!);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.ApplicationPolicy.Add(new("1.3.6.1.5.5.7.3.1"));

        Assert.True(chain.Build(Server.Certificate!), string.Concat(chain.ChainStatus.Select(s => s.StatusInformation)));
    }

    [Fact]
    public async Task DisposeAsync_HandshakeUnderWay_IsCutOff()
    {
        var server = await OAuth2TestServer.StartAsync(o => o.UseHttps = true);
        using var silent = new System.Net.Sockets.TcpClient();
        await silent.ConnectAsync(IPAddress.Loopback, server.BaseAddress.Port);

        await server.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30));

        Assert.True(server.Certificate!.Handle == IntPtr.Zero, "The certificate outlives its server.");
    }
}
