using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace OAuthClient.OpenApi.Tests;

/// <summary>Documents that are broken, or made to harm: one sentence at the start, and nothing else happens.</summary>
public sealed class HostileTests
{
    private const string Head = "openapi: 3.0.3\ninfo: {title: t, version: v}\n";

    public static TheoryData<string, string> Broken => new()
    {
        { "", "is empty, or a stream that has been read already" },
        { "<html><body>Sign in</body></html>", "is no OpenAPI document: it has neither openapi nor swagger at its top" },
        { "{\"hello\": \"world\"}", "is no OpenAPI document: it has neither openapi nor swagger at its top" },
        { "openapi: 9.0.0\npaths: {}\n", "is none that can be read: OpenAPI specification version '9.0.0' is not supported" },
        { "swagger: '1.2'\npaths: {}\n", "is none that can be read: OpenAPI specification version '1.2' is not supported" },
        { "{\n\"openapi\": \"3.0.3\",\n\"info\": {,}\n}", "is no JSON: line 3: " },
        { "openapi: 3.0.3\ninfo: {title: t\npaths: [\n", "is no YAML: line 3: While parsing a flow mapping" },
        { "swagger: '2.0'\ninfo: {title: t, version: v}\nhost: a b\npaths: {}\n", "is wrong at #/: Invalid host." },
        { Head + "paths: [a]\n", "is wrong at #/paths: " },
        { Head + "paths: {}\nservers: 5\n", "is wrong at #/servers: " },
        { Head + "paths: {}\nsecurity: 5\n", "is wrong at #/security: " },
        { Head + "paths: {/a: {get: {security: [{default: 5}]}}}\n", "is wrong at #/paths/~1a/get/security: " },
        { Head + "paths: {/a: {get: 5}}\n", "is wrong at #/paths/~1a/get: " },
        { Head + "paths: {}\nx-wso2-auth-header: [X]\n", "is wrong at #/x-wso2-auth-header: it must be text, but is [\"X\"]" },
        { Head + "paths: {}\nx-wso2-auth-header: Host\n", "is wrong at #/x-wso2-auth-header: 'Host' is no header that can carry a token. Set HeaderName" },
        { Head + "paths: {}\nx-wso2-auth-header: \"X-A\\r\\nX-B: 1\"\n", "'X-A  X-B: 1' is no header that can carry a token" },
        { Head + "paths: {}\nx-wso2-auth-header: Cookie\n", "'Cookie' is no header that can carry a token" },
        { Head + "paths: {}\ncomponents: {securitySchemes: {Key: {type: apiKey, in: header, name: Host}}}\n", "is wrong about its security scheme 'Key': 'Host' is no header that can carry a key" },
        { Head + "paths: {}\ncomponents: {securitySchemes: {Key: {type: apiKey, in: header, name: \"a\\r\\nb\"}}}\n", "'a  b' is no header that can carry a key" },
        { Head + "paths: {}\ncomponents: {securitySchemes: {a: {$ref: '#/components/securitySchemes/b'}, b: {$ref: '#/components/securitySchemes/a'}}}\n", "cannot be read: Circular reference" },
        { "{\"openapi\": \"3.0.3\", \"paths\": " + new string('[', 100_000), "is no JSON: line 1: The maximum configured depth of 64 has been exceeded" },
        { Head + "paths: {}\nx-a: " + new string('[', 100_000), "is no YAML: line " },
        { Head + "paths: {}\nx-a:\n " + string.Concat(Enumerable.Repeat("- ", 100_000)) + "1\n", "is no YAML: line " },
        { Head + "paths: {}\nx-a:\n" + string.Concat(Enumerable.Range(1, 2000).Select(depth => new string(' ', depth) + "a:\n")), "is no YAML: line " },
        { Head + "paths: {}\nx-a: &a [*a]\n", "contains a cycle" },
        { Head + "paths: {}\nx-a: &a [1,1,1,1,1,1,1,1,1]\n" + string.Concat(Enumerable.Range(0, 9).Select(i => $"x-{(char)('b' + i)}: &{(char)('b' + i)} [{string.Join(',', Enumerable.Repeat($"*{(char)('a' + i)}", 9))}]\n")), "expands aliases" },
        { Head + "paths: {}\nx-a: " + new string('a', 16 * 1024 * 1024), "is longer than 16 MiB" },
    };

