using System.Net;
using System.Security.Cryptography;
using OAuthClient.Testing;

namespace OAuthClient.Tests.Tokens;

/// <summary>What instances of a program get from each other by way of a store, and what they do without it.</summary>
public sealed class SharedTokenTests
{
    private static readonly TimeSpan _life = TimeSpan.FromHours(1);
    private static readonly Uri _orders = new("orders", UriKind.Relative);

    [Fact]
    public async Task Get_WhatAnotherInstanceHasFetched_AsksNobody()
    {
        await using var fleet = await SharingApp.StartAsync();
        await using var other = fleet.Another();
        var token = await fleet.GetTokenAsync();
        fleet.App.Clock.Advance(TimeSpan.FromMinutes(10));
        var taken = await other.GetTokenAsync();

        Assert.Equal((token.Value, token.ExpiresAt, token.Scope, token.TokenType), (taken.Value, taken.ExpiresAt, taken.Scope, taken.TokenType));
        Assert.Equal(1, fleet.Requests);
        Assert.Empty(fleet.Store.Claims);
    }

    [Fact]
    public async Task Get_ByManyInstancesAtOnce_AsksOnce()
    {
        await using var fleet = await SharingApp.StartAsync();
        var others = Enumerable.Range(0, 15).Select(_ => fleet.Another()).ToArray();
        var tokens = await Task.WhenAll(others.Select(other => other.GetTokenAsync()));

        Assert.Single(tokens.Select(token => token.Value).Distinct());
        Assert.Equal(1, fleet.Requests);
        foreach (var other in others)
            await other.DisposeAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Get_OfAStaleToken_IsReplacedByOneInstanceForAll(bool tells)
    {
        await using var fleet = await SharingApp.StartAsync(tells: tells);
        await using var other = fleet.Another();
        var first = await fleet.GetTokenAsync();
        await other.GetTokenAsync();

        fleet.App.Clock.Advance(_life - TimeSpan.FromSeconds(20));
        Assert.Equal(first.Value, (await fleet.GetTokenAsync()).Value);
        var second = await fleet.App.UntilAsync(token => token.Value != first.Value);
        var taken = await other.App.UntilAsync(token => token.Value != first.Value);

        Assert.Equal(second.Value, taken.Value);
        Assert.Equal(2, fleet.Requests);
    }

    /// <summary>The news of a token comes to those who have use for it, before an API refuses the one that it has revoked.</summary>
    [Fact]
    public async Task News_OfANewToken_ReplacesTheOneInUse()
    {
        await using var fleet = await SharingApp.StartAsync(server => server.ReissueBehavior = ReissueBehavior.RevokePrevious);
        await using var other = fleet.Another();
        var first = await fleet.GetTokenAsync();
        using var http = other.App.CreateClient();
        await http.GetStringAsync(_orders);

        var second = await fleet.App.ForceTokenAsync();
        await other.App.UntilAsync(token => token.Value == second.Value);
        await http.GetStringAsync(_orders);

        Assert.NotEqual(first.Value, second.Value);
        Assert.Equal((2, 2), (fleet.Requests, fleet.App.Server.ApiCalls));
    }

    [Fact]
    public async Task Call_WithATokenThatIsRevoked_GoesOnWithTheOneOfTheOtherInstance()
    {
        await using var fleet = await SharingApp.StartAsync(server => server.ReissueBehavior = ReissueBehavior.RevokePrevious, tells: false);
        await using var other = fleet.Another();
        await fleet.GetTokenAsync();
        using var http = other.App.CreateClient();
        await http.GetStringAsync(_orders);

        await fleet.App.ForceTokenAsync();
        var response = await http.GetAsync(_orders);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(2, fleet.Requests);
        Assert.Equal([200, 401, 200], fleet.App.Server.RecordedApiCalls.Select(call => call.StatusCode));
    }

    [Fact]
    public async Task Fetch_ThatWaitsForItsTurn_HearsOfTheTokenThatCameMeanwhile()
    {
        await using var fleet = await SharingApp.StartAsync();
        await using var other = fleet.Another();
        using var http = fleet.App.CreateClient();
        await fleet.App.ForceTokenAsync();
        await fleet.App.ForceTokenAsync();
        await fleet.App.ForceTokenAsync();
        await http.GetStringAsync(_orders);
        fleet.App.Server.RevokeAllTokens();

        var call = http.GetAsync(_orders);
        await TestApp.UntilAsync(() => fleet.App.IsWaiting);
        var token = await other.App.ForceTokenAsync();
        await fleet.App.UntilAsync(taken => taken.Value == token.Value);
        await fleet.App.AdvanceUntilAsync(call);

        Assert.Equal(HttpStatusCode.OK, (await call).StatusCode);
        Assert.Equal(4, fleet.Requests);

        // And that one is renewed in time.
        await Task.WhenAll(fleet.IdleAsync(), other.IdleAsync());
        fleet.App.Clock.Advance(_life - TimeSpan.FromSeconds(20));
        await fleet.GetTokenAsync();
        await fleet.App.Server.WaitForCompletedTokenRequestsAsync(5);
    }

    [Fact]
    public async Task Calls_WhoseTokenOtherInstancesReplace_AreNoContest()
    {
        await using var fleet = await SharingApp.StartAsync(server => server.ReissueBehavior = ReissueBehavior.RevokePrevious, tells: false);
        await using var other = fleet.Another();
        using var http = fleet.App.CreateClient();
        for (var i = 0; i < 6; i++)
        {
            await other.App.ForceTokenAsync();
            Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(_orders)).StatusCode);
            await Task.WhenAll(fleet.IdleAsync(), other.IdleAsync());
            fleet.App.Clock.Advance(TimeSpan.FromSeconds(2));
        }

