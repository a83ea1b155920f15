using System.Net;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using OAuthClient.Testing;

namespace OAuthClient.Tests.Tokens;

/// <summary>A rotating server's newest refresh token is the one that is used, however it came and however long ago.</summary>
public sealed class RotatedRefreshTokenTests
{
    private static readonly TimeSpan _life = TimeSpan.FromHours(1);

    private readonly List<string?> _issued = [];
    private Action<JsonObject>? _change;

    [Fact]
    public async Task Refresh_WhoseAccessTokenIsMalformed_UsesTheRefreshTokenThatCameAlongNextTime()
    {
        await using var app = await StartSignedInAsync();
        await using var client = app.StartAnother(UseRefreshToken(_issued[0]!));
        _change = response => response["access_token"] = "at ";
        var exception = await Assert.ThrowsAsync<OAuth2TokenException>(() => client.GetTokenAsync());

        _change = null;
        app.Clock.Advance(TimeSpan.FromMinutes(1));
        await client.GetTokenAsync();

        Assert.Contains("holds no usable access_token", exception.Message, StringComparison.Ordinal);
        Assert.Equal(_issued.Take(2), RefreshTokensSent(app));
    }

    [Fact]
    public async Task Get_WithARefreshTokenOfTheCallsOwnAfterMoreThanAnHour_GoesOnWithTheRotatedOne()
    {
        await using var app = await StartSignedInAsync();
        await using var client = app.StartAnother(UseRefreshToken("never-used"));
        await client.Tokens.GetTokenAsync(TestApp.ClientName, Bring(_issued[0]!));
        var source = FindSource(client, _issued[0]!);
        Assert.True(source.IsAlive);

        app.Clock.Advance(TimeSpan.FromMinutes(70));
        await TestApp.UntilAsync(() =>
        {
            FindSource(client, _issued[0]!);
            GC.Collect();
            return !source.IsAlive;
        });
        await client.Tokens.GetTokenAsync(TestApp.ClientName, Bring(_issued[0]!));

        Assert.Equal(_issued.Take(2), RefreshTokensSent(app));
    }

    // A proxy that answers in the server's place says nothing of whether the server rotates.
    [Fact]
    public async Task Refresh_AfterOneThatAProxyRefused_IsNotSentAgainWhereItsAnswerIsLost()
    {
        await using var app = await StartSignedInAsync();
        app.Clock.Advance(_life);
        app.Server.TokenEndpointBehavior.FailNext(1, 403, "<html>Blocked</html>", "text/html");
        _change = response => response.Remove("refresh_token");
        await app.GetTokenAsync();
        _change = null;

        app.Clock.Advance(_life);
        app.Server.TokenEndpointBehavior.LoseNextResponses();
        var exception = await Assert.ThrowsAsync<OAuth2TokenException>(() => app.GetTokenAsync());
        app.Clock.Advance(TimeSpan.FromSeconds(1));
        await app.GetTokenAsync();

        Assert.True(exception.IsTransient);
        Assert.Equal(
            ["password", "(unread)", "password", "refresh_token", "password"],
            app.Server.RecordedTokenRequests.Select(request => request.Form.GetValueOrDefault("grant_type", "(unread)")));
    }

    /// <summary>Starts an application that has got a refresh token by a password, from a server that rotates them.</summary>
    private async Task<TestApp> StartSignedInAsync()
    {
        var app = await TestApp.StartAsync(
            server =>
            {
                server.RotateRefreshTokens = true;
                server.ConfigureTokenResponse = response =>
                {
                    _issued.Add(response["refresh_token"]?.GetValue<string>());
                    _change?.Invoke(response);
                };
            },
            client => (client.GrantType, client.Username, client.Password) = (GrantTypes.Password, OAuth2TestServer.DefaultUsername, OAuth2TestServer.DefaultPassword));
        await app.GetTokenAsync();
        return app;
    }

    private static IEnumerable<string> RefreshTokensSent(TestApp app) =>
        app.Server.RecordedTokenRequests.Where(request => request.Form.GetValueOrDefault("grant_type") == "refresh_token").Select(request => request.Form["refresh_token"]);

    // Not inlined, since a debugger's view of a caller's variables would keep what is found.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference FindSource(TestApp app, string refreshToken)
    {
        var client = app.Services.GetRequiredService<OAuth2Clients>().Get(TestApp.ClientName);
        return new WeakReference(client.State.FindSource(Bring(refreshToken), client.Clock.Now));
    }

    private static OAuth2TokenRequest Bring(string refreshToken) => new() { Parameters = new Dictionary<string, string> { ["refresh_token"] = refreshToken } };

    private static Action<OAuth2ClientOptions> UseRefreshToken(string refreshToken) => client =>
    {
        client.GrantType = GrantTypes.RefreshToken;
        client.Parameters["refresh_token"] = refreshToken;
    };
}
