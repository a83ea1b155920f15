namespace OAuthClient.Tests.Http;

public sealed class SentCredentialsTests
{
    [Theory]
    [InlineData("Authorization", "Bearer abc.def", "abc.def")]
    [InlineData("Proxy-Authorization", "Basic dXNlcjpwYXNz", "dXNlcjpwYXNz pass")]
    [InlineData("Authorization", "Basic bm9jb2xvbg==", "bm9jb2xvbg== nocolon")]
    [InlineData("Authorization", "abc", "abc")]
    [InlineData("apikey", "a key", "a key")]
    [InlineData("Choreo-API-Key", "chk_1", "chk_1")]
    [InlineData("Cookie", "session=abc; theme=dark", "session=abc; theme=dark")]
    [InlineData("DPoP", "proof", "proof")]
    [InlineData("X-Custom", "Own abc", "abc")]
    [InlineData("Subscriber", "sub-1", "sub-1")]
    [InlineData("Accept", "application/json", "")]
    [InlineData("User-Agent", "Orders/1.0", "")]
    public void Find_InHeaders_KnowsThoseThatCarryCredentials(string name, string value, string expected)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "https://api.example/orders");
        request.Headers.TryAddWithoutValidation(name, value);
        var client = new ClientSettings("orders", new OAuth2ClientOptions { HeaderName = "X-Custom", HeaderScheme = "Own", CredentialHeaders = { ["Subscriber"] = "sub-1" } });

        Assert.Equal(expected, string.Join(' ', SentCredentials.Find(request, client).Where(secret => secret.Length > 0)));
    }

    [Theory]
    [InlineData("X-Auth")]
    [InlineData("X-KEY")]
    [InlineData("X-Token")]
    [InlineData("X-Secret")]
    [InlineData("X-Cookies")]
    [InlineData("X-Credential")]
    [InlineData("X-Password")]
    [InlineData("X-Session-Id")]
    [InlineData("X-Signature")]
    [InlineData("X-Assertion")]
    [InlineData("X-Jwt")]
    [InlineData("X-DPoP")]
    public void Find_UnderANameThatSpeaksOfASecret_KnowsHeaderAndField(string name)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"https://api.example/orders?{name}=in-the-query&plain=open");
        request.Headers.TryAddWithoutValidation(name, ["a header", "another"]);
        request.Headers.TryAddWithoutValidation("X-Plain", "open");

        Assert.Equal(["a header", "another", "in-the-query", ""], SentCredentials.Find(request, client: null));
    }

    /// <summary>Headers that the client sends credentials in are known in any case.</summary>
    [Fact]
    public void Find_InAHeaderOfTheClientInAnotherCase_KnowsIt()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "https://api.example/");
        request.Headers.TryAddWithoutValidation("x-custom", "Own abc");
        request.Headers.TryAddWithoutValidation("SUBSCRIBER", "sub 1");
        var client = new ClientSettings("orders", new OAuth2ClientOptions { HeaderName = "X-Custom", HeaderScheme = "Own", CredentialHeaders = { ["Subscriber"] = "sub 1" } });

        Assert.Equal(["abc", "sub 1", ""], SentCredentials.Find(request, client));
    }

    [Fact]
    public void Find_InTheAddress_KnowsFieldsAndUserInformation()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "https://user:p%40ss@api.example/orders?apikey=k%2F1&status=open&access_token=t&access_token=u&flag");

        Assert.Equal(["k/1", "t", "u", "user:p@ss"], SentCredentials.Find(request, client: null));
    }

    [Fact]
    public void Find_WhereThereIsNoRequestOrAddress_FindsNothing()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "orders?apikey=1");

        Assert.Empty(SentCredentials.Find(null, client: null));
        Assert.Empty(SentCredentials.Find(request, client: null));
    }
}