        Assert.Equal(6, fleet.Requests);
        Assert.DoesNotContain(Lines(fleet), line => line.Contains("revoked soon after they are issued", StringComparison.Ordinal));
    }

    /// <summary>An instance whose clock is far ahead must not have the last word for as long as that.</summary>
    [Fact]
    public async Task Refresh_AfterARefreshTokenOfTheFuture_GoesByItsOwn()
    {
        await using var fleet = await SharingApp.StartAsync(server => server.RotateRefreshTokens = true, UsePassword);
        await fleet.GetTokenAsync();
        await fleet.IdleAsync();
        var key = StoreKey.Read(MemoryTokenStore.Key).Single();
        foreach (var (name, value) in fleet.Store.Entries)
        {
            if (key.Open(name, value)![1] == 'r')
            {
                fleet.Store.Put(name, key.Seal(name, StoredEntry.Write('r', writer =>
                {
                    writer.Write(fleet.App.Clock.GetUtcNow().AddHours(3).ToUnixTimeMilliseconds());
                    writer.Write("not-the-last-one");
                })));
            }
        }

        fleet.App.Clock.Advance(_life);
        await fleet.GetTokenAsync();

        Assert.Equal(fleet.RefreshTokens[0], fleet.App.Server.RecordedTokenRequests[^1].Form["refresh_token"]);
    }

    [Fact]
    public async Task Call_WithATokenThatTheStoreHoldsAsWell_FetchesAnother()
    {
        await using var fleet = await SharingApp.StartAsync();
        using var http = fleet.App.CreateClient();
        await http.GetStringAsync(_orders);
        fleet.App.Server.RevokeAllTokens();

        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(_orders)).StatusCode);
        Assert.Equal(2, fleet.Requests);
    }

    [Fact]
    public async Task Get_WhileAnotherInstanceHoldsTheClaim_WaitsAndGoesOnWhenThatIsDead()
    {
        await using var fleet = await SharingApp.StartAsync(tells: false);
        fleet.Store.HoldClaims();

        var token = fleet.GetTokenAsync();
        await TestApp.UntilAsync(() => fleet.App.IsWaiting);
        Assert.Equal(0, fleet.Requests);
        var began = fleet.App.Clock.GetUtcNow();
        await fleet.App.AdvanceUntilAsync(token);

        Assert.Equal(1, fleet.Requests);
        Assert.InRange((fleet.App.Clock.GetUtcNow() - began).TotalSeconds, 9, 13);
    }

    [Fact]
    public async Task Get_WhoseClaimAnotherInstanceGivesUp_GoesOnAtOnce()
    {
        await using var fleet = await SharingApp.StartAsync();
        fleet.Store.HoldClaims();

        var token = fleet.GetTokenAsync();
        await TestApp.UntilAsync(() => fleet.App.IsWaiting);
        fleet.Store.GiveUpClaims();
        await token;

        Assert.Equal(1, fleet.Requests);
    }

    /// <summary>Who has slept through his claim must not put an older token in the place of a newer one.</summary>
    [Fact]
    public async Task Fetch_WhoseClaimSomebodyElseHasMeanwhile_PublishesNothing()
    {
        await using var fleet = await SharingApp.StartAsync();
        fleet.App.Server.TokenEndpointBehavior.Hang = true;
        var token = fleet.GetTokenAsync();
        await fleet.App.Server.WaitForTokenRequestsAsync(1);
        fleet.Store.HoldClaims();
        fleet.App.Server.TokenEndpointBehavior.Clear();
        await token;
        await fleet.IdleAsync();

        Assert.Empty(fleet.Store.Entries);
    }

    [Fact]
    public async Task Get_OfAStoreThatIsDown_IsAMissAndToldOnce()
    {
        await using var fleet = await SharingApp.StartAsync();
        await using var other = fleet.Another();
        fleet.Store.Before = (_, _) => throw new InvalidOperationException("redis://user:hunter2@host is away");

        await fleet.GetTokenAsync();
        await other.GetTokenAsync();
        await fleet.App.ForceTokenAsync();

        Assert.Equal(3, fleet.Requests);
        var line = Assert.Single(Lines(fleet), line => line.Contains("The token store is", StringComparison.Ordinal));
        Assert.Contains("since it failed with InvalidOperationException", line, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", string.Concat(Lines(fleet)), StringComparison.Ordinal);

        // It is asked again after a while, and told of too.
        fleet.Store.Before = null;
        fleet.App.Clock.Advance(TimeSpan.FromSeconds(3));
        await fleet.App.ForceTokenAsync();
        await TestApp.UntilAsync(() => fleet.Store.Entries.Count == 1);
        Assert.Single(Lines(fleet), line => line.Contains("The token store answers again", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Get_OfAStoreThatDoesNotAnswer_TakesItsTimeOnce()
    {
        await using var fleet = await SharingApp.StartAsync();
        fleet.Store.Before = (_, cancellationToken) => new ValueTask(Task.Delay(Timeout.Infinite, cancellationToken));

        var token = fleet.GetTokenAsync();
        await TestApp.UntilAsync(() => fleet.App.IsWaiting);
        Assert.Equal(0, fleet.Requests);
        fleet.App.Clock.Advance(TimeSpan.FromMilliseconds(250));
        await token;
        await fleet.App.ForceTokenAsync();

        Assert.Equal(2, fleet.Requests);
        Assert.Single(fleet.Store.Operations);
    }

    /// <summary>Each use of a refresh token comes with what the last one has brought, whoever that was.</summary>
    [Fact]
    public async Task Refresh_OfTokensThatRotate_LosesNoSession()
    {
        await using var fleet = await SharingApp.StartAsync(server => server.RotateRefreshTokens = true, UsePassword);
        var others = Enumerable.Range(0, 3).Select(_ => fleet.Another()).Append(fleet).ToArray();
        for (var i = 0; i < 20; i++)
        {
            await Task.WhenAll(others.Select(other => other.GetTokenAsync()));
            await Task.WhenAll(others.Select(other => other.IdleAsync()));
            fleet.App.Clock.Advance(_life);
        }

        Assert.Equal(Enumerable.Repeat("refresh_token", 19).Prepend("password"), fleet.App.Server.RecordedTokenRequests.Select(request => request.Form["grant_type"]));
        Assert.All(fleet.App.Server.RecordedTokenRequests, request => Assert.Equal(200, request.StatusCode));
        foreach (var other in others.SkipLast(1))
            await other.DisposeAsync();
    }

    /// <summary>Which refresh token is the last one the store alone can tell; the use of another would look like theft, and end the session of all.</summary>
    [Fact]
    public async Task Refresh_WhileTheStoreIsDown_GoesByThePassword()
    {
        await using var fleet = await SharingApp.StartAsync(server => server.RotateRefreshTokens = true, UsePassword);
        await fleet.GetTokenAsync();
        await fleet.IdleAsync();
        fleet.App.Clock.Advance(_life);
        fleet.Store.Before = (_, _) => throw new InvalidOperationException();
        await fleet.GetTokenAsync();

        Assert.Equal(["password", "password"], fleet.App.Server.RecordedTokenRequests.Select(request => request.Form["grant_type"]));
    }

    /// <summary>A store that shows the newer refresh token too late.</summary>
    [Fact]
    public async Task Refresh_WithATokenThatAnotherInstanceHasUsedUp_IsTriedWithTheNewOne()
    {
        await using var fleet = await SharingApp.StartAsync(server => server.RotateRefreshTokens = true, options =>
        {
            UsePassword(options);
            options.ShareTokens = false;
        });
        await fleet.GetTokenAsync();
        Action<OAuth2ClientOptions> useRefreshToken = options =>
        {
            options.GrantType = GrantTypes.RefreshToken;
            options.Parameters["refresh_token"] = fleet.RefreshTokens[0];
        };
        await using var first = fleet.Another(useRefreshToken);
        await using var second = fleet.Another(useRefreshToken);
        await first.GetTokenAsync();
        await Task.WhenAll(first.IdleAsync(), second.IdleAsync());
        fleet.App.Clock.Advance(_life);

        // They show when the used one has been refused.
        var hidden = fleet.Store.Entries;
        fleet.Store.Clear();
        fleet.App.Server.TokenEndpointBehavior.Override = async context =>
        {
            fleet.App.Server.TokenEndpointBehavior.Override = null;
            foreach (var (key, value) in hidden)
                fleet.Store.Put(key, value);
            context.Response.StatusCode = 400;
            context.Response.ContentType = "application/json";
            await context.Response.Body.WriteAsync("""{"error":"invalid_grant"}"""u8.ToArray());
        };
        await second.GetTokenAsync();

        Assert.Equal([200, 200, 400, 200], fleet.App.Server.RecordedTokenRequests.Select(request => request.StatusCode));
        Assert.Equal(fleet.RefreshTokens[1], fleet.App.Server.RecordedTokenRequests[^1].Form["refresh_token"]);
    }

    [Fact]
    public async Task Failure_OfTheServer_KeepsAllInstancesFromAsking()
    {
        await using var fleet = await SharingApp.StartAsync();
        await using var other = fleet.Another();
        fleet.App.Server.TokenEndpointBehavior.FailUntilCleared(503);

        var told = await Assert.ThrowsAsync<OAuth2TokenException>(() => fleet.GetTokenAsync());
        var known = await Assert.ThrowsAsync<OAuth2TokenException>(() => other.GetTokenAsync());
        Assert.Equal(told.Message, known.Message);
        Assert.True(known.IsTransient);
        Assert.Equal(1, fleet.Requests);

        // The second failure in a row is the fleet's, and not the second instance's first.
        fleet.App.Clock.Advance(TimeSpan.FromSeconds(1.1));
        await Assert.ThrowsAsync<OAuth2TokenException>(() => other.GetTokenAsync());
        Assert.Equal(2, fleet.Requests);
        fleet.App.Clock.Advance(TimeSpan.FromSeconds(1.2));
        await Assert.ThrowsAsync<OAuth2TokenException>(() => fleet.GetTokenAsync());
        Assert.Equal(2, fleet.Requests);

        // And it ends for all as soon as one gets a token.
        fleet.App.Server.TokenEndpointBehavior.Clear();
        fleet.App.Clock.Advance(TimeSpan.FromSeconds(2));
        await fleet.GetTokenAsync();
        await TestApp.UntilAsync(() => fleet.Store.Entries.Count == 1);
        await other.App.AdvanceUntilAsync(other.GetTokenAsync());
        Assert.Equal(3, fleet.Requests);
    }

    [Fact]
    public async Task Failure_ThatTheServerNamedATimeFor_HoldsForThatTime()
    {
        await using var fleet = await SharingApp.StartAsync();
        await using var other = fleet.Another();
        fleet.App.Server.TokenEndpointBehavior.FailNext(1, 429, retryAfter: "60");
        await Assert.ThrowsAsync<OAuth2TokenException>(() => fleet.GetTokenAsync());

        fleet.App.Clock.Advance(TimeSpan.FromSeconds(50));
        var known = await Assert.ThrowsAsync<OAuth2TokenException>(() => other.GetTokenAsync());
        Assert.InRange(known.RetryAfter!.Value.TotalSeconds, 5, 10);
        fleet.App.Clock.Advance(TimeSpan.FromSeconds(11));
        await other.GetTokenAsync();
        Assert.Equal(2, fleet.Requests);
    }

    [Fact]
    public async Task Secret_ThatWasRefused_IsSentByNobodyElse()
    {
        await using var fleet = await SharingApp.StartAsync(client: options => options.ClientSecret = "wrong-secret");
        await using var other = fleet.Another(options => options.ClientSecret = "wrong-secret");
        await using var right = fleet.Another(_ => { });

        await Assert.ThrowsAsync<OAuth2TokenException>(() => fleet.GetTokenAsync());
        var known = await Assert.ThrowsAsync<OAuth2TokenException>(() => other.GetTokenAsync("orders:read"));
        await right.GetTokenAsync();

        Assert.Equal("invalid_client", known.Error);
        Assert.Equal(2, fleet.Requests);
        fleet.App.Clock.Advance(TimeSpan.FromSeconds(10.1));
        await Assert.ThrowsAsync<OAuth2TokenException>(() => other.GetTokenAsync("orders:read"));
        Assert.Equal(3, fleet.Requests);
    }

    [Fact]
    public async Task Password_ThatWasRefused_IsTriedByNobodyElseForAQuarterOfAnHour()
    {
        Action<OAuth2ClientOptions> wrong = options =>
        {
            UsePassword(options);
            options.Password = "no-such-password";
        };
        await using var fleet = await SharingApp.StartAsync(client: wrong);
        await using var other = fleet.Another(wrong);

        await Assert.ThrowsAsync<OAuth2TokenException>(() => fleet.GetTokenAsync());
        await Assert.ThrowsAsync<OAuth2TokenException>(() => other.GetTokenAsync("orders:read"));
        fleet.App.Clock.Advance(TimeSpan.FromMinutes(11));
        await Assert.ThrowsAsync<OAuth2TokenException>(() => other.GetTokenAsync("orders:write"));

        Assert.Equal(1, fleet.Requests);
    }

    /// <summary>One attempt is due when a token ends, however long the server is known to be out of order: one of the fleet, not one of each instance.</summary>
    [Fact]
    public async Task Attempt_AtTheEndOfATokensLife_IsMadeByOneInstance()
    {
        await using var fleet = await SharingApp.StartAsync();
        await using var other = fleet.Another();
        await fleet.GetTokenAsync();
        await other.GetTokenAsync();
        fleet.App.Server.TokenEndpointBehavior.FailUntilCleared(503);

        // Five failures in a row, the last of them four seconds before the end: the wait after it is 12 s or more.
        fleet.App.Clock.Advance(_life - TimeSpan.FromSeconds(19.5));
        for (var failures = 1; failures <= 5; failures++)
        {
            await fleet.GetTokenAsync();
            await fleet.App.Server.WaitForCompletedTokenRequestsAsync(failures + 1);
            await Task.WhenAll(fleet.IdleAsync(), other.IdleAsync());
            fleet.App.Clock.Advance(TimeSpan.FromSeconds(failures == 5 ? 5 : Math.Pow(2, failures - 1)));
        }

        await Assert.ThrowsAsync<OAuth2TokenException>(() => fleet.GetTokenAsync());
        await Assert.ThrowsAsync<OAuth2TokenException>(() => other.GetTokenAsync());

        Assert.Equal(7, fleet.Requests);
    }

    /// <summary>What cannot be is not looked for, nor removed.</summary>
    [Fact]
    public async Task Get_OfAClientWithoutRefreshTokens_StoresTheTokenForItsLifeAndTouchesNothingElse()
    {
        await using var fleet = await SharingApp.StartAsync();
        fleet.App.Clock.Advance(TimeSpan.FromHours(2));
        await fleet.GetTokenAsync();
        await TestApp.UntilAsync(() => fleet.Store.Claims.Count == 0);

        Assert.DoesNotContain("remove", fleet.Store.Operations);
        Assert.Single(fleet.Store.Operations, operation => operation == "set");
        fleet.App.Clock.Advance(_life - TimeSpan.FromSeconds(1));
        Assert.Single(fleet.Store.Entries);
        fleet.App.Clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Empty(fleet.Store.Entries);
    }

    [Fact]
    public async Task Invalidate_ForgetsTheTokenInTheStore()
    {
        await using var fleet = await SharingApp.StartAsync();
        await using var other = fleet.Another();
        var token = await fleet.GetTokenAsync();
        await fleet.App.Tokens.InvalidateAsync(TestApp.ClientName);

        Assert.Empty(fleet.Store.Entries);
        Assert.NotEqual(token.Value, (await fleet.GetTokenAsync()).Value);
        Assert.Equal(2, fleet.Requests);
    }

    [Fact]
    public async Task Invalidate_WhileATokenIsFetched_HasTheOthersGetAnother()
    {
        await using var fleet = await SharingApp.StartAsync();
        fleet.App.Server.TokenEndpointBehavior.Hang = true;
        var token = fleet.GetTokenAsync();
        await fleet.App.Server.WaitForTokenRequestsAsync(1);
        await fleet.App.Tokens.InvalidateAsync(TestApp.ClientName);
        fleet.App.Server.TokenEndpointBehavior.Clear();
        await token;

        Assert.Empty(fleet.Store.Entries);
    }

    /// <summary>A store that did not hear of it.</summary>
    [Fact]
    public async Task Invalidate_WhileTheStoreIsDown_KeepsTheTokenFromComingBack()
    {
        await using var fleet = await SharingApp.StartAsync();
        var token = await fleet.GetTokenAsync();
        await TestApp.UntilAsync(() => fleet.Store.Claims.Count == 0 && fleet.Store.Entries.Count == 1);
        fleet.Store.Before = (_, _) => throw new InvalidOperationException();
        await fleet.App.Tokens.InvalidateAsync(TestApp.ClientName);
        fleet.Store.Before = null;
        fleet.App.Clock.Advance(TimeSpan.FromSeconds(3));

        Assert.NotEqual(token.Value, (await fleet.GetTokenAsync()).Value);
    }

    [Fact]
    public async Task Revoke_RevokesTheRefreshTokenThatAnotherInstanceHasGot()
    {
        await using var fleet = await SharingApp.StartAsync(server => server.RotateRefreshTokens = true, UsePassword);
        await using var other = fleet.Another();
        await fleet.GetTokenAsync();
        await Task.WhenAll(fleet.IdleAsync(), other.IdleAsync());
        fleet.App.Clock.Advance(_life);
        await other.GetTokenAsync();
        await Task.WhenAll(fleet.IdleAsync(), other.IdleAsync());

        await fleet.App.Tokens.RevokeAsync(TestApp.ClientName);

        Assert.Equal(fleet.RefreshTokens[^1], fleet.App.Server.RecordedRevocationRequests[0].Form["token"]);
        Assert.Empty(fleet.Store.Entries);
    }

    [Fact]
    public async Task Force_GetsATokenFromTheServerAndTellsTheOthers()
    {
        await using var fleet = await SharingApp.StartAsync();
        await using var other = fleet.Another();
        await other.GetTokenAsync();
        var token = await fleet.App.ForceTokenAsync();

        Assert.Equal(2, fleet.Requests);
        await other.App.UntilAsync(taken => taken.Value == token.Value);
    }

    /// <summary>A server that issues the same token until it expires need not be asked by each instance whether it still does.</summary>
    [Fact]
    public async Task Get_OfATokenThatTheServerIssuesAgain_AsksOnceForAll()
    {
        await using var fleet = await SharingApp.StartAsync(server => server.ReissueBehavior = ReissueBehavior.SameToken);
        await using var other = fleet.Another();
        await fleet.GetTokenAsync();
        await other.GetTokenAsync();
        fleet.App.Clock.Advance(_life - TimeSpan.FromSeconds(20));
        await fleet.GetTokenAsync();
        await fleet.App.Server.WaitForCompletedTokenRequestsAsync(2);
        await Task.WhenAll(fleet.IdleAsync(), other.IdleAsync());
        for (var i = 0; i < 10; i++)
        {
            await other.GetTokenAsync();
            fleet.App.Clock.Advance(TimeSpan.FromSeconds(1));
        }

        await Task.WhenAll(fleet.IdleAsync(), other.IdleAsync());
        Assert.Equal(2, fleet.Requests);
    }

    [Theory]
    [InlineData(null, null, false)]
    [InlineData(null, true, true)]
    [InlineData("Auto", null, false)]
    [InlineData("blue", null, true)]
    [InlineData(null, false, false)]
    public async Task Tokens_AreShared_WhereTheyAreNobodysOwn(string? deviceScope, bool? shareTokens, bool isShared)
    {
        Action<OAuth2ClientOptions> client = options =>
        {
            if (deviceScope is null && shareTokens is not false)
                UsePassword(options);
            (options.DeviceScope, options.ShareTokens) = (deviceScope, shareTokens);
        };
        await using var fleet = await SharingApp.StartAsync(client: client);
        await using var other = fleet.Another(client);
        await fleet.GetTokenAsync();
        await other.GetTokenAsync();

        Assert.Equal(isShared ? 1 : 2, fleet.Requests);
        Assert.Equal(isShared, !fleet.Store.Operations.IsEmpty);
    }

    [Theory]
    [InlineData("secret")]
    [InlineData("user")]
    [InlineData("password")]
    [InlineData("scopes")]
    [InlineData("parameters")]
    [InlineData("audience")]
    [InlineData("scheme")]
    [InlineData("endpoint")]
    public async Task Tokens_ThatAreAskedForDifferently_AreNotShared(string difference)
    {
        await using var fleet = await SharingApp.StartAsync(server =>
        {
            server.Users.Add(new TestUser(OAuth2TestServer.DefaultUsername, OAuth2TestServer.DefaultPassword));
            server.Users.Add(new TestUser("bob", "bob-password"));
        }, UsePassword);
        await using var other = fleet.Another(options =>
        {
            UsePassword(options);
            if (difference == "secret")
                options.ClientSecret = "another-secret";
            if (difference == "user")
                (options.Username, options.Password) = ("bob", "bob-password");
            if (difference == "password")
                options.Password = "another-password";
            if (difference == "scopes")
                options.Scopes.Add("orders:read");
            if (difference == "parameters")
                options.Parameters["tenant"] = "a";
            if (difference == "audience")
                options.Audience = "a";
            if (difference == "scheme")
                options.HeaderScheme = "Token";
            if (difference == "endpoint")
                options.TokenEndpoint = new Uri($"{fleet.App.Server.TokenEndpoint}?a=b");
        });
        await fleet.GetTokenAsync();
        try
        {
            await other.GetTokenAsync();
        }
        catch (OAuth2TokenException)
        {
            // The server knows no other secret, which it was asked for.
        }

        Assert.Equal(2, fleet.Requests);
    }

    [Fact]
    public async Task Tokens_BoundToAKey_AreSharedByThoseWhoHaveIt()
    {
        var files = Enumerable.Range(0, 2).Select(_ => Path.GetTempFileName()).ToArray();
        try
        {
            foreach (var file in files)
            {
                using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
                File.WriteAllText(file, key.ExportPkcs8PrivateKeyPem());
            }

            await using var fleet = await SharingApp.StartAsync(client: options => (options.DPoP, options.DPoPKeyFile) = (true, files[0]));
            await using var same = fleet.Another();
            await using var foreign = fleet.Another(options => (options.DPoP, options.DPoPKeyFile) = (true, files[1]));
            await using var own = fleet.Another(options => options.DPoP = true);
            await fleet.GetTokenAsync();

            using var http = same.App.CreateClient();
            await http.GetStringAsync(_orders);
            Assert.Equal(1, fleet.Requests);
            await foreign.GetTokenAsync();
            await own.GetTokenAsync();
            Assert.Equal(3, fleet.Requests);
        }
        finally
        {
            Array.ForEach(files, File.Delete);
        }
    }

    [Fact]
    public async Task SignIn_OfADevice_IsDoneOnceForAll()
    {
        var prompts = new List<DeviceCodePrompt>();
        Action<OAuth2ClientOptions> device = options =>
        {
            options.GrantType = GrantTypes.DeviceCode;
            options.ShareTokens = true;
            options.DeviceCodeCallback = (prompt, _) =>
            {
                prompts.Add(prompt);
                return default;
            };
        };
        OAuth2TestServer? running = null;
        await using var fleet = await SharingApp.StartAsync(
            server =>
            {
                server.Users.Add(new TestUser(OAuth2TestServer.DefaultUsername, OAuth2TestServer.DefaultPassword));
                server.Clients.Add(new TestClient(OAuth2TestServer.DefaultClientId, OAuth2TestServer.DefaultClientSecret) { GrantTypes = { GrantTypes.DeviceCode } });
                server.RotateRefreshTokens = true;
            },
            options =>
            {
                device(options);
                options.DeviceAuthorizationEndpoint = running!.DeviceAuthorizationEndpoint;
            },
            started: server => running = server);
        var token = fleet.GetTokenAsync();
        await TestApp.UntilAsync(() => prompts.Count > 0 && fleet.App.IsWaiting);
        fleet.App.Server.ApproveDevice(prompts[0].UserCode, OAuth2TestServer.DefaultUsername);
        await fleet.App.AdvanceUntilAsync(token);
        await TestApp.UntilAsync(() => fleet.Store.Entries.Count == 2);

        await using var other = fleet.Another();
        Assert.Equal((await token).Value, (await other.GetTokenAsync()).Value);
        fleet.App.Clock.Advance(_life);
        await using var later = fleet.Another();
        Assert.NotEqual((await token).Value, (await later.GetTokenAsync()).Value);
        Assert.Single(prompts);
    }

    [Fact]
    public async Task Send_OfASynchronousCall_TakesATokenFromTheStore()
    {
        await using var fleet = await SharingApp.StartAsync();
        await using var other = fleet.Another();
        using var http = fleet.App.CreateClient();
        using var otherHttp = other.App.CreateClient();
        using var first = await Task.Run(() => http.Send(new HttpRequestMessage(HttpMethod.Get, _orders)));
        using var second = await Task.Run(() => otherHttp.Send(new HttpRequestMessage(HttpMethod.Get, _orders)));

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK, 1), (first.StatusCode, second.StatusCode, fleet.Requests));
    }

    private static string[] Lines(SharingApp fleet) => [.. fleet.App.Log.Entries.Where(entry => entry.Category == "OAuthClient").Select(entry => entry.Message)];

    private static void UsePassword(OAuth2ClientOptions options)
    {
        options.GrantType = GrantTypes.Password;
        (options.Username, options.Password) = (OAuth2TestServer.DefaultUsername, OAuth2TestServer.DefaultPassword);
        options.ShareTokens = true;
    }
}
