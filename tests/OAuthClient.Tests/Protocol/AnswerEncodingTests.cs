using System.Text;
using Microsoft.Extensions.DependencyInjection;
using OAuthClient.Testing;

namespace OAuthClient.Tests.Protocol;

/// <summary>An answer's bytes are what counts: nothing is mended, and nothing is believed that is said of them.</summary>
public sealed class AnswerEncodingTests
{
    private static readonly byte[] _broken = [.. "{\"access_token\":\"new\",\"refresh_token\":\"r"u8, 0xc3, 0x28, .. "\"}"u8];

    [Fact]
    public async Task Bytes_ThatAreNoUtf8_AreNoAnswer()
    {
        await using var app = await TestApp.StartAsync();
        Answer(app, _broken, "application/json");

        var exception = await Assert.ThrowsAsync<OAuth2TokenException>(() => app.GetTokenAsync());

        Assert.Contains("answered 200. That is no JSON", exception.Message, StringComparison.Ordinal);
    }

    /// <summary>A reader that puts U+FFFD in the place of what it cannot read would send a refresh token that nobody issued.</summary>
    [Fact]
    public async Task Bytes_ThatAreNoUtf8_ReplaceNoRefreshToken()
    {
        await using var app = await TestApp.StartAsync(client: client =>
        {
            client.GrantType = GrantTypes.RefreshToken;
            client.Parameters["refresh_token"] = "mine";
        });
        Answer(app, _broken, "application/json");
        await Assert.ThrowsAsync<OAuth2TokenException>(() => app.GetTokenAsync());
        app.Server.TokenEndpointBehavior.Override = null;
        app.Clock.Advance(TimeSpan.FromMinutes(10));

        await Assert.ThrowsAsync<OAuth2TokenException>(() => app.GetTokenAsync());

        Assert.Equal("mine", app.Server.RecordedTokenRequests[1].Form["refresh_token"]);
    }

    [Theory]
    [InlineData("r\ufffdr")]
    [InlineData("r\\ufffdr")]
    public async Task ReplacementCharacter_ThatTheServerSent_IsKept(string refreshToken)
    {
        await using var app = await TestApp.StartAsync(server => server.Users.Add(new TestUser("alice", "pw")), client =>
        {
            client.GrantType = GrantTypes.Password;
            client.Username = "alice";
            client.Password = "pw";
        });
        Answer(app, Encoding.UTF8.GetBytes($$"""{"access_token":"a","refresh_token":"{{refreshToken}}","expires_in":60}"""), "application/json");
        await app.GetTokenAsync();
        app.Server.TokenEndpointBehavior.Override = null;
        app.Clock.Advance(TimeSpan.FromMinutes(2));

        await app.GetTokenAsync();

        Assert.Equal("r\ufffdr", app.Server.RecordedTokenRequests[1].Form["refresh_token"]);
    }

    [Theory]
    [InlineData("application/json; charset=klingon")]
    [InlineData("application/json; charset=utf-16")]
    [InlineData("application/json; charset=\"\"")]
    [InlineData("text/html; charset=iso-8859-1")]
    [InlineData(null)]
    public async Task Charset_WhateverItIs_IsNotBelieved(string? contentType)
    {
        await using var app = await TestApp.StartAsync();
        Answer(app, """{"access_token":"a","scope":"grün"}"""u8.ToArray(), contentType);

        var token = await app.GetTokenAsync();

        Assert.Equal(("a", "grün"), (token.Value, token.Scope));
    }

    [Theory]
    [InlineData(16 * 1024 * 1024, 1024 * 1024 + 1, false)]
    [InlineData(16, 1024, true)]
    public async Task Limit_ThatTheUserSetsOnTheHttpClient_ChangesNothing(long limit, int length, bool isTaken)
    {
        await using var app = await TestApp.StartAsync(services: services =>
            services.AddHttpClient(OAuth2Defaults.TokenEndpointHttpClientName).ConfigureHttpClient(http => http.MaxResponseContentBufferSize = limit));
        Answer(app, Encoding.UTF8.GetBytes("""{"access_token":"a"}""".PadRight(length)), "application/json");

        var exception = await Record.ExceptionAsync(() => app.GetTokenAsync());

        Assert.Equal(isTaken, exception is null);
        if (!isTaken)
            Assert.Contains("answered with more than 1024 KiB", exception!.Message, StringComparison.Ordinal);
    }

    private static void Answer(TestApp app, byte[] body, string? contentType) => app.Server.TokenEndpointBehavior.Override = async context =>
    {
        context.Response.ContentType = contentType;
        await context.Response.Body.WriteAsync(body);
    };
}
