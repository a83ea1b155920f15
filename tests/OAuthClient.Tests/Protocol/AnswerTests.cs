using Microsoft.Extensions.Logging;

namespace OAuthClient.Tests.Protocol;

/// <summary>What is taken for a token answer, and what of one is shown.</summary>
public sealed class AnswerTests
{
    [Theory]
    [InlineData(200)]
    [InlineData(201)]
    [InlineData(202)]
    [InlineData(203)]
    [InlineData(226)]
    public async Task Success_WithAToken_IsAToken(int status)
    {
        await using var app = await TestApp.StartAsync();
        app.Server.TokenEndpointBehavior.FailNext(1, status, """{"access_token":"a","token_type":"Bearer"}""");

        Assert.Equal("a", (await app.GetTokenAsync()).Value);
    }

    [Theory]
    [InlineData("Bearer ")]
    [InlineData(" bearer")]
    [InlineData("BearerToken")]
    [InlineData("bearer_token")]
    [InlineData("Bearer Token")]
    [InlineData(" ")]
    public async Task TokenType_OtherwiseSpelt_IsBearer(string type)
    {
        await using var app = await TestApp.StartAsync();
        app.Server.TokenEndpointBehavior.FailNext(1, 200, $$"""{"access_token":"a","token_type":"{{type}}"}""");

        Assert.Equal("Bearer", (await app.GetTokenAsync()).TokenType);
    }

    [Theory]
    [InlineData("Token", "jwt", true)]
    [InlineData("", "N_A", true)]
    [InlineData("DPoP", "dpop", true)]
    [InlineData("Bearer", "jwt", false)]
    [InlineData("Token", "DPoP", false)]
    [InlineData("Token", "mac ", false)]
    [InlineData("", "DPoP", false)]
    [InlineData("MAC", "mac", true)]
    [InlineData("PoP", "pop", true)]
    [InlineData("Token", "pop", false)]
    [InlineData("Token", " jwt ", true)]
    [InlineData("Token", "a_b-c", true)]
    [InlineData("Token", "a b", false)]
    [InlineData("Token", "abcdefghijklmnopqrstuvwxyzabcdef", true)]
    [InlineData("Token", "abcdefghijklmnopqrstuvwxyzabcdefg", false)]
    [InlineData("Token", "0123456789", false)] // It repeats the token.
    public async Task TokenType_OfAnotherKind_IsTakenUnderASchemeOfTheUsersOwn(string scheme, string type, bool isTaken)
    {
        await using var app = await TestApp.StartAsync(client: client => client.HeaderScheme = scheme);
        app.Server.TokenEndpointBehavior.FailNext(1, 200, $$"""{"access_token":"0123456789","token_type":"{{type}}"}""");

        OAuth2Token? token = null;
        var exception = await Record.ExceptionAsync(async () => token = await app.GetTokenAsync());

        Assert.Equal(isTaken, exception is null);
        if (isTaken)
            Assert.Equal(type == "dpop" ? "DPoP" : type.Trim(), token!.TokenType);
    }

    [Fact]
    public async Task Scope_ThatIsNotGranted_IsWarnedOfOnce()
    {
        await using var app = await TestApp.StartAsync(client: client =>
        {
            client.Scopes.Add("a");
            client.Scopes.Add("b");
            client.DeviceScope = "one";
        });
        app.Server.TokenEndpointBehavior.FailUntilCleared(200, """{"access_token":"t","scope":"a"}""");
        for (var i = 0; i < 2; i++)
            await app.ForceTokenAsync();

        Assert.Equal(1, app.Log.Count(LogLevel.Warning, "was not granted 'b', only 'a'."));
        Assert.Equal(1, app.Log.Count(LogLevel.Warning, "was not granted the DeviceScope 'device_one'"));
    }

    [Theory]
    [InlineData(" ")]
    [InlineData(" a")]
    [InlineData("a ")]
    [InlineData("   ")]
    public async Task AccessToken_WithSpacesAtItsEnds_IsNoTokenAndNothingIsCalled(string token)
    {
        await using var app = await TestApp.StartAsync();
        app.Server.TokenEndpointBehavior.FailNext(1, 200, $$"""{"access_token":"{{token}}","token_type":"Bearer"}""");

        var exception = await Assert.ThrowsAsync<OAuth2TokenException>(() => app.CreateClient().GetAsync("orders"));

        Assert.Contains("holds no usable access_token", exception.Message, StringComparison.Ordinal);
        Assert.Equal(0, app.Server.ApiCalls);
    }

    [Theory]
    [InlineData("a,b")]
    [InlineData("b, a")]
    [InlineData("a;b")]
    [InlineData("a\\tb")]
    public async Task Scope_WithAnotherSeparator_IsTheSameGrant(string scope)
    {
        await using var app = await TestApp.StartAsync(client: client =>
        {
            client.RequireAllScopes = true;
            client.Scopes.Add("a");
            client.Scopes.Add("b");
        });
        app.Server.TokenEndpointBehavior.FailNext(1, 200, $$"""{"access_token":"a","scope":"{{scope}}"}""");

        Assert.NotNull(await app.GetTokenAsync());
        Assert.DoesNotContain(app.Log.Entries, entry => entry.Level >= LogLevel.Warning);
    }

    [Theory]
    [InlineData("a,b", true)]
    [InlineData("a b", false)]
    public async Task Scope_ThatHoldsACommaItself_IsLookedForAsItIs(string granted, bool isGranted)
    {
        await using var app = await TestApp.StartAsync(client: client => client.RequireAllScopes = true);
        app.Server.TokenEndpointBehavior.FailNext(1, 200, $$"""{"access_token":"a","scope":"{{granted}}"}""");

        Assert.Equal(isGranted, await Record.ExceptionAsync(() => app.GetTokenAsync("a,b")) is null);
    }

    [Theory]
    [InlineData("e")]
    [InlineData("on")]
    [InlineData("true")]
    [InlineData("urn:ietf:params:oauth:token-type:access_token")]
    public async Task ErrorDescription_WithAValueThatIsNoSecret_IsShown(string value)
    {
        await using var app = await TestApp.StartAsync(client: client => client.Parameters["flag"] = value);
        var description = $"The request is not true: {value}";
        app.Server.TokenEndpointBehavior.FailNext(1, 400, $$"""{"error":"x","error_description":"{{description}}"}""");

        Assert.Equal(description, (await FailAsync(app)).ErrorDescription);
    }

    [Fact]
    public async Task ErrorDescription_WithAPieceOfTheSecret_IsShownNowhere()
    {
        await using var app = await TestApp.StartAsync(client: client => client.ClientSecret = "canary-4711-0815");
        app.Server.TokenEndpointBehavior.FailNext(2, 401, """{"error":"invalid_client","error_description":"Secret canary-4... is wrong"}""");

        var exception = await FailAsync(app);

        Assert.Equal("(not shown, since it repeats what was sent)", exception.ErrorDescription);
        Assert.DoesNotContain("canary-4", exception.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(app.Log.Entries, entry => entry.Message.Contains("canary-4", StringComparison.Ordinal));
    }

    private static Task<OAuth2TokenException> FailAsync(TestApp app) => Assert.ThrowsAsync<OAuth2TokenException>(() => app.GetTokenAsync());
}
