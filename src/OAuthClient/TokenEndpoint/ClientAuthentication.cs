using System.Net.Http.Headers;
using System.Text;
using OAuthClient.Grants;

namespace OAuthClient.TokenEndpoint;

/// <summary>Proves the client to the token or revocation endpoint: in a header or in the form, never in both.</summary>
internal abstract class ClientAuthentication
{
    /// <summary>What tells this authentication from another in a token's key.</summary>
    public virtual IEnumerable<string?> Identity => [];

    /// <summary>Reads the secret from its source, as it is now; null where there is none.</summary>
    public virtual ValueTask<string?> ReadSecretAsync(CancellationToken cancellationToken) => default;

    /// <summary>Adds the proof that the secret makes.</summary>
    public abstract void Apply(HttpRequestMessage request, TokenForm form, string? secret);

    public static ClientAuthentication Create(OAuth2ClientOptions options, string clientName)
    {
        var clientId = options.ClientId ?? "";
        var secret = new ClientSecretSource(options, clientName);
        return options.ClientAuthenticationMethod switch
        {
            ClientAuthenticationMethod.ClientSecretBasic => new BasicAuthentication(clientId, secret, options.BasicCredentialEncoding ?? default),
            ClientAuthenticationMethod.ClientSecretPost => new PostAuthentication(clientId, secret),
            _ => new NoAuthentication(clientId),
        };
    }

    private sealed class BasicAuthentication(string clientId, ClientSecretSource source, BasicCredentialEncoding encoding) : ClientAuthentication
    {
        public override IEnumerable<string?> Identity => source.Identity.Append(encoding == BasicCredentialEncoding.Raw ? "raw" : "basic");

        public override ValueTask<string?> ReadSecretAsync(CancellationToken cancellationToken) => source.ReadAsync(cancellationToken);

        public override void Apply(HttpRequestMessage request, TokenForm form, string? secret)
        {
            var credentials = encoding == BasicCredentialEncoding.Raw ? $"{clientId}:{secret}" : $"{FormUrlEncode(clientId)}:{FormUrlEncode(secret!)}";
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(credentials)));
        }

        private static string FormUrlEncode(string value) => Uri.EscapeDataString(value).Replace("%20", "+", StringComparison.Ordinal);
    }

    private sealed class PostAuthentication(string clientId, ClientSecretSource source) : ClientAuthentication
    {
        public override IEnumerable<string?> Identity => source.Identity.Append("post");

        public override ValueTask<string?> ReadSecretAsync(CancellationToken cancellationToken) => source.ReadAsync(cancellationToken);

        public override void Apply(HttpRequestMessage request, TokenForm form, string? secret)
        {
            form.Add("client_id", clientId);
            form.Add("client_secret", secret!);
        }
    }

    private sealed class NoAuthentication(string clientId) : ClientAuthentication
    {
        public override void Apply(HttpRequestMessage request, TokenForm form, string? secret) => form.Add("client_id", clientId);
    }
}
