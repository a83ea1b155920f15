using OAuthClient;

namespace CallApi;

/// <summary>How a client proves itself, by the wire's names.</summary>
internal static class ClientAuthentication
{
    public const string Setting = "OAuth2:ClientAuthenticationMethod";
    public const string EncodingSetting = "OAuth2:BasicCredentialEncoding";

    public static string Name(OAuth2ClientOptions options) => Method(options) switch
    {
        ClientAuthenticationMethod.ClientSecretBasic => "client_secret_basic",
        ClientAuthenticationMethod.ClientSecretPost => "client_secret_post",
        ClientAuthenticationMethod.ClientSecretJwt => "client_secret_jwt",
        ClientAuthenticationMethod.PrivateKeyJwt => "private_key_jwt",
        ClientAuthenticationMethod.TlsClientAuth => "tls_client_auth",
        ClientAuthenticationMethod.SelfSignedTlsClientAuth => "self_signed_tls_client_auth",
        _ => "none",
    };

    public static ClientAuthenticationMethod Method(OAuth2ClientOptions options) => options.ClientAuthenticationMethod ?? ClientAuthenticationMethod.ClientSecretBasic;

    /// <summary>True for those that send or sign with the secret.</summary>
    public static bool UsesSecret(OAuth2ClientOptions options) => Name(options).StartsWith("client_secret", StringComparison.Ordinal);

    /// <summary>The other ways to send the secret that there are.</summary>
    public static IEnumerable<IReadOnlyDictionary<string, string?>> Others(OAuth2ClientOptions options)
    {
        var isBasic = Method(options) == ClientAuthenticationMethod.ClientSecretBasic;
        if (Method(options) != ClientAuthenticationMethod.ClientSecretPost)
            yield return new Dictionary<string, string?> { [Setting] = "client_secret_post" };
        foreach (var encoding in Enum.GetValues<BasicCredentialEncoding>().Where(encoding => !isBasic || encoding != (options.BasicCredentialEncoding ?? BasicCredentialEncoding.FormUrlEncoded)))
            yield return new Dictionary<string, string?> { [Setting] = "client_secret_basic", [EncodingSetting] = $"{encoding}" };
    }
}
