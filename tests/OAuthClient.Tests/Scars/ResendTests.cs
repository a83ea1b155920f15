using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using OAuthClient.Testing;

namespace OAuthClient.Tests.Scars;

/// <summary>A 401 is answered by at most one more attempt, and only where that can help and does no harm.</summary>
public sealed class ResendTests
{
    /// <summary>Guards against a token request for a token that has been replaced already.</summary>
    [Fact]
    public async Task Scar03_SupersededTokenIsRejected_ResentWithTheNewerOneWithoutATokenRequest()
    {
        await using var app = await TestApp.StartAsync();
        var http = app.CreateClient();
        using var warm = await http.GetAsync("orders");
        var arrived = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        app.Server.ApiBehavior.Override = async context =>
        {
            app.Server.ApiBehavior.Override = null;
            arrived.SetResult();
            await release.Task;
            context.Response.StatusCode = 401;
        };
        var pending = http.GetAsync("orders");
        await arrived.Task;
        await app.ForceTokenAsync();
        release.SetResult();

        using var response = await pending;

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(2, app.Server.TokenRequests);
    }

    /// <summary>Guards against returning a 401 that a new token cures.</summary>
    [Fact]
    public async Task Scar04_CurrentTokenIsRejected_OneTokenRequestAndOneResend()
    {
        await using var app = await TestApp.StartAsync();
        var http = app.CreateClient();
        using var first = await http.GetAsync("orders");
        app.Server.RevokeAllTokens();

        using var second = await http.GetAsync("orders");

        Assert.Equal(HttpStatusCode.OK, second.StatusCode);
        Assert.Equal(2, app.Server.TokenRequests);
        Assert.Equal(3, app.Server.ApiCalls);
    }

    /// <summary>Guards against resending without end; time passes between the attempts, so that no budget or back-off ends it instead.</summary>
    [Fact]
    public async Task Scar04_SecondTokenIsRejectedToo_Its401IsReturnedAsItIs()
    {
        await using var app = await TestApp.StartAsync();
        var attempt = 0;
        app.Server.ApiBehavior.Override = async context =>
        {
            app.Clock.Advance(TimeSpan.FromMinutes(6));
            context.Response.StatusCode = ++attempt < 5 ? 401 : 200;
            await context.Response.WriteAsync($"answer {attempt}");
        };

        using var response = await app.CreateClient().GetAsync("orders");

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Equal("answer 2", await response.Content.ReadAsStringAsync());
        Assert.Equal(2, app.Server.ApiCalls);
        Assert.Equal(2, app.Server.TokenRequests);
    }

    /// <summary>Guards against sending the very token again that was just rejected.</summary>
    [Fact]
    public async Task Scar05_TheRejectedTokenComesBack_NotResent()
    {
        await using var app = await TestApp.StartAsync(server => server.ReissueBehavior = ReissueBehavior.SameToken);
        var http = app.CreateClient();
        using var warm = await http.GetAsync("orders");
        app.Server.ApiBehavior.FailNext(1, 401);

        using var response = await http.GetAsync("orders");

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Equal(2, app.Server.ApiCalls);
        Assert.Equal(2, app.Server.TokenRequests);
    }

    /// <summary>Guards against sending half of a stream, or nothing, the second time.</summary>
    [Fact]
    public async Task Scar07_ContentThatCannotBeReplayed_IsNotSentAgain()
    {
        await using var app = await TestApp.StartAsync();
        var http = app.CreateClient();
        using var warm = await http.GetAsync("orders");
        app.Server.RevokeAllTokens();

        using var response = await http.PostAsync("orders", new StreamContent(new OneWayStream()));

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Equal(2, app.Server.ApiCalls);

        // The next call has a new token nevertheless.
        await app.Server.WaitForTokenRequestsAsync(2);
    }

    /// <summary>Guards against replaying a stream from its start where it was sent from its middle.</summary>
    [Fact]
    public async Task Scar07_ContentThatCanBeReplayed_IsTheSameBytes()
    {
        await using var app = await TestApp.StartAsync();
        var http = app.CreateClient();
        using var warm = await http.GetAsync("orders");
        app.Server.RevokeAllTokens();
        var bytes = Enumerable.Range(0, 100_000).Select(i => (byte)i).ToArray();

        using var response = await http.PostAsync("orders", new StreamContent(new MemoryStream(bytes) { Position = 77 }));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(3, app.Server.ApiCalls);
        using var echo = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        Assert.Equal(Convert.ToHexString(SHA256.HashData(bytes.AsSpan(77))), echo.RootElement.GetProperty("content_sha256").GetString(), ignoreCase: true);
    }

    /// <summary>Guards against connections that are held by answers nobody reads.</summary>
    [Fact]
    public async Task Scar07_CallIsResent_TheFirstResponseIsDisposed()
    {
        var first = new ObservedContent();
        await using var app = await TestApp.StartAsync(services: services => services
            .AddHttpClient(TestApp.ClientName)
            .AddHttpMessageHandler(() => new ReplaceContentOf401(first)));
        var http = app.CreateClient();
        using var warm = await http.GetAsync("orders");
        app.Server.RevokeAllTokens();

        using var response = await http.GetAsync("orders");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.True(first.IsDisposed);
    }

    /// <summary>Guards against token requests, and resends, for what is no matter of the token; the caller can still read why.</summary>
    [Theory]
    [InlineData(401, """{"error_message":"Invalid Credentials","code":"900902","error_description":"x"}""")]
    [InlineData(401, """{"code":900905,"message":"x","description":"x"}""")]
    [InlineData(401, """{"fault":{"code":900907,"message":"x"}}""")]
    [InlineData(401, """<ams:fault xmlns:ams="http://wso2.org/apimanager/security"><ams:code>900908</ams:code></ams:fault>""")]
    [InlineData(401, """ <fault xmlns="http://wso2.org/apimanager/security"><code>900909</code></fault>""")]
    [InlineData(401, """{"code":"900911"}""")]
    [InlineData(403, """{"code":"900901"}""")]
    [InlineData(403, """{"code":"900910"}""")]
    [InlineData(429, """{"code":"900802"}""")]
    public async Task Scar23_WhatNoTokenCures_IsLeftAloneAndItsBodyIsWhole(int status, string body)
    {
        await using var app = await TestApp.StartAsync();
        app.Server.ApiBehavior.Override = async context =>
        {
            context.Response.StatusCode = status;
            context.Response.ContentType = "text/plain";
            context.Response.Headers.WWWAuthenticate = "Bearer realm=\"Choreo Connect\", error=\"invalid_token\"";
            await context.Response.WriteAsync(body);
        };

        using var response = await app.CreateClient().GetAsync("orders");

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(body, await response.Content.ReadAsStringAsync());
        Assert.Equal(1, app.Server.ApiCalls);
        Assert.Equal(1, app.Server.TokenRequests);
    }

    private sealed class ObservedContent() : ByteArrayContent([])
    {
        public bool IsDisposed { get; private set; }

        protected override void Dispose(bool disposing)
        {
            IsDisposed = true;
            base.Dispose(disposing);
        }
    }

    private sealed class ReplaceContentOf401(HttpContent content) : DelegatingHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var response = await base.SendAsync(request, cancellationToken);
            if (response.StatusCode == HttpStatusCode.Unauthorized)
                response.Content = content;
            return response;
        }
    }
}
