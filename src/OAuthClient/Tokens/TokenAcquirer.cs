using Microsoft.Extensions.Logging;
using OAuthClient.Diagnostics;
using OAuthClient.Grants;
using OAuthClient.TokenEndpoint;

namespace OAuthClient.Tokens;

/// <summary>What an acquisition ended with, and the refresh token to keep for the next one.</summary>
internal readonly record struct Acquisition(TokenEntry? Entry, TokenFailure? Failure, string? RefreshToken)
{
    /// <summary>Not the refresh token.</summary>
    public override string ToString() => $"{Entry?.Token} {Failure?.Message}";
}

/// <summary>One acquisition: the refresh token where there is one, else, or where that is refused, the client's own grant.</summary>
internal sealed class TokenAcquirer(TokenEndpointClient endpointClient, LifetimeClock clock, Random random, ILogger logger)
{
    private readonly EndpointStates _endpoints = new(random);
    private readonly CredentialMemory _credentials = new(clock, random);

    /// <summary>What is known against asking this client's endpoint now, without asking it.</summary>
    public TokenFailure? GetOutage(ClientSettings client, bool isDue) => _endpoints.Get(client).GetOutage(clock.Now, isDue);

    /// <summary>Asks for a token, with <paramref name="refreshToken"/> where there is one.</summary>
    /// <param name="request">What to ask for.</param>
    /// <param name="refreshToken">The refresh token, or null.</param>
    /// <param name="mayRotate">False where the server is known to leave refresh tokens as they are.</param>
    /// <param name="isDue">True for the attempt that is made at the end of a token's life, whatever is remembered of failures.</param>
    /// <param name="async">False where everything must happen on this thread.</param>
    public async ValueTask<Acquisition> AcquireAsync(AccessTokenRequest request, string? refreshToken, bool mayRotate, bool isDue, bool async)
    {
        var grant = request.Client.Grant;
        var sent = refreshToken;
        if (refreshToken is not null)
        {
            var refresh = await RequestAsync(request, new RefreshTokenGrant(refreshToken), refreshToken, mayRepeat: !mayRotate, isDue, async).ConfigureAwait(false);
            if (refresh.Failure is not { } failure)
                return refresh;
            var isSpent = IsSpent(failure, mayRotate);
            if (grant is null)
                return isSpent ? refresh with { Failure = failure with { Message = $"{failure.Message} The client has no other grant; sign in again for a new refresh token." } } : refresh;

            if (isSpent)
            {
                Log.RefreshTokenDropped(logger, request.Client.Name, failure.Message);
                refreshToken = null;
            }

            // What stands before the server, a proxy or a firewall, may have answered; the token is kept until another takes its place.
            if (failure is { IsTransient: true } or { WasSent: false, Error: not "invalid_grant" } or { Error: "invalid_client" })
                return refresh with { RefreshToken = refresh.RefreshToken == sent ? refreshToken : refresh.RefreshToken };
        }

        return await RequestAsync(request, grant!, refreshToken, mayRepeat: grant is ClientCredentialsGrant, isDue, async).ConfigureAwait(false);
    }

    /// <summary>
    /// True where a refresh token must not be sent again: the server refused it, or may have used it up in an answer that was lost, after
    /// which a rotating server would take its second use for theft.
    /// </summary>
    private static bool IsSpent(TokenFailure failure, bool mayRotate) => failure switch
    {
        { Error: "invalid_grant" } => true,
        _ => failure.AnswerLost && mayRotate,
    };

    private async ValueTask<Acquisition> RequestAsync(AccessTokenRequest request, Grant grant, string? refreshToken, bool mayRepeat, bool isDue, bool async)
    {
        var (response, failure, sentAt) = await SendAsync(request, grant, mayRepeat, isDue, async).ConfigureAwait(false);

        // The secret's source may hold a newer one by now; the one that was just refused is not sent again.
        if (failure is { Error: "invalid_client", WasSent: true })
        {
            var second = await SendAsync(request, grant, mayRepeat, isDue, async).ConfigureAwait(false);
            if (second.Failure is not { WasSent: false })
                (response, failure, sentAt) = second;
        }

        failure ??= FindFault(request, response!);
        if (failure is not null)
        {
            if (failure.WasSent)
                Log.TokenRequestFailed(logger, request.Client.Name, grant.GrantType, failure.Message);
            // What an unusable answer brings all the same has replaced the one that was sent.
            return new Acquisition(null, failure, response?.RefreshToken ?? refreshToken);
        }

        var client = request.Client;
        var lifetime = TokenLifetime.Read(response!, client.DefaultTokenLifetime);
        var sentAtUtc = clock.TimeProvider.GetUtcNow() - TimeSpan.FromMilliseconds(clock.Now - sentAt);
        var token = new OAuth2Token(response!.AccessToken!, NormalizeType(response.TokenType), response.Scope ?? string.Join(' ', request.Scopes), sentAtUtc + lifetime);
        Log.TokenObtained(logger, client.Name, grant.GrantType, SafeText.Redact(token.Scope, response.Secrets), (long)lifetime.TotalSeconds);
        return new Acquisition(TokenLifetime.Plan(token, sentAt, lifetime, client.RefreshBeforeExpiry, random), null, response.RefreshToken ?? refreshToken);
    }

