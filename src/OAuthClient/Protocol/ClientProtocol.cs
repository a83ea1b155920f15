namespace OAuthClient.Protocol;

// How one client speaks to its authorization server: made once from one version of its settings.
internal sealed class ClientProtocol(ClientSettings settings, ClientProtocol? previous = null)
{
    public ClientSettings Settings => settings;
    public ClientAuthentication Authentication { get; } = new(settings);

    // What tokens are bound to; its key outlives a change of other settings, or they would be of no use after it. Null for clients of bearer tokens.
    public DPoPProver? Prover { get; } = !settings.DPoP ? null : previous?.Prover is { } known && previous.Settings.DPoPKeyFile == settings.DPoPKeyFile ? known : DPoPProver.Create(settings.DPoPKeyFile);
    public SignIn? SignIn { get; } = SignIn.Create(settings); // What has to come before; null for grants that need nobody.
    public Grant? Grant { get; } = Grant.Create(settings); // The grant that gets a token from nothing; null where the client has but a refresh token.
}
