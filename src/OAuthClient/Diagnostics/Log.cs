namespace OAuthClient.Diagnostics;

// Everything that is logged. No message takes a secret. Ids, names and levels are what filters and alarms are set to, so they stay; README.md beside
// this file lists them. What is expected in operation is Debug or Information, what somebody should look at Warning; a host that starts
// without what it was to have is an Error, and the only one.
internal static partial class Log
{
    public const string Category = "OAuthClient";

    [LoggerMessage(1, LogLevel.Debug, "OAuth2 client '{ClientName}' obtained a token by {GrantType} for scope '{Scope}', valid for {Lifetime} s.")]
    public static partial void TokenObtained(ILogger logger, string clientName, string grantType, string? scope, long lifetime);
    [LoggerMessage(2, LogLevel.Warning, "OAuth2 client '{ClientName}' got no token by {GrantType}: {Reason}")]
    public static partial void TokenRequestFailed(ILogger logger, string clientName, string grantType, string reason);
    [LoggerMessage(3, LogLevel.Information, "OAuth2 client '{ClientName}' drops its refresh token: {Reason}")]
    public static partial void RefreshTokenDropped(ILogger logger, string clientName, string reason);
    [LoggerMessage(4, LogLevel.Warning, "OAuth2 client '{ClientName}' was not granted '{Missing}', only '{Granted}'. Register the scopes for the application; with RequireAllScopes this is an error.")]
    public static partial void ScopesNotGranted(ILogger logger, string clientName, string missing, string granted);
    [LoggerMessage(5, LogLevel.Information, "OAuth2 client '{ClientName}': {Origin} answered {Status} and the call was sent again with another token.")]
    public static partial void CallResent(ILogger logger, string clientName, string origin, int status);
    [LoggerMessage(6, LogLevel.Warning, "OAuth2 client '{ClientName}': {Origin} answered {Status} and the call was not sent again: {Reason}")]
    public static partial void CallNotResent(ILogger logger, string clientName, string origin, int status, string reason);
    [LoggerMessage(7, LogLevel.Warning, "OAuth2 client '{ClientName}' keeps its last good settings; the changed ones are not valid: {Reason}")]
    public static partial void OptionsRejected(ILogger logger, string clientName, string reason);
    [LoggerMessage(8, LogLevel.Warning, "OAuth2 client '{ClientName}' could not revoke a token: {Reason}")]
    public static partial void RevocationFailed(ILogger logger, string clientName, string reason);
    [LoggerMessage(9, LogLevel.Warning, "OAuth2 client '{ClientName}': its tokens are revoked soon after they are issued, as if other instances asked for tokens with the same client id and scope. Calls wait for their turn, and none should be lost; to end the contest give them a token store, which has them share one token, set DeviceScope to auto, give each instance a client id of its own, or let the server renew tokens without revoking.")]
    public static partial void TokensContended(ILogger logger, string clientName);
    [LoggerMessage(10, LogLevel.Warning, "OAuth2 client '{ClientName}' was not granted the DeviceScope '{DeviceScope}': this server takes no device scopes, or the application may not have them.")]
    public static partial void DeviceScopeIgnored(ILogger logger, string clientName, string deviceScope);
    [LoggerMessage(11, LogLevel.Warning, "OAuth2 client '{ClientName}' uses the password grant, which RFC 9700 §2.4 says not to use: this program gets to see the user's password, and the server can ask for no second factor. Where the authorization server allows it, use client_credentials for what the service does on its own behalf; for a user's token use token-exchange or jwt-bearer, or a refresh_token that the user's sign-in by authorization code with PKCE has brought.")]
    public static partial void PasswordGrantUsed(ILogger logger, string clientName);
    [LoggerMessage(12, LogLevel.Warning, "OAuth2 client '{ClientName}': the header {Header} that came with its first call was replaced by the token. Remove it where it is set, perhaps in the HttpClient's DefaultRequestHeaders, or set NoToken for a call that brings its own.")]
    public static partial void HeaderReplaced(ILogger logger, string clientName, string header);
    [LoggerMessage(13, LogLevel.Warning, "OAuth2 client '{ClientName}': its base address {Address} has no slash at its end, so a relative address replaces the last segment of the path. Write a slash after it.")]
    public static partial void BaseAddressWithoutSlash(ILogger logger, string clientName, string address);
    [LoggerMessage(14, LogLevel.Warning, "The token store is left alone for a while, since {Reason}. Until it answers again each instance gets tokens of its own.")]
    public static partial void StoreFailed(ILogger logger, string reason);
    [LoggerMessage(15, LogLevel.Information, "The token store answers again.")]
    public static partial void StoreAnswersAgain(ILogger logger);
    [LoggerMessage(16, LogLevel.Warning, "An entry of the token store counts for nothing: {Reason}.")]
    public static partial void StoreEntryIgnored(ILogger logger, string reason);
    [LoggerMessage(17, LogLevel.Warning, "OAuth2 client '{ClientName}': the gateway at {Origin} answered {Status}, code {Code}. {Meaning} {Remedy} More answers with this status and code are not told of.")]
    public static partial void GatewayErrorRead(ILogger logger, string clientName, string origin, int status, string code, string meaning, string remedy);
    [LoggerMessage(18, LogLevel.Warning, "OAuth2 client '{ClientName}' has no token at start; its calls ask for one. {Reason}")]
    public static partial void NoTokenAtStart(ILogger logger, string clientName, string reason);
    [LoggerMessage(19, LogLevel.Error, "OAuth2 client '{ClientName}' has no token at start. The host starts all the same, although FailFast is set: a server refused what it was sent, a host that is started again and again would send it each time, and servers lock accounts. {Reason}")]
    public static partial void StartedWithoutToken(ILogger logger, string clientName, string reason);
    [LoggerMessage(20, LogLevel.Debug, "OAuth2 client '{ClientName}' is not warmed up: {Reason}")]
    public static partial void ClientNotWarmedUp(ILogger logger, string clientName, string reason);
    [LoggerMessage(21, LogLevel.Warning, "OAuth2 client '{ClientName}': its RefreshTokenCallback failed with {Exception}. The refresh token is kept in memory; the next start will not know it.")]
    public static partial void RefreshTokenNotTaken(ILogger logger, string clientName, string exception);
    [LoggerMessage(22, LogLevel.Information, "OAuth2 client '{ClientName}': {Note}")]
    public static partial void SettingsNoted(ILogger logger, string clientName, string note);
}
