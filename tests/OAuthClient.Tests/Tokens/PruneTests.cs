using System.Collections;
using System.Collections.Concurrent;
using System.Reflection;
using Microsoft.Extensions.DependencyInjection;

namespace OAuthClient.Tests.Tokens;

/// <summary>What no token is behind any more does not stay for the life of the process.</summary>
public sealed class PruneTests
{
    [Fact]
    public async Task Registry_AfterThousandsOfTokensThatNobodyKeeps_HasForgottenThem()
    {
        await using var app = await TestApp.StartAsync(client: client => client.MaxTokens = 10);
        var client = app.Services.GetRequiredService<OAuth2Clients>().Get(TestApp.ClientName);
        AddSources(client, 1_000);
        for (var i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        AddSources(client, 100);

        Assert.InRange(Find<WeakTable<TokenSource>>(Fields(client).OfType<TokenEngine>().First(), typeof(TokenSource)).Count, 1, 500);
    }

    [Fact]
    public async Task CredentialMemory_AfterHundredsOfSecretsThatWereRefused_HasForgottenThoseOfLongAgo()
    {
        var number = 0;
        await using var app = await TestApp.StartAsync(client: client =>
        {
            client.ClientSecret = null;
            client.ClientSecretCallback = _ => ValueTask.FromResult($"wrong-{Interlocked.Increment(ref number)}");
        });

        // An hour between them: neither the limit of an endpoint nor what is remembered of the last failure comes between.
        while (app.Server.TokenRequests < 300)
        {
            await Assert.ThrowsAsync<OAuth2TokenException>(() => app.GetTokenAsync());
            app.Clock.Advance(TimeSpan.FromHours(1));
        }

        var client = app.Services.GetRequiredService<OAuth2Clients>().Get(TestApp.ClientName);
        Assert.InRange(Find<CredentialMemory>(client.Engine.Acquirer, valueType: null).Count, 1, 100);
    }

    private static void AddSources(OAuth2Client client, int count)
    {
        for (var i = 0; i < count; i++)
            client.State.GetSource(new OAuth2TokenRequest { Scopes = [$"{Guid.NewGuid():N}"] });
    }

    /// <summary>The dictionary of the part of a type that the owner holds.</summary>
    private static ICollection Find<TPart>(object owner, Type? valueType)
    {
        var part = Fields(owner).OfType<TPart>().First()!;
        return Fields(part).OfType<ICollection>().First(field =>
            field.GetType() is { IsGenericType: true } type && type.GetGenericTypeDefinition() == typeof(ConcurrentDictionary<,>)
            && (valueType is null || type.GenericTypeArguments[1].GenericTypeArguments.Contains(valueType)));
    }

    private static IEnumerable<object?> Fields(object owner) =>
        owner.GetType().GetFields(BindingFlags.Instance | BindingFlags.NonPublic).Select(field => field.GetValue(owner));
}
