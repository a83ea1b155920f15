using System.Net;

namespace OAuthClient.Tests.Http;

/// <summary>The request that follows a redirect: what it takes along of the one before.</summary>
public sealed class RedirectRequestTests
{
    private const string Here = "https://api.example/a";
    private const string There = "https://other.example/b";

    [Theory]
    [InlineData(299, false)]
    [InlineData(300, true)]
    [InlineData(301, true)]
    [InlineData(302, true)]
    [InlineData(303, true)]
    [InlineData(304, false)]
    [InlineData(305, false)]
    [InlineData(306, false)]
    [InlineData(307, true)]
    [InlineData(308, true)]
    [InlineData(309, false)]
    public void IsRedirect_OfEachStatus_IsTrueForThoseThatNameAnotherPlace(int status, bool expected) => Assert.Equal(expected, Redirect.IsRedirect((HttpStatusCode)status));

    /// <summary>The part of a page that was asked for is looked for in its new place, too, unless that names one of its own.</summary>
    [Theory]
    [InlineData("https://api.example/a", "https://api.example/b", "https://api.example/b")]
    [InlineData("https://api.example/a#here", "https://api.example/b", "https://api.example/b#here")]
    [InlineData("https://api.example/a", "https://api.example/b#there", "https://api.example/b#there")]
    [InlineData("https://api.example/a#here", "https://api.example/b#there", "https://api.example/b#there")]
    [InlineData("https://api.example/a/b?x=1#here", "c?y=2", "https://api.example/a/c?y=2#here")]
    [InlineData("https://api.example/a", "//other.example/b", "https://other.example/b")]
    [InlineData("http://api.example/a", "http://api.example/b", "http://api.example/b")]
    [InlineData("http://api.example/a", "https://api.example/b", "https://api.example/b")]
    [InlineData("ws://api.example/a", "http://api.example/b", "http://api.example/b")]
    [InlineData("https+http://orders/a", "/b", "https+http://orders/b")]
    [InlineData("https+http://orders/a", "http+https://orders/b", "http+https://orders/b")]
    [InlineData("https+http://orders/a", "ftp://orders/b", null)]
    [InlineData("https://api.example/a", "https+http://orders/b", null)]
    [InlineData("http://api.example/a", "https+http://orders/b", null)]
    [InlineData("http://api.example/a", "ftp://api.example/b", null)]
    [InlineData("http://api.example/a", "wss://api.example/b", null)]
    public void Create_ForEachAddress_LeadsThereOrNowhere(string from, string location, string? expected)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, from);
        using var response = Answer(302, location);

        using var next = Redirect.Create(request, response, isAttached: false);

        Assert.Equal(expected, next?.RequestUri!.AbsoluteUri);
    }

    [Theory]
    [InlineData(300, "GET", "GET")]
    [InlineData(300, "POST", "GET")]
    [InlineData(301, "POST", "GET")]
    [InlineData(301, "PUT", "PUT")]
    [InlineData(302, "POST", "GET")]
    [InlineData(302, "HEAD", "HEAD")]
    [InlineData(302, "DELETE", "DELETE")]
    [InlineData(303, "GET", "GET")]
    [InlineData(303, "HEAD", "HEAD")]
    [InlineData(303, "POST", "GET")]
    [InlineData(303, "PUT", "GET")]
    [InlineData(307, "POST", "POST")]
    [InlineData(308, "POST", "POST")]
    [InlineData(308, "DELETE", "DELETE")]
    public void Create_OfEachStatusAndMethod_KeepsTheContentWhereItKeepsTheMethod(int status, string method, string expected)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), Here) { Content = new StringContent("the order"), Headers = { TransferEncodingChunked = true } };
        using var response = Answer(status, Here);

        using var next = Redirect.Create(request, response, isAttached: false)!;

        var isKept = method == expected;
        Assert.Equal((expected, isKept ? request.Content : null, isKept ? true : null), (next.Method.Method, next.Content, next.Headers.TransferEncodingChunked));
        Assert.Equal((method, true), (request.Method.Method, request.Headers.TransferEncodingChunked));
    }

    /// <summary>Content that cannot be sent twice is in the way where it would be sent again, and there alone.</summary>
    [Theory]
    [InlineData(302, true)]
    [InlineData(303, true)]
    [InlineData(307, false)]
    public void Create_WithContentThatIsReadOnce_FollowsWhereItGoesWithoutIt(int status, bool expected)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Here) { Content = new StreamContent(new OneWayStream()) };
        using var response = Answer(status, Here);

        using var next = Redirect.Create(request, response, isAttached: false);

        Assert.Equal(expected, next is not null);
    }

    [Fact]
    public void Create_OfARequest_TakesVersionHeadersAndOptionsAlong()
    {
        var (key, value) = (new HttpRequestOptionsKey<object>("own"), new object());
        using var request = new HttpRequestMessage(HttpMethod.Get, Here) { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        request.Headers.TryAddWithoutValidation("X-Own", ["a", "b"]);
        request.Headers.TryAddWithoutValidation("User-Agent", "not quite (valid");
        request.Options.Set(key, value);
        using var response = Answer(302, Here);

        using var next = Redirect.Create(request, response, isAttached: false)!;

        Assert.Equal((HttpVersion.Version20, HttpVersionPolicy.RequestVersionExact), (next.Version, next.VersionPolicy));
        Assert.Equal(["a", "b"], next.Headers.NonValidated["X-Own"]);
        Assert.Equal("not quite (valid", next.Headers.NonValidated["User-Agent"].ToString());
        Assert.True(next.Options.TryGetValue(key, out var kept));
        Assert.Same(value, kept);
    }

    /// <summary>What belongs to an origin stays there. Our own credentials are attached anew wherever they may go.</summary>
    [Theory]
    [InlineData(Here, true, "Authorization,Cookie,Host,Proxy-Authorization,X-Plain")]
    [InlineData(Here, false, "Authorization,Cookie,Host,Proxy-Authorization,X-Plain,X-Secret")]
    [InlineData(There, true, "X-Plain")]
    [InlineData(There, false, "X-Plain")]
    [InlineData("https://api.example:444/a", false, "X-Plain")]
    public void Create_OfARequestWithCredentials_LeavesThemWhereTheyBelong(string location, bool isAttached, string expected)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Here);
        foreach (var name in (string[])["Authorization", "Cookie", "Host", "Proxy-Authorization", "X-Plain", "X-Secret"])
            request.Headers.TryAddWithoutValidation(name, "value");
        using var response = Answer(307, location);

        using var next = Redirect.Create(request, response, isAttached, "X-Secret", null)!;

        Assert.Equal(expected, string.Join(',', next.Headers.NonValidated.Select(header => header.Key).Order(StringComparer.Ordinal)));
        Assert.Equal(6, request.Headers.NonValidated.Count);
    }

    private static HttpResponseMessage Answer(int status, string location) => new((HttpStatusCode)status) { Headers = { Location = new Uri(location, UriKind.RelativeOrAbsolute) } };
}
