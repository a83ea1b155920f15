using System.Net.Http.Headers;
using System.Text;
using OAuthClient.Grants;

namespace OAuthClient.TokenEndpoint;

/// <summary>Proves the client to the token or revocation endpoint: in a header or in the form, never in both.</summary>
internal abstract class ClientAuthentication
{
    /// <summary>What tells this authentication from another in a token's key.</summary>
    public virtual IEnumerable<string?> Identity => [];

    /// <summary>Adds the proof. Returns the secret it used, for messages to be cleaned of it; null where there is none.</summary>
    public abstract ValueTask<string?> ApplyAsync(HttpRequestMessage request, TokenForm form, CancellationToken cancellationToken);

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

    private sealed class BasicAuthentication(string clientId, ClientSecretSource secret, BasicCredentialEncoding encoding) : ClientAuthentication
    {
        public override IEnumerable<string?> Identity => secret.Identity;

        public override async ValueTask<string?> ApplyAsync(HttpRequestMessage request, TokenForm form, CancellationToken cancellationToken)
        {
            var value = await secret.ReadAsync(cancellationToken).ConfigureAwait(false);
            var credentials = encoding == BasicCredentialEncoding.Raw ? $"{clientId}:{value}" : $"{FormUrlEncode(clientId)}:{FormUrlEncode(value)}";
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(credentials)));
            return value;
        }

        private static string FormUrlEncode(string value) => Uri.EscapeDataString(value).Replace("%20", "+", StringComparison.Ordinal);
    }

    private sealed class PostAuthentication(string clientId, ClientSecretSource secret) : ClientAuthentication
    {
        public override IEnumerable<string?> Identity => secret.Identity;

        public override async ValueTask<string?> ApplyAsync(HttpRequestMessage request, TokenForm form, CancellationToken cancellationToken)
        {
            form.Add("client_id", clientId);
            var value = await secret.ReadAsync(cancellationToken).ConfigureAwait(false);
            form.Add("client_secret", value);
            return value;
        }
    }

    private sealed class NoAuthentication(string clientId) : ClientAuthentication
    {
        public override ValueTask<string?> ApplyAsync(HttpRequestMessage request, TokenForm form, CancellationToken cancellationToken)
        {
            form.Add("client_id", clientId);
            return default;
        }
    }
}
