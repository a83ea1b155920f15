using System.Security.Cryptography;
using OAuthClient.Testing;

namespace OAuthClient.Tests.Canaries;

/// <summary>Keys, assertions and tokens that a client proves itself or its subject by, and servers that echo them.</summary>
internal static class CredentialScenarios
{
    public static async Task PrivateKey_IsNeverShown(Stage stage)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var pem = stage.Watch("private key", key.ExportPkcs8PrivateKeyPem());
        var app = stage.StartAnother(options => (options.ClientSecret, options.ClientAuthenticationMethod, options.PrivateKey) = (null, ClientAuthenticationMethod.PrivateKeyJwt, pem));
        stage.Server.TokenEndpointBehavior.FailUntilCleared(401, """{"error":"invalid_client","error_description":"No such key."}""");
        await stage.FailAsync("No such key", app);
    }

    public static async Task PrivateKey_ThatIsOfNoUse_IsNotQuoted(Stage stage)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var broken = stage.Watch("private key", key.ExportPkcs8PrivateKeyPem()[..^40]);
        var password = stage.Watch("key password", Canary.Next());
        var app = stage.StartAnother(options => (options.ClientSecret, options.ClientAuthenticationMethod, options.PrivateKeyPassword, options.PrivateKeyCallback) =
            (null, ClientAuthenticationMethod.PrivateKeyJwt, password, _ => ValueTask.FromResult(broken)));
        await stage.FailAsync("the private key cannot be read", app);
    }

    public static async Task SecondarySecret_ThatIsEchoed(Stage stage)
    {
        var second = stage.Watch(Stage.SecretName, Canary.NextAwkward());
        var app = stage.StartAnother(options => options.SecondaryClientSecret = second);
        stage.Server.TokenEndpointBehavior.FailUntilCleared(401, $$"""{"error":"invalid_client","error_description":"{{second.Replace("\"", "\\\"", StringComparison.Ordinal)}}"}""");
        await stage.FailAsync("(not shown, since it repeats what was sent)", app);
    }

    public static async Task SubjectAndActorTokens_ThatAreEchoed(Stage stage)
    {
        var subject = stage.Watch("subject token", Canary.Next());
        var actor = stage.Watch("actor token", Canary.Next());
        foreach (var echoed in new[] { subject, actor })
        {
            var app = stage.StartAnother(options =>
            {
                (options.GrantType, options.Username, options.Password) = (GrantTypes.TokenExchange, null, null);
                options.Parameters.Clear();
                (options.SubjectTokenCallback, options.ActorToken) = (_ => ValueTask.FromResult(subject), actor);
            });
            stage.Server.TokenEndpointBehavior.FailUntilCleared(400, $$"""{"error":"invalid_request","error_description":"{{echoed}}"}""");
            await stage.FailAsync("(not shown, since it repeats what was sent)", app);
            app.Clock.Advance(TimeSpan.FromHours(1));
        }
    }

    public static async Task SubjectTokenOfACall_ThatIsEchoed(Stage stage)
    {
        var subject = stage.Watch("subject token", Canary.Next());
        var app = stage.StartAnother(options =>
        {
            (options.GrantType, options.Username, options.Password) = (GrantTypes.TokenExchange, null, null);
            options.Parameters.Clear();
        });
        stage.Server.TokenEndpointBehavior.FailUntilCleared(400, $$"""{"error":"invalid_grant","error_description":"{{subject}}"}""");
        await stage.FailAsync<OAuth2TokenException>(() => app.Tokens.GetTokenAsync(TestApp.ClientName, new OAuth2TokenRequest { SubjectToken = subject }).AsTask());
    }

    public static async Task AgentSecret_ThatIsEchoed(Stage stage)
    {
        var secret = stage.Watch("agent secret", Canary.Next());
        var app = stage.StartAnother(options =>
        {
            (options.GrantType, options.Username, options.Password) = (GrantTypes.AuthorizationCode, null, null);
            options.Parameters.Clear();
            (options.TokenEndpoint, options.RevocationEndpoint) = (stage.Server.TokenEndpoint, null);
            (options.AgentId, options.AgentSecret, options.RedirectUri) = ("agent", secret, "https://agent.example/");
        });
        stage.Server.AuthorizationEndpointBehavior.FailNext(1, 400, $$"""{"error":"invalid_request","error_description":"{{secret}}"}""");
        await stage.FailAsync("(not shown, since it repeats what was sent)", app);
    }

    public static async Task CredentialHeader_GoesOutWithTheToken(Stage stage)
    {
        var app = stage.StartAnother(options => options.CredentialHeaders["Subscription-Key"] = stage.ApiKey);
        Assert.Equal(200, await stage.CallAsync(app));
    }
}
