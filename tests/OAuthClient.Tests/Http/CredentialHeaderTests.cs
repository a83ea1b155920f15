using System.Net;
using Microsoft.Extensions.DependencyInjection;
using OAuthClient.Testing;

namespace OAuthClient.Tests.Http;

/// <summary>Credentials beside the token are kept as it is: from other origins, from logs, and from the headers of later calls.</summary>
public sealed class CredentialHeaderTests
{
    private const string Name = "Subscription-Key";
    private const string Value = "subscription-4711";

    /// <summary>The factory hides all headers unless the user names those to hide; then ours are among them.</summary>
    [Fact]
    public async Task CredentialHeaders_WhereTheUserHidesOthersAlone_AreHiddenAllTheSame()
    {
        await using var app = await StartAsync(services: services => services.AddHttpClient(TestApp.ClientName).RedactLoggedHeaders(["X-Other"]));
        using var http = app.CreateClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, "orders") { Headers = { { "X-Plain", "plain-0815" } } };

        using var answer = await http.SendAsync(request);

        Assert.Equal(Value, Assert.Single(app.Server.RecordedApiCalls).Headers[Name]);
        Assert.Contains(app.Log.Entries, entry => entry.Message.Contains("plain-0815", StringComparison.Ordinal) && entry.Message.Contains($"{Name}: *", StringComparison.Ordinal));
        Assert.DoesNotContain(app.Log.Entries, entry => entry.Message.Contains("4711", StringComparison.Ordinal));
    }

    [Fact]
    public async Task CredentialHeaders_ThatTheCallHasToo_AreTheClients()
    {
        await using var app = await StartAsync();
        using var http = app.CreateClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, "orders") { Headers = { { Name.ToUpperInvariant(), "of-the-call" } } };

        using var answer = await http.SendAsync(request);

        Assert.Equal(Value, Assert.Single(app.Server.RecordedApiCalls).Headers[Name]);
    }

    /// <summary>Without a token they are all that there is to keep from a route to somebody else.</summary>
    [Fact]
    public async Task CredentialHeaders_WithoutATokenOnARouteElsewhere_AreNotDelivered()
    {
        await using var other = await OAuth2TestServer.StartAsync();
        await using var app = await StartAsync(client => client.SendsNoToken = true, services => services.AddHttpClient(TestApp.ClientName).AddHttpMessageHandler(() => new Detour(other.BaseAddress)));
        using var http = app.CreateClient();

        await Assert.ThrowsAsync<InvalidOperationException>(() => http.GetAsync(new Uri("orders", UriKind.Relative)));

        Assert.Equal(0, other.ApiCalls);
    }

    [Fact]
    public async Task CredentialHeaders_ThatTheClientHasNoMore_AreNotSentAgain()
    {
        var changed = false;
        await using var app = await StartAsync(client =>
        {
            if (changed)
                client.CredentialHeaders.Remove(Name);
        });
        using var http = app.CreateClient();
        app.Server.ApiBehavior.Override = context =>
        {
            app.Server.ApiBehavior.Override = null;
            changed = true;
            app.ReloadOptions();
            app.Server.RevokeAllTokens();
            context.Response.StatusCode = 401;
            return Task.CompletedTask;
        };

        using var answer = await http.GetAsync(new Uri("orders", UriKind.Relative));

        Assert.Equal([true, false], app.Server.RecordedApiCalls.Select(call => call.Headers.ContainsKey(Name)));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    /// <summary>An API may say in its challenge what it was sent.</summary>
    [Fact]
    public async Task CredentialHeaders_InAChallengeThatEchoesThem_AreNotLogged()
    {
        await using var app = await StartAsync();
        using var http = app.CreateClient();
        app.Server.ApiBehavior.Override = context =>
        {
            (context.Response.StatusCode, context.Response.Headers.WWWAuthenticate) = (401, Value);
            return Task.CompletedTask;
        };

        using var answer = await http.GetAsync(new Uri("orders", UriKind.Relative));

        Assert.Contains(app.Log.Entries, entry => entry.Message.Contains("its challenge asks for (not shown, since it repeats what was sent), not for a token", StringComparison.Ordinal));
        Assert.DoesNotContain(app.Log.Entries, entry => entry.Message.Contains("4711", StringComparison.Ordinal));
    }

    [Fact]
    public void CredentialHeaders_OfOneNameInTwoSpellings_AreOne() =>
        Assert.Equal("second", Assert.Single(new OAuth2ClientOptions { CredentialHeaders = { ["apikey"] = "first", ["ApiKey"] = "second" } }.CredentialHeaders).Value);

    /// <summary>Who follows a redirect attaches them anew, as the client has them by then.</summary>
    [Fact]
    public void Redirect_ToTheSameOrigin_LeavesThemToWhoeverAttachesThem()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "https://api.example/a") { Headers = { { Name, Value }, { "X-Plain", "1" } } };
        using var response = new HttpResponseMessage(HttpStatusCode.Redirect) { Headers = { Location = new Uri("/b", UriKind.Relative) } };

        using var attached = Redirect.Create(request, response, isAttached: true, Name)!;
        using var callers = Redirect.Create(request, response, isAttached: false, Name)!;

        Assert.Equal((false, true, true), (attached.Headers.Contains(Name), attached.Headers.Contains("X-Plain"), callers.Headers.Contains(Name)));
    }

    [Theory]
    [InlineData("API-Key", "value", "CredentialHeaders holds 'API-Key', which carries the token or the API key. Each needs a header of its own.")]
    [InlineData("X-Other", "va\u00e4lue", "CredentialHeaders holds no value for 'X-Other' that a header can carry. It must be printable ASCII.")]
    [InlineData("X-Other", "va\nlue", "CredentialHeaders holds no value for 'X-Other' that a header can carry. It must be printable ASCII.")]
    [InlineData("X-Other", "value", null)]
    public void CredentialHeaders_BesideAnApiKey_AreChecked(string name, string value, string? says)
    {
        var options = new OAuth2ClientOptions { TokenEndpoint = new Uri("https://idp.example/token"), ClientId = "id", ClientSecret = "secret", ApiKey = "key", ApiKeyHeaderName = "api-key", CredentialHeaders = { [name] = value } };

        Assert.Equal(says is null ? null : $"OAuth2 client 'orders': {says}", new OAuth2ClientOptionsValidator().Validate("orders", options).FailureMessage);
    }

    /// <summary>A service that wants no token may want the header that would carry it.</summary>
    [Fact]
    public void CredentialHeaders_OfAClientThatSendsNoToken_MayBeAuthorization() =>
        Assert.Null(new OAuth2ClientOptionsValidator().Validate("orders", new OAuth2ClientOptions { SendsNoToken = true, CredentialHeaders = { ["Authorization"] = "Key 4711" } }).FailureMessage);

    private static Task<TestApp> StartAsync(Action<OAuth2ClientOptions>? client = null, Action<IServiceCollection>? services = null) => TestApp.StartAsync(
        client: options =>
        {
            options.CredentialHeaders[Name] = Value;
            client?.Invoke(options);
        },
        services: services);

    private sealed class Detour(Uri elsewhere) : DelegatingHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            request.RequestUri = new Uri(elsewhere, request.RequestUri!.PathAndQuery);
            return base.SendAsync(request, cancellationToken);
        }
    }
}