    /// <summary>Sends one token request, unless the client, or the value that the grant sends, is known to be refused.</summary>
    private async ValueTask<(TokenResponse? Response, TokenFailure? Failure, long SentAt)> SendAsync(AccessTokenRequest request, Grant grant, bool mayRepeat, bool isDue, bool async)
    {
        var (secret, failure) = await endpointClient.ReadSecretAsync(request.Client, async, CancellationToken.None).ConfigureAwait(false);
        if (failure is not null)
            return (null, failure, 0);
        (var client, failure) = await _credentials.EnterAsync(request.GetClientKey(secret), isPassword: false, async).ConfigureAwait(false);
        if (client is null)
            return (null, failure, 0);
        (var value, failure) = await _credentials.EnterAsync(request.GetValueKey(grant), isPassword: grant is PasswordGrant, async).ConfigureAwait(false);
        if (value is null)
        {
            client.End(null, null);
            return (null, failure, 0);
        }

        TokenResponse? response = null;
        var sentAt = 0L;
        var refused = Refused.Request;
        TimeSpan? bar = null;
        try
        {
            (response, failure, sentAt) = await SendInTurnAsync(request, grant, secret, mayRepeat || (value.IsProved && grant is PasswordGrant), isDue, async).ConfigureAwait(false);
            if (failure is not null)
                refused = Refusal.Judge(grant, failure, value.IsProved);
        }
        finally
        {
            bar = client.End(response is not null ? true : refused == Refused.Client ? false : null, failure);
            bar = value.End(response is not null ? true : refused == Refused.Value ? false : null, failure) ?? bar;
        }

        return (response, failure is not null && refused != Refused.Request ? failure with { RetryAfter = bar, IsKept = true } : failure, sentAt);
    }

    /// <summary>
    /// Sends one token request once the endpoint has a slot for it; a second time where no connection could be made, or where one broke
    /// under a request that is safe to repeat.
    /// </summary>
    private async ValueTask<(TokenResponse? Response, TokenFailure? Failure, long SentAt)> SendInTurnAsync(AccessTokenRequest request, Grant grant, string? secret, bool mayRepeat, bool isDue, bool async)
    {
        var endpoint = _endpoints.Get(request.Client);
        if (endpoint.Enter(clock.Now, isDue, out var wait) is { } outage)
            return (null, outage, 0);
        TokenResponse? response = null;
        TokenFailure? failure = null;
        try
        {
            await clock.DelayAsync(wait, async).ConfigureAwait(false);
            var sentAt = clock.Now;
            (response, failure) = await endpointClient.RequestTokenAsync(request, grant, secret, async, CancellationToken.None).ConfigureAwait(false);
            if (failure is { NoConnection: true } || (mayRepeat && failure is { ConnectionBroke: true }))
                (response, failure) = await endpointClient.RequestTokenAsync(request, grant, secret, async, CancellationToken.None).ConfigureAwait(false);
            return (response, failure, sentAt);
        }
        finally
        {
            endpoint.Leave(failure, clock.Now);
        }
    }

    /// <summary>What keeps a token that was issued from being used.</summary>
    private TokenFailure? FindFault(AccessTokenRequest request, TokenResponse response)
    {
        var client = request.Client;
        if (response.TokenType is { } type && !IsBearer(type) && !(IsTaken(client, type.Trim()) && SafeText.Redact(type, response.Secrets) == type))
            return new TokenFailure($"the token endpoint issued a token of type '{SafeText.Redact(type, response.Secrets)}', but Bearer is expected. Configure the application to get bearer tokens.");
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
    private static string NormalizeType(string? type) => type is null || IsBearer(type) ? "Bearer" : type.Trim();

    // "BearerToken", "bearer_token", "Bearer ": what it says beside its letters does not matter, and nothing is the default.
    private static bool IsBearer(string type) =>
        string.Concat(type.Where(char.IsLetter)).ToUpperInvariant() is "BEARER" or "BEARERTOKEN" || string.IsNullOrWhiteSpace(type);

    // A scheme of the user's own is his word that the type, where it is one word, does not matter, unless it is one that needs a proof beside the token.
    private static bool IsTaken(ClientSettings client, string type) =>
        type.ToUpperInvariant() is "DPOP" or "MAC" or "POP"
            ? client.HeaderScheme.Equals(type, StringComparison.OrdinalIgnoreCase)
            : !client.HeaderScheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase) && type.Length <= 32 && type.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-');
}
