using System.Net;
using Microsoft.AspNetCore.Http;

namespace OAuthClient.Tests.TokenEndpoint;

/// <summary>Token endpoints that mean harm, or are broken as if they did: every call ends within its time-out and with little memory.</summary>
public sealed class HostileServerTests
{
    private const int Patience = 30_000;

    /// <summary>What the sockets between client and server may hold beyond the mebibyte that is read.</summary>
    private const int LimitAndBuffers = 8 * 1024 * 1024;

    [Fact(Timeout = Patience)]
    public async Task TokenEndpoint_ThatStreamsWithoutEnd_IsCutOff()
    {
        await using var app = await TestApp.StartAsync();
        var sent = 0L;
        var ended = new TaskCompletionSource();
        app.Server.TokenEndpointBehavior.Override = async context =>
        {
            var chunk = new byte[64 * 1024];
            chunk.AsSpan().Fill((byte)'[');
            try
            {
                while (sent < 100 * LimitAndBuffers)
                {
                    await context.Response.Body.WriteAsync(chunk, context.RequestAborted);
                    sent += chunk.Length;
                }
            }
            finally
            {
                ended.SetResult();
            }
        };

        var exception = await Assert.ThrowsAsync<OAuth2TokenException>(() => app.CreateClient().GetAsync("orders"));
        await ended.Task;

        Assert.Contains("answered with more than 1024 KiB", exception.Message, StringComparison.Ordinal);
        Assert.InRange(sent, 0, LimitAndBuffers);
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

    [Fact(Timeout = Patience)]
    public async Task TokenEndpoint_ThatRedirects_IsNotFollowed()
    {
        await using var app = await TestApp.StartAsync();
        await using var elsewhere = await Testing.OAuth2TestServer.StartAsync();
        app.Server.TokenEndpointBehavior.Override = context =>
        {
            context.Response.StatusCode = (int)HttpStatusCode.TemporaryRedirect;
            context.Response.Headers.Location = elsewhere.TokenEndpoint.AbsoluteUri;
            return Task.CompletedTask;
        };

        var exception = await Assert.ThrowsAsync<OAuth2TokenException>(() => app.GetTokenAsync());

        Assert.Contains("Redirects of a token endpoint are not followed", exception.Message, StringComparison.Ordinal);
        Assert.Equal(0, elsewhere.TokenRequests);
    }

    private static string Deepen(string text, int times) => string.Concat(Enumerable.Repeat(text, times));
}
