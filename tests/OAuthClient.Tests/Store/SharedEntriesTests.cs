using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OAuthClient.Testing;

namespace OAuthClient.Tests.Store;

/// <summary>The entries of whole applications: what they tell whoever reads the store, and what becomes of those that he changes.</summary>
public sealed class SharedEntriesTests
{
    private const string SecretScope = "payroll-scope";

    [Theory]
    [InlineData('t')]
    [InlineData('r')]
    [InlineData('f')]
    public async Task Entries_ThatWereChanged_AreMissesAndFailNobody(char kind)
    {
        await using var one = await StartAsync(isDown: kind == 'f');
        var key = StoreKey.Read(MemoryTokenStore.Key).Single();
        var all = one.Store.Entries;
        var entries = all.Where(entry => key.Open(entry.Key, entry.Value)![1] == kind).ToList();
        Assert.NotEmpty(entries);
        Func<byte[], byte[]>[] changes = [value => [.. value[..^1], (byte)(value[^1] ^ 1)], value => [(byte)(value[0] ^ 64), .. value[1..]], value => value[..^1], value => [.. value, 0], _ => [], value => [.. Enumerable.Reverse(value)], value => key.Seal("another", value), value => all.Values.FirstOrDefault(other => other != value) ?? []];
        foreach (var change in changes)
        {
            one.Store.Clear();
            foreach (var (name, value) in entries)
                one.Store.Put(name, change(value));
            var other = one.App.StartAnother(Configure, one.Store.Use());
            await using var services = other.Services;

            Assert.NotNull(await other.GetTokenAsync());
            await one.SettleAsync();

            Assert.Equal("password", one.App.Server.RecordedTokenRequests[^1].Form["grant_type"]);
            Assert.Equal(1, other.Log.Count(LogLevel.Warning, "An entry of the token store counts for nothing"));
            Assert.Equal(0, other.Log.Count(LogLevel.Warning, "The token store is left alone"));
        }
    }

    [Theory]
    [InlineData('t', null)]
    [InlineData('r', "refresh_token")]
    public async Task Entries_ThatWereLeftAlone_AreOfUse(char kind, string? grant)
    {
        await using var one = await StartAsync();
        var key = StoreKey.Read(MemoryTokenStore.Key).Single();
        var entries = one.Store.Entries.Where(entry => key.Open(entry.Key, entry.Value)![1] == kind).ToList();
        one.Store.Clear();
        foreach (var (name, value) in entries)
            one.Store.Put(name, value);
        var other = one.App.StartAnother(Configure, one.Store.Use());
        await using var services = other.Services;

        await other.GetTokenAsync();

        Assert.Equal(grant, one.App.Server.RecordedTokenRequests.Skip(1).Select(request => request.Form["grant_type"]).SingleOrDefault());
    }

    /// <summary>Every spelling of every secret that a reader of the store could look for, or compare his guesses with.</summary>
    [Fact]
    public async Task Entries_OfAClientWithAUser_HoldNoSecretNorWhatGuessesCanBeCheckedWith()
    {
        await using var one = await StartAsync();
        var token = await one.App.GetTokenAsync();
        one.App.Server.TokenEndpointBehavior.FailNext(1, 503);
        await Assert.ThrowsAsync<OAuth2TokenException>(one.App.ForceTokenAsync);
        await one.SettleAsync();
        Assert.True(one.Store.Entries.Count >= 3, $"{one.Store.Entries.Count} entries");
        string[] secrets =
        [
            OAuth2TestServer.DefaultClientSecret, OAuth2TestServer.DefaultClientId, OAuth2TestServer.DefaultUsername, OAuth2TestServer.DefaultPassword, SecretScope,
            token.Value, .. one.App.Server.RecordedTokenRequests.Select(request => request.Form.TryGetValue("refresh_token", out var sent) ? sent.ToString() : "").Where(sent => sent.Length > 0),
            one.App.Server.TokenEndpoint.AbsoluteUri, one.App.Server.TokenEndpoint.Host,
        ];

        var haystacks = one.Store.Entries.SelectMany(entry => new[] { Encoding.UTF8.GetBytes(entry.Key), Decode(entry.Key), entry.Value }).ToList();
        Assert.All(secrets.Distinct().SelectMany(Spell), needle => Assert.DoesNotContain(haystacks, haystack => haystack.AsSpan().IndexOf(needle) >= 0));
    }

