using Microsoft.Extensions.Logging;
using OAuthClient.Diagnostics;
using OAuthClient.Grants;
using OAuthClient.TokenEndpoint;

namespace OAuthClient.Tokens;

/// <summary>One acquisition: the refresh token where there is one, else, or where that is refused, the client's own grant.</summary>
internal sealed class TokenAcquirer(TokenEndpointClient endpoint, LifetimeClock clock, ILogger logger)
{
    /// <summary>Stands for a token that no server ever issued.</summary>
    public static readonly TokenEntry NoEntry = new(new OAuth2Token("-", "none", null, default), null, 0, 0, 0);

    /// <summary>Asks for a token that takes the place of <paramref name="previous"/>.</summary>
    public async ValueTask<(TokenEntry? Entry, TokenFailure? Failure)> AcquireAsync(AccessTokenRequest request, TokenEntry? previous, bool async)
    {
        var client = request.Client;
        TokenFailure? failure = null;
        var refreshToken = client.Grant is { UsesRefreshTokens: false } ? null : previous?.RefreshToken ?? request.InitialRefreshToken;
        if (refreshToken is not null)
        {
            (var entry, failure) = await RequestAsync(request, new RefreshTokenGrant(refreshToken), refreshToken, async).ConfigureAwait(false);

            // While the server is out of order the grant would fare no better. An answer that was lost may have used the token up.
            if (entry is not null || failure is { IsTransient: true, AnswerLost: false })
                return (entry, failure);
            Log.RefreshRefused(logger, client.Name, failure!.Message);
        }

        if (client.Grant is null)
            return (null, failure! with { Message = $"{failure.Message} The client has no other grant; sign in again for a new refresh token." });
        return await RequestAsync(request, client.Grant, refreshToken: null, async).ConfigureAwait(false);
    }

    private async ValueTask<(TokenEntry? Entry, TokenFailure? Failure)> RequestAsync(AccessTokenRequest request, Grant grant, string? refreshToken, bool async)
    {
        var client = request.Client;
        var sentAt = clock.Now;
        var sentAtUtc = clock.TimeProvider.GetUtcNow();
        var (response, failure) = await endpoint.RequestTokenAsync(request, grant, async, CancellationToken.None).ConfigureAwait(false);
        failure ??= FindFault(request, response!);
        if (failure is not null)
        {
            Log.TokenRequestFailed(logger, client.Name, grant.GrantType, failure.Message);
            return (null, failure);
        }

        var lifetime = TokenLifetime.Read(response!, client.DefaultTokenLifetime);
        var token = new OAuth2Token(response!.AccessToken!, NormalizeType(response.TokenType), response.Scope ?? string.Join(' ', request.Scopes), sentAtUtc + lifetime);
        Log.TokenObtained(logger, client.Name, grant.GrantType, token.Scope, (long)lifetime.TotalSeconds);
        return (TokenLifetime.Plan(token, response.RefreshToken ?? refreshToken, sentAt, lifetime, client.RefreshBeforeExpiry), null);
    }

    /// <summary>What keeps a token that was issued from being used.</summary>
    private TokenFailure? FindFault(AccessTokenRequest request, TokenResponse response)
    {
        var client = request.Client;
        if (response.TokenType is { } type && !IsBearer(type))
            return new TokenFailure($"the token endpoint issued a token of type '{SafeText.Shorten(type)}', but Bearer is expected. Configure the application to get bearer tokens.");
        if (response.Scope is null || request.Scopes.Count == 0)
            return null;

        var granted = response.Scope.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var missing = string.Join(' ', request.Scopes.Except(granted, StringComparer.Ordinal));
        if (missing.Length == 0)
            return null;
        if (client.RequireAllScopes)
            return new TokenFailure($"the token endpoint granted '{SafeText.Shorten(response.Scope)}' and not '{missing}'. Register the scopes for this application, or unset RequireAllScopes.");
        if (request.ShouldWarnOfScopes())
            Log.ScopesNotGranted(logger, client.Name, missing, SafeText.Shorten(response.Scope));
        return null;
    }

    // Some servers and their users spell it in lower case, and some APIs compare it to the letter.
    private static string NormalizeType(string? type) => type is null || IsBearer(type) ? "Bearer" : type;

    private static bool IsBearer(string type) => type.Equals("Bearer", StringComparison.OrdinalIgnoreCase);
}
