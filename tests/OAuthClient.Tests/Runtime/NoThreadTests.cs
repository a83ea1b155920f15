using System.Reflection;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging.Abstractions;
using OAuthClient.Testing;

namespace OAuthClient.Tests.Runtime;

/// <summary>Where no thread is to be had for a fetch, those who wait for it learn of it, and the next caller tries again.</summary>
public sealed class NoThreadTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Get_WhereNoFetchCanBeStarted_FailsAndTheNextTriesAgain(bool async)
    {
        await using var server = await OAuth2TestServer.StartAsync();
        using var http = new HttpClient();

        // Made without its constructor, it lacks what it needs to start anything.
        var scheduler = (WorkScheduler)RuntimeHelpers.GetUninitializedObject(typeof(WorkScheduler));
        var engine = new TokenEngine(new AuthorizationServer(() => http, TimeProvider.System), TimeProvider.System, NullLogger.Instance, scheduler);
        var settings = new ClientSettings("orders", new OAuth2ClientOptions
        {
            TokenEndpoint = server.TokenEndpoint,
            ClientId = OAuth2TestServer.DefaultClientId,
            ClientSecret = OAuth2TestServer.DefaultClientSecret,
            ClientAuthenticationMethod = ClientAuthenticationMethod.ClientSecretBasic,
        });
        var source = new OAuth2Client(settings, engine).State.Default;

        for (var i = 0; i < 2; i++)
        {
            var exception = await Assert.ThrowsAsync<OAuth2TokenException>(GetAsync);
            Assert.IsAssignableFrom<ArgumentNullException>(exception.InnerException);
        }

        typeof(WorkScheduler).GetField("_gate", BindingFlags.Instance | BindingFlags.NonPublic)!.SetValue(scheduler, new object());

        Assert.NotNull(await GetAsync());
        Assert.Equal(1, server.TokenRequests);

        Task<TokenEntry> GetAsync() => Task.Run(() => source.GetAsync(null, patient: false, settings, async, CancellationToken.None).AsTask()).WaitAsync(Dose.Patience);
    }
}
