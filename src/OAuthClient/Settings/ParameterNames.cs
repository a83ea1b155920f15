namespace OAuthClient.Settings;

// The form fields that have settings of their own; a parameter of the same name would repeat the field, which servers refuse.
internal static class ParameterNames
{
    public const string RefreshToken = "refresh_token";

    private static readonly Dictionary<string, string> _settings = new(StringComparer.Ordinal)
    {
        ["grant_type"] = nameof(OAuth2ClientOptions.GrantType),
        ["client_id"] = nameof(OAuth2ClientOptions.ClientId),
        ["client_secret"] = nameof(OAuth2ClientOptions.ClientSecret),
        ["username"] = nameof(OAuth2ClientOptions.Username),
        ["password"] = nameof(OAuth2ClientOptions.Password),
        ["scope"] = nameof(OAuth2ClientOptions.Scopes),
        ["resource"] = nameof(OAuth2ClientOptions.Resources),
        ["audience"] = nameof(OAuth2ClientOptions.Audience),
    };

    public static bool IsReserved(string name) => _settings.ContainsKey(name);

    public static string DescribeReserved(string name) =>
        $"Parameters may not hold '{name}', which has a setting of its own. Set {_settings[name]} instead.";
}
