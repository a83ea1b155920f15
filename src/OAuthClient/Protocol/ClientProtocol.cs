namespace OAuthClient.Protocol;

// How one client speaks to its authorization server: made once from one version of its settings.
internal sealed class ClientProtocol(ClientSettings settings)
{
    public ClientSettings Settings => settings;
    public ClientAuthentication Authentication { get; } = new(settings);
    public Grant? Grant { get; } = Grant.Create(settings); // The grant that gets a token from nothing; null where the client has but a refresh token.
}