    [Theory]
    [MemberData(nameof(Broken))]
    public async Task Document_ThatIsBroken_IsOneErrorAtTheStart(string text, string fault)
    {
        await using var app = new App(o =>
        {
            (o.TokenEndpoint, o.ApiKey, o.ApiKeyHeaderName) = (new Uri("https://idp.acme.dev/token"), "key", "X-Key");
            o.UseOpenApi(App.ToStream(text));
        });

        Assert.Contains(fault, app.Fault, StringComparison.Ordinal);
        Assert.StartsWith("OAuth2 client 'orders': OpenAPI document '(a stream)' ", app.Fault, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', app.Fault);
        Assert.InRange(app.Fault.Length, 50, 700);
    }

    /// <summary>What is wrong with schemas, or with what no client needs, is nobody's business here.</summary>
    [Theory]
    [InlineData("paths: {}\ncomponents: {schemas: 5}\n")]
    [InlineData("paths: {/a: {get: {parameters: 5, responses: 5}}}\n")]
    [InlineData("paths: {}\ntags: 5\nexternalDocs: 5\n")]
    [InlineData("paths: {}\nx-wso2-basePath: ''\nx-wso2-api-key-header:\n")]
    [InlineData("paths: {/a: {$ref: '#/paths/~1b'}, /b: {$ref: '#/paths/~1a'}}\n")]
    [InlineData("paths: {}\nexternalDocs: {url: 'https://{a}.b'}\ncomponents: {securitySchemes: {o: {type: openIdConnect, openIdConnectUrl: 'https://{a}.b'}, p: {type: oauth2, flows: {authorizationCode: {authorizationUrl: 'https://{a}.b', tokenUrl: 'https://{a}.b', refreshUrl: 'https://{a}.b'}}}}}\n")]
    [InlineData("")]
    public async Task Document_ThatIsWrongElsewhere_IsRead(string text)
    {
        await using var app = new App(o =>
        {
            o.TokenEndpoint = new Uri("https://idp.acme.dev/token");
            o.UseOpenApi(App.ToStream(Head + "x-wso2-auth-header: X-Token\n" + text));
        });

        Assert.Equal("X-Token", app.Options.HeaderName);
    }

    [Fact]
    public async Task Document_WithAByteOrderMark_IsRead()
    {
        await using var app = new App(o =>
        {
            o.TokenEndpoint = new Uri("https://idp.acme.dev/token");
            o.UseOpenApi(App.ToStream("\uFEFF{\"openapi\":\"3.0.3\",\"info\":{\"title\":\"t\",\"version\":\"v\"},\"paths\":{},\"x-wso2-auth-header\":\"X-Token\"}"));
        });

        Assert.Equal("X-Token", app.Options.HeaderName);
    }

    [Fact]
    public async Task Reference_ToAnotherDocument_IsNotFetched()
    {
        using var elsewhere = new TcpListener(IPAddress.Loopback, 0);
        elsewhere.Start();
        var address = $"http://{elsewhere.LocalEndpoint}/schemes.yaml";
        await using var app = new App(o =>
        {
            o.TokenEndpoint = new Uri("https://idp.acme.dev/token");
            o.UseOpenApi(App.ToStream($"{Head}paths: {{/a: {{$ref: '{address}#/paths/~1a'}}}}\nx-wso2-auth-header: X-Token\ncomponents: {{securitySchemes: {{far: {{$ref: '{address}#/far'}}, file: {{$ref: '/etc/hostname#/far'}}}}}}\n"));
        }, http => http.UseOpenApiScopes(App.ToStream($"{Head}paths: {{/a: {{$ref: '{address}#/paths/~1a'}}, /b: {{get: {{security: [{{far: [read]}}]}}}}}}\n")));

        Assert.Equal("X-Token", app.Options.HeaderName);
        using var client = app.CreateClient();
        Assert.False(elsewhere.Pending());
    }

    [Theory]
    [InlineData("/nowhere/orders.yaml", "is not there: there is no file /nowhere/orders.yaml")]
    [InlineData("https://portal.acme.dev/orders.yaml", "is an address, and none is fetched")]
    [InlineData("/", "cannot be read: ")]
    public async Task Path_ThatLeadsNowhere_IsAnError(string path, string fault)
    {
        await using var app = new App(o =>
        {
            o.TokenEndpoint = new Uri("https://idp.acme.dev/token");
            o.UseOpenApi(path);
        });

        Assert.Contains($"OAuth2 client 'orders': OpenAPI document '{path}' {fault}", app.Fault, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stream_ThatIsClosed_IsAnError()
    {
        var stream = App.Open("bijira.json");
        await stream.DisposeAsync();
        await using var app = new App(o =>
        {
            o.TokenEndpoint = new Uri("https://idp.acme.dev/token");
            o.UseOpenApi(stream);
        });

        Assert.Contains("cannot be read: Cannot access a closed Stream. Open the stream where UseOpenApi is called", app.Fault, StringComparison.Ordinal);
    }

    /// <summary>Options are completed again where somebody uses the same ones twice, as a script does.</summary>
    [Fact]
    public async Task Options_CompletedTwice_SayItOnce()
    {
        await using var app = new App(_ => { });
        var options = new OAuth2ClientOptions { ClientId = "id", ClientSecret = "secret", TokenEndpoint = new Uri("https://idp.acme.dev/token") };
        options.UseOpenApi("/nowhere/orders.yaml");

        for (var i = 0; i < 2; i++)
            Assert.All(app.Services.GetServices<IPostConfigureOptions<OAuth2ClientOptions>>(), defaults => defaults.PostConfigure("orders", options));

        var result = Assert.Single(app.Services.GetServices<IValidateOptions<OAuth2ClientOptions>>()).Validate("orders", options);
        Assert.Equal(2, result.FailureMessage?.Split("is not there").Length);
    }

    [Fact]
    public async Task Document_WithAddressesThatAreNone_IsReadIn20Too()
    {
        await using var app = new App(o =>
        {
            o.TokenEndpoint = new Uri("https://idp.acme.dev/token");
            o.UseOpenApi(App.ToStream("swagger: '2.0'\ninfo: {title: t, version: v}\npaths: {}\nx-wso2-auth-header: X-Token\nsecurityDefinitions: {a: {type: oauth2, flow: accessCode, authorizationUrl: 'https://{a}.b', tokenUrl: 'https://{a}.b'}}\n"));
        });

        Assert.Equal("X-Token", app.Options.HeaderName);
    }

    /// <summary>Options are made anew at each change of configuration, and a stream has been read by then.</summary>
    [Fact]
    public async Task Stream_ForOptionsThatAreMadeAgain_StandsForItsDocument()
    {
        using var stream = App.ToStream(Head + "paths: {}\nx-wso2-auth-header: X-Token\n");
        await using var app = new App(o =>
        {
            o.TokenEndpoint = new Uri("https://idp.acme.dev/token");
            o.UseOpenApi(stream);
        });
        var factory = app.Services.GetRequiredService<IOptionsFactory<OAuth2ClientOptions>>();

        Assert.Equal("X-Token", factory.Create("orders").HeaderName);
        Assert.Equal("X-Token", factory.Create("orders").HeaderName);
    }
}
