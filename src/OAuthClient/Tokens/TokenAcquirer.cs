namespace OAuthClient.Tokens;

// What an acquisition ended with, and the refresh token to keep for the next one.
internal sealed record Acquisition(TokenEntry? Entry, TokenFailure? Failure, string? RefreshToken, bool WasRefreshed = false)
{
    // Not the refresh token.
    public override string ToString() => $"{Entry?.Token} {Failure?.Message}";
}

// One acquisition: the refresh token where there is one, else, or where that is refused, the client's own grant.
internal sealed class TokenAcquirer(AuthorizationServer endpointClient, SteadyClock clock, Random random, ILogger logger, SharedFailures? sharedFailures = null)
{
    private static readonly TokenFailure _unknown = new(""); // How a request ended that an exception of ours has kept from ending.

    private readonly ConcurrentDictionary<Uri, EndpointGate> _endpoints = new();
    private readonly CredentialMemory _credentials = new(clock, random);
    private readonly TokenRules _rules = new(logger);

    // What stays the same from one request of an acquisition to the next.
    // IsDue: True for the attempt that is made at the end of a token's life, whatever is remembered of failures.
    // DueSince: When that was.
    // UsesSecond: True where the second of two secrets is sent.
    private readonly record struct Attempt(TokenSpec Request, bool IsDue, long? DueSince, bool Async, bool UsesSecond, CancellationToken Deadline)
    {
        public override string ToString() => Request.Client.ToString();
    }

    public TokenFailure? GetOutage(ClientSettings client, bool isDue) => FindEndpoint(client).GetOutage(clock.Now, isDue);

    public async ValueTask<Acquisition> AcquireAsync(TokenSpec request, string? refreshToken, bool mayRotate, bool isDue, long? dueSince, bool async)
    {
        using var deadline = new CancellationTokenSource(request.Client.TokenRequestTimeout, clock.TimeProvider);
        var attempt = new Attempt(request, isDue, dueSince, async, request.Protocol.Authentication.PrefersSecond, deadline.Token);
        var grant = request.Protocol.Grant;
        if (refreshToken is not null)
        {
            var refresh = await RequestAsync(attempt, new RefreshTokenGrant(refreshToken), refreshToken, mayRepeat: !mayRotate).ConfigureAwait(false);
            if (refresh.Failure is not { } failure)
                return refresh with { WasRefreshed = true };
            var isRefused = failure.Error == "invalid_grant";
            if (grant is null)
                return isRefused ? refresh with { RefreshToken = request.Protocol.SignIn is null ? refresh.RefreshToken : null, Failure = failure with { Message = $"{failure.Message} The client has no other grant; sign in again for a new refresh token." } } : refresh;

            // After a lost answer it may be used up; a rotating server takes its second use for theft. What stands before the server, a proxy or
            // a firewall, may have answered otherwise; then it is kept until another takes its place.
            if (isRefused || (failure is { AnswerLost: true, WasTried: true } && mayRotate))
            {
                Log.RefreshTokenDropped(logger, request.Client.Name, failure.Message);
                refresh = refresh with { RefreshToken = refresh.RefreshToken == refreshToken ? null : refresh.RefreshToken };
            }

            if (failure is { IsTransient: true } or { WasTried: false, Error: not "invalid_grant" } or { Error: "invalid_client" })
                return refresh;
            refreshToken = refresh.RefreshToken;
        }

        return grant is null
            ? new Acquisition(null, new TokenFailure("its refresh token was revoked, and it has no other grant. Sign in again for a new refresh token.") { WasTried = false }, null)
            : await RequestAsync(attempt, grant, refreshToken, mayRepeat: grant is ClientCredentialsGrant).ConfigureAwait(false);
    }