    [Fact]
    public async Task Entries_OfTwoInstances_HaveTheSameNames()
    {
        await using var one = await StartAsync();
        var names = one.Store.Entries.Keys.Order(StringComparer.Ordinal).ToArray();
        one.Store.Clear();
        var other = one.App.StartAnother(Configure, one.Store.Use());
        await using var services = other.Services;

        await other.GetTokenAsync();
        await one.SettleAsync();

        Assert.Equal(names, one.Store.Entries.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Entries_OfClientsThatDifferInAnything_HaveNamesOfTheirOwn()
    {
        await using var one = await StartAsync();
        var names = one.Store.Entries.Keys.ToHashSet(StringComparer.Ordinal);
        one.App.Server.Options.Clients[0].SecondaryClientSecret = "another-secret";
        Action<OAuth2ClientOptions>[] differences =
        [
            client => client.ClientSecret = "another-secret",
            client => (client.Username, client.Password) = ("bob", "bob-password"),
            client => (client.GrantType, client.Username, client.Password) = (GrantTypes.ClientCredentials, null, null),
            client => client.Scopes.Clear(),
            client => client.Scopes.Add("another"),
        ];
        foreach (var differ in differences)
        {
            var other = one.App.StartAnother(
                client =>
                {
                    Configure(client);
                    differ(client);
                },
                one.Store.Use());
            await using var services = other.Services;
            one.Store.Clear();

            await other.GetTokenAsync();
            await one.SettleAsync();

            Assert.NotEmpty(one.Store.Entries);
            Assert.All(one.Store.Entries.Keys, name => Assert.True(names.Add(name)));
        }
    }

    private static IEnumerable<byte[]> Spell(string secret)
    {
        foreach (var text in new[] { Encoding.UTF8.GetBytes(secret), Encoding.Unicode.GetBytes(secret) })
        {
            byte[][] forms = [text, SHA256.HashData(text), SHA384.HashData(text), SHA512.HashData(text)];
            foreach (var form in forms)
            {
                yield return form;
                yield return Encoding.ASCII.GetBytes(Convert.ToHexString(form));
                yield return Encoding.ASCII.GetBytes(Convert.ToHexString(form).ToLowerInvariant());

                // Without what depends on the bytes beside it, wherever it begins.
                for (var before = 0; before < 3; before++)
                {
                    var base64 = Convert.ToBase64String([.. new byte[before], .. form]).TrimEnd('=');
                    var inner = base64[(before == 0 ? 0 : before + 1)..^1];
                    yield return Encoding.ASCII.GetBytes(inner);
                    yield return Encoding.ASCII.GetBytes(inner.Replace('+', '-').Replace('/', '_'));
                }
            }
        }
    }

    private static void AddUsers(OAuth2TestServerOptions server)
    {
        server.Users.Add(new TestUser(OAuth2TestServer.DefaultUsername, OAuth2TestServer.DefaultPassword));
        server.Users.Add(new TestUser("bob", "bob-password"));
    }

    private static byte[] Decode(string name) => Convert.FromBase64String(name.Replace('-', '+').Replace('_', '/').PadRight((name.Length + 3) / 4 * 4, '='));

    private static void Configure(OAuth2ClientOptions client)
    {
        client.GrantType = GrantTypes.Password;
        (client.Username, client.Password) = (OAuth2TestServer.DefaultUsername, OAuth2TestServer.DefaultPassword);
        client.Scopes.Add(SecretScope);
        client.ShareTokens = true;
    }

    /// <summary>An instance that has stored its tokens, or that it could get none.</summary>
    private static async Task<Instance> StartAsync(bool isDown = false)
    {
        MemoryTokenStore? store = null;
        var app = await TestApp.StartAsync(AddUsers, Configure, services: services =>
        {
            store = new MemoryTokenStore((TimeProvider)services.First(service => service.ServiceType == typeof(TimeProvider)).ImplementationInstance!);
            store.Use()(services);
        });
        if (isDown)
        {
            app.Server.TokenEndpointBehavior.FailNext(1, 503);
            await Assert.ThrowsAsync<OAuth2TokenException>(() => app.GetTokenAsync());
        }
        else
        {
            await app.GetTokenAsync();
        }

        var instance = new Instance(app, store!);
        await instance.SettleAsync();
        return instance;
    }

    private sealed class Instance(TestApp app, MemoryTokenStore store) : IAsyncDisposable
    {
        public TestApp App => app;

        public MemoryTokenStore Store => store;

        /// <summary>Returns once all is stored, after which the claim is given up. Callers have their token before.</summary>
        public Task SettleAsync() => TestApp.UntilAsync(() => store.Claims.Count == 0);

        public ValueTask DisposeAsync() => app.DisposeAsync();
    }
}
