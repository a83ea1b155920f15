using System.Net;

namespace OAuthClient.Testing.Tests.AuthorizationServer;

public class PasswordGrantTests : ServerTests
{
    private const string Right = Caller.PasswordGrant + "&scope=read";
    private const string Wrong = "grant_type=password&username=alice&password=wrong";

    private TestUser Alice => Server.Options.Users[0];

    [Fact]
    public async Task Password_Right_TokenIsTheUsersAndComesWithRefreshToken()
    {
        var answer = await Caller.TokenAsync(Right);
        var call = await Caller.CallAsync(answer["access_token"]);

        Assert.NotNull(answer["refresh_token"]);
        Assert.Equal(("alice", "test-client", "read"), (call["user"], call["client_id"], call["scope"]));
    }

    [Fact]
    public async Task Password_ClientMayNotRefresh_ComesWithoutRefreshToken()
    {
        Server.Options.Clients[0].GrantTypes.Remove("refresh_token");

        var answer = await Caller.TokenAsync(Right);

        Assert.Equal((HttpStatusCode.OK, null), (answer.Status, answer["refresh_token"]));
    }

    [Theory]
    [InlineData("alice", "wrong")]
    [InlineData("mallory", "alice-password")]
    [InlineData("alice", "")]
    public async Task Password_Wrong_IsInvalidGrant(string username, string password)
    {
        var answer = await Caller.TokenAsync($"grant_type=password&username={username}&password={password}");

        Assert.Equal((HttpStatusCode.BadRequest, "invalid_grant"), (answer.Status, answer["error"]));
    }

    [Theory]
    [InlineData("grant_type=password&username=alice")]
    [InlineData("grant_type=password&password=alice-password")]
    public async Task Password_ParameterMissing_IsInvalidRequest(string form) => Assert.Equal("invalid_request", (await Caller.TokenAsync(form))["error"]);

    [Fact]
    public async Task Password_WrongFiveTimes_LocksTheAccountUntilUnlocked()
    {
        for (var i = 0; i < 5; i++)
        {
            Assert.False(Alice.IsLocked);
            await Caller.TokenAsync(Wrong);
        }

        var locked = await Caller.TokenAsync(Right);
        Assert.True(Alice.IsLocked);
        Assert.Equal((HttpStatusCode.BadRequest, "invalid_grant"), (locked.Status, locked["error"]));
        Assert.StartsWith("17003", locked["error_description"], StringComparison.Ordinal);

        Alice.Unlock();
        Assert.Equal(HttpStatusCode.OK, (await Caller.TokenAsync(Right)).Status);
    }

    [Fact]
    public async Task Password_RightInBetween_StartsCountingAnew()
    {
        Alice.WrongPasswordsUntilLocked = 2;

        foreach (var form in (string[])[Wrong, Right, Wrong])
            await Caller.TokenAsync(form);

        Assert.Equal((1, false), (Alice.WrongPasswords, Alice.IsLocked));
    }

    [Fact]
    public async Task Password_NoLimit_NeverLocks()
    {
        Alice.WrongPasswordsUntilLocked = 0;

        for (var i = 0; i < 10; i++)
            await Caller.TokenAsync(Wrong);

        Assert.Equal(HttpStatusCode.OK, (await Caller.TokenAsync(Right)).Status);
    }
}
