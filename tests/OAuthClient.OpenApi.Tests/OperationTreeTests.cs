using Microsoft.OpenApi;

namespace OAuthClient.OpenApi.Tests;

/// <summary>Which of a document's paths a call is for.</summary>
public sealed class OperationTreeTests
{
    private static readonly OperationTree _tree = Plant("/", "/orders", "/orders/{id}", "/orders/mine", "/orders/{id}/lines", "/orders/mine/lines/{line}", "/orders/{id}.json", "/orders/report-{year}.csv", "/orders/{a}/{b}",
        "/files/*", "/files/{name}", "/caf%C3%A9/{x}", "/odata/Orders('{id}')", "/dots/../x", "/trailing/", "/PUT:/orders/{id}", "/PUT:/orders/mine/lines/{line}");

    [Theory]
    [InlineData("", "/")]
    [InlineData("/", "/")]
    [InlineData("/orders", "/orders")]
    [InlineData("/Orders", null)]
    [InlineData("/orders/", "/orders")]
    [InlineData("/orders//", null)]
    [InlineData("/orders/7", "/orders/{id}")]
    [InlineData("/orders/mine", "/orders/mine")]
    [InlineData("/orders/mine2", "/orders/{id}")]
    [InlineData("/orders/mine/lines", "/orders/{id}/lines")] // Back from the more specific way, which leads no further.
    [InlineData("/orders/mine/lines/3", "/orders/mine/lines/{line}")]
    [InlineData("/orders/7/other", "/orders/{a}/{b}")]
    [InlineData("/orders/7/lines/3", null)]
    [InlineData("/orders/7.json", "/orders/{id}.json")]
    [InlineData("/orders/.json", "/orders/{id}")]
    [InlineData("/orders/report-2026.csv", "/orders/report-{year}.csv")]
    [InlineData("/orders/report-2026.json", "/orders/{id}.json")]
    [InlineData("/files/a", "/files/{name}")]
    [InlineData("/files/a/b/c", "/files/*")]
    [InlineData("/files", "/files/*")]
    [InlineData("/filesystem", null)]
    [InlineData("/caf%C3%A9/1", "/caf%C3%A9/{x}")]
    [InlineData("/orders/a%2Fb", "/orders/{id}")]
    [InlineData("/orders/m%69ne", "/orders/mine")]
    [InlineData("/odata/Orders('7')", "/odata/Orders('{id}')")]
    [InlineData("/trailing", "/trailing/")]
    public void Path_Find_IsTheMostSpecificTemplates(string path, string? template) => Assert.Equal(template, Find("GET", path));

    /// <summary>A template that lacks the method is none for the call.</summary>
    [Theory]
    [InlineData("PUT", "/orders/mine", "/PUT:/orders/{id}")]
    [InlineData("put", "/orders/7", "/PUT:/orders/{id}")]
    [InlineData("PUT", "/orders", null)]
    [InlineData("PATCH", "/orders/7", null)]
    public void Method_Find_Counts(string method, string path, string? template) => Assert.Equal(template, Find(method, path));

    [Fact]
    public void Find_AllocatesNothing()
    {
        _tree.Find("GET", "/orders/mine/lines/3", out _);
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var i = 0; i < 100; i++)
            _tree.Find("GET", "/orders/mine/lines/3", out _);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    /// <summary>The same object, with which the client remembers the token that it led to.</summary>
    [Fact]
    public void Find_OfAnOperation_GivesTheSameRequestEachTime() =>
        Assert.Same(_tree.Find("GET", "/orders/7", out _), _tree.Find("GET", "/orders/8", out _));

    private static string? Find(string method, string path) => _tree.Find(method, path, out _)?.Scopes?.Single();

    /// <summary>Each template's scope is its own name.</summary>
    private static OperationTree Plant(params string[] templates)
    {
        var document = new OpenApiDocument { Paths = [] };
        foreach (var template in templates)
        {
            var method = template.StartsWith("/PUT:", StringComparison.Ordinal) ? HttpMethod.Put : HttpMethod.Get;
            var path = template.Replace("/PUT:", "", StringComparison.Ordinal);
            var security = new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference("default", document)] = [template] };
            if (!document.Paths.TryGetValue(path, out var item))
                document.Paths[path] = item = new OpenApiPathItem();
            ((OpenApiPathItem)item).AddOperation(method, new OpenApiOperation { Security = [security] });
        }

        return new OperationTree(new ApiDocument("test", document));
    }
}
