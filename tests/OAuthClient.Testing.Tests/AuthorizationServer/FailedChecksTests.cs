using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace OAuthClient.Testing.Tests.AuthorizationServer;

public class FailedChecksTests : ServerTests
{
    private const string Grant = "grant_type=client_credentials";
    private const string Form = "application/x-www-form-urlencoded";

    /// <summary>The last three columns leave a right request as it is where they are empty.</summary>
    [Theory]
    [InlineData("token_request.authentication", "&client_secret=test-secret", "", "")]
    [InlineData("token_request.client_id", "&client_id=another", "", "")]
    [InlineData("token_request.repeated", "&scope=a&scope=b", "", "")]
    [InlineData("token_request.query", "", "?client_secret=test-secret", "")]
    [InlineData("token_request.content_type", "", "", "text/plain")]
    public async Task TokenRequest_FaultPlanted_IsInvalidRequestByItsCheck(string check, string form, string query, string contentType)
    {
        foreach (var endpoint in (Uri[])[Server.TokenEndpoint, Server.RevocationEndpoint, Server.IntrospectionEndpoint, Server.DeviceAuthorizationEndpoint])
        {
            Server.ResetCounters();
            var answer = await Caller.SendAsync(new HttpRequestMessage(HttpMethod.Post, $"{endpoint}{query}")
            {
                Content = new StringContent($"{Grant}&token=x{form}", Encoding.UTF8, contentType.Length > 0 ? contentType : Form),
                Headers = { Authorization = Caller.Basic("test-client", "test-secret") },
            });

            Assert.Equal((HttpStatusCode.BadRequest, "invalid_request", check), (answer.Status, answer["error"], Assert.Single(Server.FailedChecks)));
            Assert.EndsWith($" ({check}).", answer["error_description"], StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task AuthorizationRequest_Repeated_IsRefusedByItsCheck()
    {
        var answer = await Caller.PostAsync(Server.AuthorizationEndpoint, "client_id=a&client_id=b", null);

        Assert.Equal((HttpStatusCode.BadRequest, "token_request.repeated"), (answer.Status, Assert.Single(Server.FailedChecks)));
        Assert.EndsWith(" (token_request.repeated).", answer["description"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("PUT")]
    public async Task TokenRequest_NotPost_Is405ByItsCheck(string method)
    {
        var answer = await Caller.SendAsync(new HttpRequestMessage(new HttpMethod(method), Server.TokenEndpoint));

        Assert.Equal((HttpStatusCode.MethodNotAllowed, "token_request.method"), (answer.Status, Assert.Single(Server.FailedChecks)));
        Assert.EndsWith(" (token_request.method).", answer["message"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task FailedChecks_OtherRefusals_AreNotOnTheList()
    {
        Answer[] answers =
        [
            await Caller.TokenAsync(Grant, Caller.Basic("test-client", "wrong")),
            await Caller.TokenAsync("grant_type=magic"),
            await Caller.TokenAsync(Grant, new AuthenticationHeaderValue("Bearer", "x")),
            await Caller.CallAsync("unknown"),
            await Caller.SendAsync(new HttpRequestMessage(HttpMethod.Post, Server.JwksUri)),
        ];

        Assert.DoesNotContain(answers, a => a.Status is HttpStatusCode.OK);
        Assert.Empty(Server.FailedChecks);
    }

    [Fact]
    public async Task FailedChecks_OfAllIssuers_AreOnOneList()
    {
        var acme = Server.AddIssuer("t/acme");

        await Caller.PostAsync(acme.TokenEndpoint, Grant + "&grant_type=password", null);
        await Caller.TokenAsync(Grant + "&client_secret=x");

        Assert.Equal(["token_request.repeated", "token_request.authentication"], Server.FailedChecks);
    }
}
