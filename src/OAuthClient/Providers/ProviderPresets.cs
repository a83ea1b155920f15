namespace OAuthClient;

// What the built-in providers fix. All of them read Basic credentials raw.
internal static class ProviderPresets
{
    private const ClientAuthenticationMethod Basic = OAuthClient.ClientAuthenticationMethod.ClientSecretBasic;
    private const ClientAuthenticationMethod Post = OAuthClient.ClientAuthenticationMethod.ClientSecretPost;

    private static readonly ProviderPreset[] _all =
    [
        new("Asgardeo", "https://api.asgardeo.io/t/{organization}/oauth2/token", "api.eu.asgardeo.io", Post, "the application's Info tab in the Asgardeo console shows it"),
        new("Bijira", "https://sts.choreo.dev/oauth2/token", "sts.eu.choreo.dev", Basic, "the developer portal shows it beside the application's keys"),
        new("Choreo", "https://sts.choreo.dev/oauth2/token", "sts.eu.choreo.dev", Basic, "the developer portal shows it beside the application's keys"),
        new("Devant", null, null, Basic, "the developer portal shows it beside the application's keys"),
        new("ApiManager", null, null, Basic, "it is https://<host>:9443/oauth2/token"),
        new("IdentityServer", null, null, Basic, "it is https://<host>:9443/oauth2/token, or https://<host>:9443/t/<tenant>/oauth2/token"),
    ];

    public static string Names { get; } = string.Join(", ", _all.Select(preset => preset.Name));

    public static ProviderPreset? Find(string? name) =>
        Array.Find(_all, preset => string.Equals(preset.Name, name, StringComparison.OrdinalIgnoreCase));
}
