using System.Text;
using OAuthClient.Testing;

namespace OAuthClient.Tests.Canaries;

/// <summary>What may travel where: secrets to the authorization server in header or form, token and API key to the API in their headers.</summary>
internal static class Wire
{
    public static void Check(Stage stage, OAuth2TestServer server)
    {
        foreach (var request in server.RecordedTokenRequests.Concat(server.RecordedRevocationRequests))
            CheckTokenRequest(stage, request);
        foreach (var request in server.RecordedApiCalls)
            CheckCall(stage, request);
    }

    public static void CheckForeign(Stage stage)
    {
        var foreign = stage.Foreign;
        foreach (var request in foreign.RecordedTokenRequests.Concat(foreign.RecordedApiCalls))
        {
            var address = stage.ApiGivesTokenAway ? "" : request.Path + request.Query;
            AssertNone(stage, "foreign origin", address + Body(request) + Headers(request));
        }
    }

    private static void CheckTokenRequest(Stage stage, RecordedRequest request)
    {
        AssertNone(stage, "token request's address", request.Path);
        Assert.All(stage.Sightings.Find(request.Query), name => Assert.Equal(Stage.AddressName, name));
        AssertNone(stage, "token request's headers", Headers(request, "Authorization"));

        var inHeader = stage.Sightings.Find(request.Headers.GetValueOrDefault("Authorization", "")).ToList();
        var inForm = stage.Sightings.Find(Body(request)).ToList();
        Assert.All(inHeader, name => Assert.Equal(Stage.SecretName, name));
        Assert.Empty(inHeader.Intersect(inForm));
        Assert.DoesNotContain("API key", inForm);
    }

    private static void CheckCall(Stage stage, RecordedRequest request)
    {
        AssertNone(stage, "call's address", request.Path + request.Query);
        AssertNone(stage, "call's content", Body(request));
        AssertNone(stage, "call's other headers", Headers(request, stage.HeaderName, Stage.ApiKeyHeader, "Subscription-Key"));
        Assert.All(stage.Sightings.Find(request.Headers.GetValueOrDefault(stage.HeaderName, "")), name => Assert.Equal(Stage.TokenName, name));
        Assert.All(stage.Sightings.Find(request.Headers.GetValueOrDefault(Stage.ApiKeyHeader, "")), name => Assert.Equal("API key", name));
    }

    private static void AssertNone(Stage stage, string where, string text)
    {
        foreach (var name in stage.Sightings.Find(text))
            Assert.Fail($"{name} in a {where}: {text}");
    }

    private static string Body(RecordedRequest request) => Encoding.UTF8.GetString(request.Body.Span);

    private static string Headers(RecordedRequest request, params string[] except) =>
        string.Join('\n', request.Headers.Where(header => !except.Contains(header.Key, StringComparer.OrdinalIgnoreCase)));
}