    private async ValueTask<Acquisition> RequestAsync(Attempt attempt, Grant grant, string? refreshToken, bool mayRepeat)
    {
        var request = attempt.Request;
        var client = request.Client;
        var (response, failure) = await SendAsync(attempt, grant, mayRepeat).ConfigureAwait(false);

        // The secret's source may hold a newer one by now; the one that was just refused is not sent again.
        if (failure is { Error: "invalid_client", WasTried: true })
        {
            var again = await SendAsync(attempt, grant, mayRepeat).ConfigureAwait(false);
            if (again.Failure is not { WasTried: false })
                (response, failure) = again;
        }

        var authentication = request.Protocol.Authentication;
        if (failure is { Error: "invalid_client" } && authentication.HasSecond)
        {
            var other = await SendAsync(attempt with { UsesSecond = !attempt.UsesSecond }, grant, mayRepeat).ConfigureAwait(false);
            if (other.Failure is not { WasTried: false })
                (response, failure) = other;
            else if (other.Failure.Error is null)
                failure = failure with { Message = $"{failure.Message} And {other.Failure.Message}" };
            if (other.Failure is { WasTried: true, Error: "invalid_client" })
                failure = failure! with { Message = $"{failure.Message} The server refused ClientSecret and SecondaryClientSecret alike." };
            authentication.NoteOther(!attempt.UsesSecond, other.Failure);
        }

        failure ??= _rules.FindFault(request, response!);
        if (failure is not null)
        {
            // Refresh tokens end, and where the client's own grant takes over nothing has failed: that is told of as such.
            if (failure.WasTried && !(grant is RefreshTokenGrant && failure.Error == "invalid_grant" && request.Protocol.Grant is not null))
                Log.TokenRequestFailed(logger, client.Name, grant.GrantType, failure.Message);

            // What an unusable answer brings all the same has replaced the one that was sent.
            return new Acquisition(null, failure, response?.RefreshToken ?? refreshToken);
        }

        return Take(request, grant.GrantType, response!, refreshToken);
    }

