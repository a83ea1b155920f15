namespace OAuthClient.Tokens;

// What an answer's token must be for a client to take it: of the type that it can send, and of the scopes that it insists on.
internal sealed class TokenRules(ILogger logger)
{
    public TokenFailure? FindFault(TokenSpec request, TokenAnswer response)
    {
        var client = request.Client;
        var isBound = NormalizeType(response.TokenType) == DPoPProver.TokenType;
        if (request.Protocol.Prover is not null && !isBound && !client.DPoPAllowBearer)
            return new TokenFailure($"the token endpoint issued a token of type '{SafeText.Redact(response.TokenType, response.Secrets)}' that is not bound to the DPoP key of this client. Have the server bind the application's tokens, or set DPoPAllowBearer.");
        if (isBound && request.Protocol.Prover is not null)
            return FindMissingScopes(request, response);
        if (response.TokenType is { } type && !IsBearer(type) && !(IsTaken(client, type.Trim()) && SafeText.Redact(type, response.Secrets) == type))
            return new TokenFailure($"the token endpoint issued a token of type '{SafeText.Redact(type, response.Secrets)}', but Bearer is expected. Configure the application to get bearer tokens, or set HeaderScheme where the API takes these.");
        return FindMissingScopes(request, response);
    }

    private TokenFailure? FindMissingScopes(TokenSpec request, TokenAnswer response)
    {
        var client = request.Client;
        if (response.Scope is null || request.Scopes.Count == 0)
            return null;

        // Some servers put commas between them; a scope that holds one itself is looked for as it is.
        string[] granted = [.. response.Scope.Split(' '), .. response.Scope.Split([' ', '\t', ',', ';'])];
        var missing = request.Scopes.Except(granted, StringComparer.Ordinal).ToList();
        if (client.DeviceScope is { } device && missing.Remove(device) && request.ShouldWarnOfDeviceScope())
            Log.DeviceScopeIgnored(logger, client.Name, device);
        if (missing.Count == 0)
            return null;
        var names = string.Join(' ', missing);
        if (client.RequireAllScopes)
            return new TokenFailure($"the token endpoint granted '{SafeText.Redact(response.Scope, response.Secrets)}' and not '{names}'. Register the scopes for this application, or unset RequireAllScopes.");
        if (request.ShouldWarnOfScopes())
            Log.ScopesNotGranted(logger, client.Name, names, SafeText.Redact(response.Scope, response.Secrets)!);
        return null;
    }

    // Some servers and their users spell it in lower case, and some APIs compare it to the letter.
    public static string NormalizeType(string? type) => type is null || IsBearer(type) ? "Bearer" : type.Trim().Equals(DPoPProver.TokenType, StringComparison.OrdinalIgnoreCase) ? DPoPProver.TokenType : type.Trim();

    // "BearerToken", "bearer_token", "Bearer ": what it says beside its letters does not matter, and nothing is the default.
    private static bool IsBearer(string type) =>
        string.Concat(type.Where(char.IsLetter)).ToUpperInvariant() is "BEARER" or "BEARERTOKEN" || string.IsNullOrWhiteSpace(type);

    // A scheme of the user's own is his word that the type, where it is one word, does not matter, unless it needs a proof beside the token.
    private static bool IsTaken(ClientSettings client, string type) =>
        type.ToUpperInvariant() is "DPOP" or "MAC" or "POP"
            ? client.HeaderScheme.Equals(type, StringComparison.OrdinalIgnoreCase)
            : !client.HeaderScheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase) && type.Length <= 32 && type.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-');
}
