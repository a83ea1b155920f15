using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using OAuthClient.Testing;

namespace OAuthClient.Tests.Protocol;

public sealed class TokenFailuresTests
{
    [Theory]
    // RFC 6749 §5.2
    [InlineData(401, """{"error_description":"Client authentication failed","error":"invalid_client"}""", null, "invalid_client", "Client authentication failed", false, "Check ClientId and ClientSecret")]
    [InlineData(400, """{"error":"invalid_grant"}""", null, "invalid_grant", null, false, "Check Username and Password")]
    [InlineData(400, """{"error":"unauthorized_client"}""", null, "unauthorized_client", null, false, "Allow the grant type for this application")]
    [InlineData(400, """{"error":"unsupported_grant_type"}""", null, "unsupported_grant_type", null, false, "or set GrantType to one that it allows")]
    [InlineData(400, """{"error":"invalid_scope"}""", null, "invalid_scope", null, false, "Check Scopes")]
    [InlineData(400, """{"error":"invalid_request"}""", null, "invalid_request", null, false, "Check GrantType, Audience, Parameters and ClientAuthenticationMethod")]
    [InlineData(400, """{"error":"temporarily_unavailable"}""", null, "temporarily_unavailable", null, true, "Check TokenEndpoint and the client's settings")]
    [InlineData(500, """{"error":"server_error","error_description":"Down"}""", null, "server_error", "Down", true, "It is out of order for now")]
    // What WSO2's servers and the proxies before them send.
    [InlineData(400, """{"error":17003,"error_description":"Account is locked"}""", null, "17003", "Account is locked", false, "Check TokenEndpoint and the client's settings")]
    [InlineData(400, """{"error":"invalid_grant"}""", "text/html", "invalid_grant", null, false, "Check Username and Password")]
    [InlineData(429, """{"code":"900802","type":"Status report","message":"Too Many Requests","description":"Slow down"}""", null, "900802", "Slow down", true, "It limits the rate of requests")]
    [InlineData(429, """{"code":900802}""", "", "900802", null, true, "It limits the rate of requests")]
    [InlineData(401, """{"error":"invalid_client","code":"900901","error_description":"Wrong secret","description":"Unauthorized"}""", null, "invalid_client", "Wrong secret", false, "Check ClientId and ClientSecret")]
    [InlineData(401, """{"code":"900901","error":"invalid_client","description":"Unauthorized","error_description":"Wrong secret"}""", null, "invalid_client", "Wrong secret", false, "Check ClientId and ClientSecret")]
    // No OAuth error at all.
    [InlineData(500, "", null, null, null, true, "It is out of order for now")]
    [InlineData(502, "<html><body>Bad gateway</body></html>", "text/html", null, null, true, "It is out of order for now")]
    [InlineData(401, "<ams:fault><ams:code>900901</ams:code></ams:fault>", "application/xml", null, null, false, "Check TokenEndpoint and the client's settings")]
    [InlineData(408, "", null, null, null, true, "Check TokenEndpoint and the client's settings")]
    [InlineData(403, "Forbidden", "text/plain", null, null, false, "Check TokenEndpoint and the client's settings")]
    [InlineData(404, "", null, null, null, false, "There is no token endpoint at this address; check TokenEndpoint")]
    [InlineData(405, "", null, null, null, false, "There is no token endpoint at this address; check TokenEndpoint")]
    [InlineData(400, """{"error":{"message":"nested"},"error_description":["a"]}""", null, null, null, false, "Check TokenEndpoint and the client's settings")]
    // Success that is none.
    [InlineData(200, "<html><body>Sign in</body></html>", "text/html", null, null, false, "That is no JSON; check that TokenEndpoint is the token endpoint and no page or proxy in front of it")]
    [InlineData(200, "", null, null, null, false, "That is no JSON")]
    [InlineData(200, "null", null, null, null, false, "That is no JSON")]
    [InlineData(200, """["a"]""", null, null, null, false, "That is no JSON")]
    [InlineData(204, "", null, null, null, false, "That is no JSON")]
    [InlineData(200, """{"token_type":"Bearer"}""", null, null, null, false, "The answer holds no usable access_token")]
    [InlineData(200, """{"access_token":""}""", null, null, null, false, "The answer holds no usable access_token")]
    [InlineData(200, """{"access_token":null}""", null, null, null, false, "The answer holds no usable access_token")]
    [InlineData(200, """{"access_token":{"a":1}}""", null, null, null, false, "The answer holds the member access_token, but not as a string, so it was not used")]
    [InlineData(200, """{"access_token":"a","access_token":"b"}""", null, null, null, false, "The answer holds the member access_token twice, so it was not used")]
    [InlineData(200, """{"access_token":"a","token_type":7}""", null, null, null, false, "The answer holds the member token_type, but not as a string, so it was not used")]
    [InlineData(200, """{"access_token":"a\r\nX-Evil: 1"}""", null, null, null, false, "The answer holds no usable access_token")]
    [InlineData(200, """{"access_token":"a\u0000b"}""", null, null, null, false, "The answer holds no usable access_token")]
    [InlineData(200, """{"access_token":"tökén"}""", null, null, null, false, "The answer holds no usable access_token")]
    [InlineData(200, """{"error":"invalid_client"}""", null, "invalid_client", null, false, "Check ClientId and ClientSecret")]
    public async Task Answer_WithoutToken_BecomesAnExceptionThatSaysWhatToDo(
        int status, string body, string? contentType, string? error, string? description, bool isTransient, string remedy)
    {
        await using var app = await TestApp.StartAsync();
        app.Server.TokenEndpointBehavior.FailNext(1, status, body, contentType);

        var exception = await FailAsync(app);

        Assert.StartsWith($"OAuth2 client 'orders': the token endpoint {app.Server.TokenEndpoint} answered {status}", exception.Message, StringComparison.Ordinal);
        Assert.Contains(remedy, exception.Message, StringComparison.Ordinal);
        Assert.Equal(("orders", error, description, isTransient, null), (exception.ClientName, exception.Error, exception.ErrorDescription, exception.IsTransient, exception.StatusCode));
        if (error is not null)
            Assert.Contains(error, exception.Message, StringComparison.Ordinal);
        if (description is not null)
            Assert.Contains($"\"{description}\"", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answer_WithLongTexts_IsShortened()
    {
        await using var app = await TestApp.StartAsync();
        app.Server.TokenEndpointBehavior.FailNext(1, 400, JsonSerializer.Serialize(new { error = new string('e', 100_000), error_description = new string('d', 100_000) }));

        var exception = await FailAsync(app);

        Assert.Equal(new string('e', 256) + "…", exception.Error);
        Assert.Equal(new string('d', 256) + "…", exception.ErrorDescription);
        Assert.InRange(exception.Message.Length, 512, 800);
    }

    [Fact]
    public async Task Answer_WithControlCharacters_IsShownWithoutThem()
    {
        await using var app = await TestApp.StartAsync();
        app.Server.TokenEndpointBehavior.FailNext(1, 400, """{"error":"a\r\nb\u0000","error_description":"c\u001b[31m\u2028d\u0085e\t"}""");

        var exception = await FailAsync(app);

        Assert.Equal(("a  b ", "c [31m d e "), (exception.Error, exception.ErrorDescription));
        Assert.DoesNotContain(exception.Message, char.IsControl);
    }

    [Fact]
    public async Task Answer_ThatEchoesSecrets_IsShownWithoutThem()
    {
        await using var app = await TestApp.StartAsync(client: client =>
        {
            client.UseIdentityServer(client.TokenEndpoint!);
            client.ClientSecret = "canary/secret+1";
            client.GrantType = "password";
            (client.Username, client.Password) = ("alice", "canary-password");
            client.Parameters["pin"] = "canary-pin";
        });
        app.Server.TokenEndpointBehavior.Override = context =>
        {
            var basic = context.Request.Headers.Authorization.ToString();
            context.Response.StatusCode = 400;
            return context.Response.WriteAsJsonAsync(new
            {
                error = "canary-pin",
                error_description = $"alice canary/secret+1 canary%2Fsecret%2B1 canary-password canary-pin {basic}",
            });
        };

        var exception = await FailAsync(app);

        Assert.Equal(("(not shown, since it repeats what was sent)", "(not shown, since it repeats what was sent)"), (exception.Error, exception.ErrorDescription));
        foreach (var secret in new[] { "canary-", "canary/secret", "canary%2F" })
        {
            Assert.DoesNotContain(secret, exception.ToString(), StringComparison.Ordinal);
            Assert.DoesNotContain(app.Log.Entries, entry => entry.Message.Contains(secret, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Answer_ThatRedirectsToALongAddressWithASecret_IsShortenedAndShownWithoutIt()
    {
        await using var app = await TestApp.StartAsync(client: client => client.ClientSecret = "canary");
        app.Server.TokenEndpointBehavior.Override = context =>
        {
            context.Response.Redirect($"https://idp.example/canary/{new string('x', 4_000)}");
            return Task.CompletedTask;
        };

        var message = (await FailAsync(app)).Message;

        Assert.Contains("perhaps (not shown, since it repeats what was sent)", message, StringComparison.Ordinal);
        Assert.InRange(message.Length, 100, 600);
    }

    [Fact]
    public async Task Answer_ThatEchoesTheSecretOfACallback_IsShownWithoutIt()
    {
        await using var app = await TestApp.StartAsync(client: client => (client.ClientSecret, client.ClientSecretCallback) = (null, _ => new("canary")));
        app.Server.TokenEndpointBehavior.FailNext(1, 400, """{"error":"x","error_description":"Wrong: canary"}""");

        Assert.Equal("(not shown, since it repeats what was sent)", (await FailAsync(app)).ErrorDescription);
    }

    [Fact]
    public async Task Answer_ThatEchoesASecretWhichBeginsWithAnother_IsShownWithoutItsEnd()
    {
        await using var app = await TestApp.StartAsync(client: client =>
            (client.ClientSecret, client.GrantType, client.Username, client.Password) = ("canary", "password", "alice", "canary-tail"));
        app.Server.TokenEndpointBehavior.FailNext(1, 400, """{"error":"x","error_description":"Wrong: canary-tail, canary"}""");

        Assert.Equal("(not shown, since it repeats what was sent)", (await FailAsync(app)).ErrorDescription);
    }

    [Fact]
    public async Task Answer_WithErrorThatHappensToHoldAShortSecret_KeepsTheError()
    {
        await using var app = await TestApp.StartAsync(client: client =>
            (client.GrantType, client.Username, client.Password) = ("password", "alice", "a"));
        app.Server.TokenEndpointBehavior.FailNext(1, 400, """{"error":"invalid_grant"}""");

        var exception = await FailAsync(app);

        Assert.Equal("invalid_grant", exception.Error);
        Assert.Contains("Check Username and Password", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("120", 120)]
    [InlineData("3600", 300)]
    [InlineData("+90 s", 90)]
    [InlineData("+3600 s", 300)]
    public async Task RetryAfter_OfA429_IsKeptUntilDue(string retryAfter, int seconds)
    {
        // A date counts from the server's own clock, which here is an hour ahead.
        var serverClock = new ManualTimeProvider(new DateTimeOffset(2030, 1, 1, 1, 0, 0, TimeSpan.Zero));
        await using var app = await TestApp.StartAsync(server => server.TimeProvider = serverClock);
        var header = retryAfter[0] == '+'
            ? serverClock.GetUtcNow().AddSeconds(int.Parse(retryAfter.Split(' ')[0], CultureInfo.InvariantCulture)).ToString("R")
            : retryAfter;
        app.Server.TokenEndpointBehavior.FailNext(1, 429, retryAfter: header);

        var exception = await FailAsync(app);
        app.Clock.Advance(TimeSpan.FromSeconds(seconds - 1));
        var later = await FailAsync(app);

        Assert.Equal((TimeSpan.FromSeconds(seconds), TimeSpan.FromSeconds(1)), (exception.RetryAfter, later.RetryAfter));
        Assert.Equal(1, app.Server.TokenRequests);
        app.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.NotNull(await app.Tokens.GetTokenAsync(TestApp.ClientName));
    }

    [Theory]
    [InlineData(503, "Mon, 01 Jan 2029 00:00:00 GMT")]
    [InlineData(503, "soon")]
    [InlineData(503, "-5")]
    [InlineData(400, "120")]
    public async Task RetryAfter_ThatSaysNothing_LeavesTheOwnBackOff(int status, string retryAfter)
    {
        await using var app = await TestApp.StartAsync();
        app.Server.TokenEndpointBehavior.FailNext(1, status, retryAfter: retryAfter);

        Assert.InRange((await FailAsync(app)).RetryAfter!.Value, TimeSpan.FromTicks(1), TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task Revocation_Refused_NamesTheRevocationEndpoint()
    {
        await using var app = await TestApp.StartAsync();
        await app.Tokens.GetTokenAsync(TestApp.ClientName);
        app.Server.RevocationEndpointBehavior.FailNext(1, 404, "");

        var exception = await Assert.ThrowsAsync<OAuth2TokenException>(async () => await app.Tokens.RevokeAsync(TestApp.ClientName));

        Assert.Equal(
            $"OAuth2 client 'orders': the revocation endpoint {app.Server.RevocationEndpoint} answered 404. There is no revocation endpoint at this address; check RevocationEndpoint.",
            exception.Message);
    }

    /// <summary>As of a token, some servers tell with 200 that they did not revoke it.</summary>
    [Fact]
    public async Task Revocation_RefusedWith200_IsAFailure()
    {
        await using var app = await TestApp.StartAsync();
        await app.Tokens.GetTokenAsync(TestApp.ClientName);
        app.Server.RevocationEndpointBehavior.FailNext(1, 200, """{"error":"unsupported_token_type"}""");

        var exception = await Assert.ThrowsAsync<OAuth2TokenException>(async () => await app.Tokens.RevokeAsync(TestApp.ClientName));

        Assert.Equal(
            $"OAuth2 client 'orders': the revocation endpoint {app.Server.RevocationEndpoint} answered 200 unsupported_token_type. Nothing was revoked; check RevocationEndpoint and the client's settings.",
            exception.Message);
    }

    [Theory]
    [InlineData("""{"code":7,"message":"done"}""")]
    [InlineData("""{"error":null}""")]
    [InlineData("")]
    public async Task Revocation_AnsweredWith200AndNoError_IsDone(string body)
    {
        await using var app = await TestApp.StartAsync();
        await app.Tokens.GetTokenAsync(TestApp.ClientName);
        app.Server.RevocationEndpointBehavior.FailNext(1, 200, body);

        await app.Tokens.RevokeAsync(TestApp.ClientName);
    }

    private static Task<OAuth2TokenException> FailAsync(TestApp app) =>
        Assert.ThrowsAsync<OAuth2TokenException>(async () => await app.Tokens.GetTokenAsync(TestApp.ClientName));
}