    // Has the program store a refresh token that is not the one before, which it may have used up.
    public async ValueTask HandOverAsync(TokenSpec request, string? before, string? refreshToken, bool async)
    {
        if (request.Client.RefreshTokenCallback is not { } take || refreshToken is null || refreshToken == before)
            return;
        using var deadline = new CancellationTokenSource(request.Client.TokenRequestTimeout, clock.TimeProvider);
        try
        {
            // On a thread of its own, as what is read by a callback is: a program that blocks there holds up its own token alone.
            var token = new OAuth2RefreshToken(request.Client.Name, refreshToken, request.InitialRefreshToken);
            var taking = Task.Factory.StartNew(() => take(token, deadline.Token).AsTask(), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap().WaitAsync(deadline.Token);
            if (async)
                await taking.ConfigureAwait(false);
            else
                taking.GetAwaiter().GetResult();
        }
        catch (Exception exception)
        {
            Log.RefreshTokenNotTaken(logger, request.Client.Name, exception.GetType().Name);
        }
    }

    // What a sign-in ends with.
    public async ValueTask<Acquisition> SignInAsync(TokenSpec request, bool async)
    {
        var (response, failure) = await request.Protocol.SignIn!.RunAsync(endpointClient, request, clock, async).ConfigureAwait(false);
        failure ??= _rules.FindFault(request, response!);
        if (failure is null)
            return Take(request, request.Client.GrantType, response!, null);
        Log.TokenRequestFailed(logger, request.Client.Name, request.Client.GrantType, failure.Message);
        return new Acquisition(null, failure, null);
    }

    // The token that an answer brings, and the refresh token to go on with.
    private Acquisition Take(TokenSpec request, string grantType, TokenAnswer response, string? refreshToken)
    {
        var client = request.Client;
        var lifetime = TokenTimes.Read(response, client.DefaultTokenLifetime);
        var sentAtUtc = clock.TimeProvider.GetUtcNow() - TimeSpan.FromMilliseconds(clock.Now - response.SentAt);
        var token = new OAuth2Token(response.AccessToken!, TokenRules.NormalizeType(response.TokenType), response.Scope ?? string.Join(' ', request.Scopes), sentAtUtc + lifetime);
        if (logger.IsEnabled(LogLevel.Debug))
            Log.TokenObtained(logger, client.Name, grantType, SafeText.Redact(token.Scope, response.Secrets), (long)lifetime.TotalSeconds);
        return new Acquisition(TokenTimes.Plan(token, response.SentAt, lifetime, client.RefreshBeforeExpiry, random, response.Certificate), null, response.RefreshToken ?? refreshToken);
    }

    // Sends one token request, unless the client, or the value that the grant sends, is known to be refused.
    private async ValueTask<(TokenAnswer? Response, TokenFailure? Failure)> SendAsync(Attempt attempt, Grant grant, bool mayRepeat)
    {
        var request = attempt.Request;
        (var proof, var filled, var failure) = await endpointClient.PrepareAsync(request.Protocol, request, grant, attempt.UsesSecond, attempt.Async, attempt.Deadline).ConfigureAwait(false);
        if (proof is null)
            return (null, failure);
        (var client, failure) = await _credentials.EnterAsync(request.GetClientKey(proof.Fingerprint), isPassword: false, attempt.Async, attempt.Deadline).ConfigureAwait(false);
        if (client is null)
            return (null, failure);
        CredentialMemory.Entry? value = null;
        TokenAnswer? response = null;
        var refused = Refused.Request;
        TimeSpan? bar = null;
        failure = _unknown;
        KnownFailures? known = null;
        try
        {
            (value, var barred) = await _credentials.EnterAsync(request.GetValueKey(filled!), isPassword: grant is PasswordGrant, attempt.Async, attempt.Deadline).ConfigureAwait(false);
            if (value is null)
                return (null, barred);
            if (sharedFailures is not null && request.Client.SharesTokens)
                known = await KnownFailures.FindAsync(sharedFailures, request, proof.Fingerprint, filled!, attempt.DueSince, attempt.Async).ConfigureAwait(false);
            (response, failure) = known?.Bar is { } bars ? (null, bars) : await SendInTurnAsync(attempt, filled!, proof, mayRepeat || (value.IsProved && grant is PasswordGrant), client, value).ConfigureAwait(false);
            if (failure is not null)
                refused = Refusal.Judge(grant, failure, value.IsProved);
        }
        finally
        {
            bar = client.End(failure is null ? true : refused == Refused.Client ? false : null, failure);
            bar = value?.End(failure is null ? true : refused == Refused.Value ? false : null, failure) ?? bar;
        }

        if (known is { Bar: null })
            await known.NoteAsync(failure, refused, grant, attempt.Async).ConfigureAwait(false);
        return (response, failure is not null && refused != Refused.Request ? failure with { RetryAfter = bar, IsKept = true } : failure);
    }

    // Sends one token request in its turn; again where no connection could be made, or one broke under a request that is safe to repeat.
    private async ValueTask<(TokenAnswer? Response, TokenFailure? Failure)> SendInTurnAsync(
        Attempt attempt, Grant grant, ClientProof proof, bool mayRepeat, CredentialMemory.Entry client, CredentialMemory.Entry value)
    {
        var endpoint = FindEndpoint(attempt.Request.Client);
        if (endpoint.Enter(clock.Now, attempt.IsDue, out var wait) is { } outage)
            return (null, outage);
        TokenAnswer? response = null;
        TokenFailure? failure = null;
        try
        {
            await clock.DelayAsync(wait, attempt.Async).ConfigureAwait(false);

            // Meanwhile another request may have learnt that what this one sends is refused.
            failure = client.GetRefusal() ?? value.GetRefusal();
            if (failure is not null)
                return (null, failure);

            // That wait is ours and not the server's, whose time begins after it.
            using var later = wait > 0 ? new CancellationTokenSource(attempt.Request.Client.TokenRequestTimeout, clock.TimeProvider) : null;
            var deadline = later?.Token ?? attempt.Deadline;
            var sentAt = clock.Now;
            (response, failure) = await endpointClient.RequestTokenAsync(attempt.Request, grant, proof, attempt.Async, deadline).ConfigureAwait(false);
            if ((failure is { NoConnection: true } || (mayRepeat && failure is { ConnectionBroke: true })) && (client.GetRefusal() ?? value.GetRefusal()) is null)
                (response, failure) = await endpointClient.RequestTokenAsync(attempt.Request, grant, proof, attempt.Async, deadline).ConfigureAwait(false);
            if (response is not null)
                response.SentAt = sentAt;
            return (response, failure);
        }
        finally
        {
            endpoint.Leave(failure, clock.Now);
        }
    }

    private EndpointGate FindEndpoint(ClientSettings client) => _endpoints.GetOrAdd(client.TokenEndpoint ?? client.Issuer!, static (_, random) => new EndpointGate(random), random);
}
