namespace OAuthClient.TokenEndpoint;

// Proves the client to the token or revocation endpoint: in a header or in the form, never in both.
internal abstract class ClientAuthentication(string method, ClientSecretSource? source = null)
{
    // What tells this authentication from another in a token's key.
    public IEnumerable<string?> Identity => source is null ? [] : source.Identity.Append(method);

    // Tells one callback from another of the same client.
    public string? Version => source?.Version;

    // Reads the secret from its source, as it is now; null where there is none.
    public ValueTask<string?> ReadSecretAsync(CancellationToken cancellationToken) => source?.ReadAsync(cancellationToken) ?? default;

    // Adds the proof that the secret makes.
    public abstract void Apply(HttpRequestMessage request, TokenForm form, string? secret);

    public static ClientAuthentication Create(OAuth2ClientOptions options, string clientName)
    {
        var clientId = options.ClientId ?? "";
        var secret = new ClientSecretSource(options, clientName);
        return options.ClientAuthenticationMethod switch
        {
            ClientAuthenticationMethod.ClientSecretBasic => new BasicAuthentication(clientId, secret, isRaw: options.BasicCredentialEncoding == BasicCredentialEncoding.Raw),
            ClientAuthenticationMethod.ClientSecretPost => new PostAuthentication(clientId, secret),
            _ => new NoAuthentication(clientId),
        };
    }

    private sealed class BasicAuthentication(string clientId, ClientSecretSource source, bool isRaw) : ClientAuthentication(isRaw ? "raw" : "basic", source)
    {
        public override void Apply(HttpRequestMessage request, TokenForm form, string? secret)
        {
            var credentials = isRaw ? $"{clientId}:{secret}" : $"{FormUrlEncode(clientId)}:{FormUrlEncode(secret!)}";
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(credentials)));
        }

        private static string FormUrlEncode(string value) => Uri.EscapeDataString(value).Replace("%20", "+", StringComparison.Ordinal);
    }

    private sealed class PostAuthentication(string clientId, ClientSecretSource source) : ClientAuthentication("post", source)
    {
        public override void Apply(HttpRequestMessage request, TokenForm form, string? secret) => form.Add("client_id", clientId).Add("client_secret", secret!);
    }

    private sealed class NoAuthentication(string clientId) : ClientAuthentication("none")
    {
        public override void Apply(HttpRequestMessage request, TokenForm form, string? secret) => form.Add("client_id", clientId);
    }
}
