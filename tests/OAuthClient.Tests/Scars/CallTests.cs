using System.Net;
using OAuthClient.Testing;

namespace OAuthClient.Tests.Scars;

/// <summary>A call carries its token, however it is sent and however the server spells the token's type.</summary>
public sealed class CallTests
{
    /// <summary>Guards against synchronous calls that bypass the handler.</summary>
    [Fact]
    public async Task Scar24_SynchronousSend_CarriesTheToken()
    {
        await using var app = await TestApp.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "orders");

        using var response = app.CreateClient().Send(request);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(1, app.Server.TokenRequests);
    }

    /// <summary>Guards against a synchronous call that waits for its own thread.</summary>
    [Fact]
    public async Task Scar24_SynchronousSendUnderASingleThreadedContext_DoesNotDeadlock()
    {
        await using var app = await TestApp.StartAsync();
        HttpStatusCode? status = null;
        var thread = new Thread(() =>
        {
            SynchronizationContext.SetSynchronizationContext(new DeadContext());
            using var request = new HttpRequestMessage(HttpMethod.Get, "orders");
            app.Server.ApiBehavior.FailNext(1, 401);
            using var response = app.CreateClient().Send(request);
            status = response.StatusCode;
        })
        { IsBackground = true };

        thread.Start();

        Assert.True(thread.Join(Dose.Patience), "The call waits for a context that never runs anything.");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(2, app.Server.TokenRequests);
    }

    /// <summary>Guards against refusing, or passing on, a token type that APIs compare to the letter.</summary>
    [Theory]
    [InlineData("bearer")]
    [InlineData("BEARER")]
    [InlineData("Bearer")]
    [InlineData(null)]
    public async Task Scar28_BearerInAnyCase_IsSentAsBearer(string? tokenType)
    {
        await using var app = await TestApp.StartAsync(server => server.ConfigureTokenResponse = response => response["token_type"] = tokenType);

        using var response = await app.CreateClient().GetAsync("orders");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var token = await app.GetTokenAsync();
        Assert.Equal("Bearer", token.TokenType);
        Assert.Equal($"Bearer {token.Value}", Assert.Single(app.Server.RecordedApiCalls).Headers["Authorization"]);
    }

    private sealed class DeadContext : SynchronizationContext
    {
        public override void Post(SendOrPostCallback d, object? state)
        {
        }
    }
}
