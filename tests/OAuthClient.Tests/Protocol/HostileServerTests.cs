using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace OAuthClient.Tests.Protocol;

/// <summary>Token endpoints that mean harm, or are broken as if they did: every call ends within its time-out and with little memory.</summary>
public sealed class HostileServerTests
{
    private const int Patience = 30_000;

    [Fact(Timeout = Patience)]
    public async Task TokenEndpoint_ThatStreamsWithoutEnd_IsCutOff()
    {
        var meter = new ReadMeter();
        await using var app = await TestApp.StartAsync(services: services =>
            services.AddHttpClient(OAuth2Defaults.TokenEndpointHttpClientName).AddHttpMessageHandler(() => meter));
        app.Server.TokenEndpointBehavior.Override = async context =>
        {
            // Not quite endless: a client without a limit must fail this test, not fill the memory.
            var chunk = new byte[64 * 1024];
            chunk.AsSpan().Fill((byte)'[');
            for (var i = 0; i < 1_000 && !context.RequestAborted.IsCancellationRequested; i++)
                await context.Response.Body.WriteAsync(chunk, context.RequestAborted);
        };

        var exception = await Assert.ThrowsAsync<OAuth2TokenException>(() => app.CreateClient().GetAsync("orders"));

        Assert.Equal($"OAuth2 client 'orders': {app.Server.TokenEndpoint} answered with more than 1024 KiB. Check that it is the right address.", exception.Message);
        Assert.True(exception.IsTransient);
        Assert.InRange(meter.BytesRead, 1024 * 1024, 1088 * 1024);
        Assert.Equal(0, app.Server.ApiCalls);
    }

    [Fact(Timeout = Patience)]
    public async Task TokenEndpoint_ThatDripsAByteASecond_IsGivenUpWhenItsTimeIsOver()
    {
        await using var app = await TestApp.StartAsync();
        using var drops = new SemaphoreSlim(0);
        using var fallen = new SemaphoreSlim(0);
        var aborted = new TaskCompletionSource();
        app.Server.TokenEndpointBehavior.Override = async context =>
        {
            using var abort = context.RequestAborted.Register(aborted.SetResult);
            while (true)
            {
                await context.Response.WriteAsync("{", context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted);
                fallen.Release();
                await drops.WaitAsync(context.RequestAborted);
            }
        };

        var call = app.CreateClient().GetAsync("orders");
        for (var second = 0; second < 29; second++)
        {
            await fallen.WaitAsync();
            app.Clock.Advance(TimeSpan.FromSeconds(1));
            drops.Release();
        }

        await fallen.WaitAsync();
        Assert.False(call.IsCompleted);
        app.Clock.Advance(TimeSpan.FromSeconds(1));

        var exception = await Assert.ThrowsAsync<OAuth2TokenException>(() => call);
        Assert.Contains("gave no answer within 00:00:30", exception.Message, StringComparison.Ordinal);
        await aborted.Task;
        Assert.Equal(0, app.Server.ApiCalls);
    }

    public static TheoryData<string, string, string> WholeAnswers => new()
    {
        { "a page", "<html><body>Sign in</body></html>", "That is no JSON" },
        { "a million arrays", "{\"access_token\":\"a\",\"x\":" + new string('[', 1_000_000), "That is no JSON" },
        { "a million objects, as far as they are read", Deepen("{\"a\":", 200_000), "That is no JSON" },
        { "a million members", "{\"access_token\":1" + Deepen(",\"m\":0", 170_000) + "}", "but not as a string" },
        { "a token of a million line feeds", "{\"access_token\":\"" + Deepen("\\n", 500_000) + "\"}", "The answer holds no usable access_token" },
        { "a scope for every byte", "{\"token_type\":\"Bearer\",\"scope\":[" + Deepen("\"\",", 300_000) + "\"\"]}", "The answer holds no usable access_token" },
        { "a number of a million digits", "{\"expires_in\":" + new string('9', 1_000_000) + "}", "The answer holds no usable access_token" },
    };

    [Theory(Timeout = Patience)]
    [MemberData(nameof(WholeAnswers))]
    public async Task TokenEndpoint_ThatAnswers200With_IsRefusedInASentence(string what, string body, string sentence)
    {
        await using var app = await TestApp.StartAsync();
        app.Server.TokenEndpointBehavior.Override = context => context.Response.WriteAsync(body);

        var exception = await Assert.ThrowsAsync<OAuth2TokenException>(() => app.CreateClient().GetAsync("orders"));

        Assert.True(exception.Message.Contains(sentence, StringComparison.Ordinal), $"{what}: {exception.Message}");
        Assert.InRange(exception.Message.Length, 1, 1_000);
        Assert.Equal(0, app.Server.ApiCalls);
    }

    // Exceptions of .NET quote the line that they could not read.
    [Theory(Timeout = Patience)]
    [InlineData("no header line", "HTTP/1.1 200 OK\r\n{0}\r\n\r\n")]
    [InlineData("no header name", "HTTP/1.1 200 OK\r\n{0} : 1\r\n\r\n")]
    [InlineData("no chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{0}\r\n\r\n")]
    [InlineData("no chunk extension", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1 {0}\r\n\r\n")]
    [InlineData("no answer", "{0}\r\n\r\n")]
    public async Task TokenEndpoint_ThatEchoesWhatItWasSentInBrokenHttp_IsToldOfWithoutIt(string what, string answer)
    {
        const string Secret = "zebra+canary";
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var address = new Uri($"http://{listener.LocalEndpoint}/token");
        await using var app = await TestApp.StartAsync(client: client =>
            (client.TokenEndpoint, client.ClientSecret, client.ClientAuthenticationMethod) = (address, Secret, ClientAuthenticationMethod.ClientSecretPost));

        var call = Assert.ThrowsAsync<OAuth2TokenException>(() => app.CreateClient().GetAsync("orders"));
        using var connection = await listener.AcceptTcpClientAsync();
        using var reader = new StreamReader(connection.GetStream());
        while (await reader.ReadLineAsync() is { Length: > 0 })
        {
        }

        await connection.GetStream().WriteAsync(Encoding.ASCII.GetBytes(answer.Replace("{0}", $"client_secret={Secret}", StringComparison.Ordinal)));
        connection.Client.Shutdown(SocketShutdown.Send);
        var exception = await call;

        Assert.True(exception.Message == $"OAuth2 client 'orders': {address} answered with something that is no HTTP. Check TokenEndpoint, and what listens there.", $"{what}: {exception.Message}");
        Assert.Null(exception.InnerException);
        Assert.True(exception.IsTransient);
        Assert.All(app.Log.Entries, entry => Assert.DoesNotContain(Secret, entry.Message, StringComparison.Ordinal));
    }

    private static string Deepen(string text, int times) => string.Concat(Enumerable.Repeat(text, times));

    /// <summary>Counts what is read of an answer.</summary>
    private sealed class ReadMeter : DelegatingHandler
    {
        public int BytesRead { get; private set; }

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var response = await base.SendAsync(request, cancellationToken);
            response.Content = new StreamContent(new MeteredStream(this, await response.Content.ReadAsStreamAsync(cancellationToken)));
            return response;
        }

        private sealed class MeteredStream(ReadMeter meter, Stream inner) : MemoryStream
        {
            public override bool CanSeek => false;

            public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
            {
                var read = await inner.ReadAsync(buffer, cancellationToken);
                meter.BytesRead += read;
                return read;
            }

            protected override void Dispose(bool disposing)
            {
                inner.Dispose();
                base.Dispose(disposing);
            }
        }
    }
}
