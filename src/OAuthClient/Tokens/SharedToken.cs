using System.Security.Cryptography.X509Certificates;

namespace OAuthClient.Tokens;

// What a fetch found before it asked the server: another instance's token, or its failure, or else the claim to ask.
internal sealed record SharedTurn(Acquisition? Found, StoreClaim? Claim);

// One token as the instances of a program share it: whichever of them needs it first fetches it, and the others take it over.
internal sealed class SharedToken(TokenSpec request, string slotKey, TokenState state, TokenEngine engine, SealedStore store, SharedFailures failures)
{
    private const char RefreshTokenKind = 'r';
    private const long PollEvery = 200; // Milliseconds between looks at a store that tells nothing,
    private const long LookEvery = 2_000; // and at one that does, which may not have been heard.

    private static readonly TimeSpan _refreshTokenLife = TimeSpan.FromDays(90);

    private readonly string _tokenId = $"token {request.GetSharedKey()}";
    private readonly string _refreshTokenId = $"refresh token {slotKey}";
    private volatile CancellationTokenSource? _waiting;
    private volatile string? _forgotten;
    private string? _refreshToken; // The one that was stored last, as far as this instance knows, and when.
    private long _refreshTokenAt;
    private SharedFailure? _failure; // What was last known of failures to get this token.

    public bool IsDown => store.IsDown; // True where nobody can tell whether a refresh token has been used up.
    public IEnumerable<string> Names => store.NamesOf(_tokenId).Concat(store.NamesOf(_refreshTokenId));

    // What a fetch goes on with. Waits while another instance fetches, for as long as that lives.
    public async ValueTask<SharedTurn> EnterAsync(TokenFetch fetch, RefreshTokenSlot slot, bool async)
    {
        var end = engine.Clock.Now + (long)(request.Client.TokenRequestTimeout + StoreClaim.Life).TotalMilliseconds;
        StoreClaim? claim;
        while (true)
        {
            using var told = new CancellationTokenSource();
            _waiting = told;
            try
            {
                var found = await FindAsync(fetch, slot, async).ConfigureAwait(false);
                engine.Shared!.Watch(this);
                if (found is not null)
                    return new SharedTurn(found, null);
                claim = await store.TryClaimAsync(_refreshTokenId, async).ConfigureAwait(false);
                if (claim is not null || engine.Clock.Now >= end)
                    break;
                await WaitAsync(async, told.Token).ConfigureAwait(false);
            }
            finally
            {
                _waiting = null;
            }
        }

        var turn = new SharedTurn(null, null);
        try
        {
            // Somebody may have had his turn since it was looked for.
            if (await FindAsync(fetch, slot, async).ConfigureAwait(false) is { } since)
                return turn = new SharedTurn(since, null);
            await LoadRefreshTokenAsync(slot, async).ConfigureAwait(false);
            return turn = new SharedTurn(null, claim);
        }
        finally
        {
            if (claim is not null && turn.Claim != claim)
                await store.ReleaseAsync(claim, async).ConfigureAwait(false);
        }
    }

    // Tells the others what the fetch has brought, unless the token has been forgotten meanwhile, or somebody else has claimed it since.
    public async ValueTask LeaveAsync(SharedTurn turn, TokenFetch fetch, Acquisition? acquired, TokenEntry? entry, bool async)
    {
        if (acquired is not null && (turn.Claim is null || await store.ExtendAsync(turn.Claim, async).ConfigureAwait(false)))
        {
            await PublishAsync(acquired, state.IsWanted(fetch) ? entry : null, async).ConfigureAwait(false);
            if (acquired.Failure is null)
                await failures.ForgetAsync(_failure!, async).ConfigureAwait(false);
            else if (acquired.Failure.IsOwn)
                await failures.NoteAsync(_failure!, acquired.Failure, failures.Outages, async).ConfigureAwait(false);
        }

        if (turn.Claim is not null)
            await store.ReleaseAsync(turn.Claim, async).ConfigureAwait(false);
    }

    // Tells the others of tokens.
    public async ValueTask PublishAsync(Acquisition acquired, TokenEntry? entry, bool async)
    {
        // First, since the one before it may be used up.
        if (HasRefreshTokens && acquired.RefreshToken != _refreshToken)
        {
            (_refreshToken, _refreshTokenAt) = (acquired.RefreshToken, NowUtc);
            if (acquired.RefreshToken is { } refreshToken)
            {
                await store.WriteAsync(_refreshTokenId, StoredEntry.Write(RefreshTokenKind, writer =>
                {
                    writer.Write(_refreshTokenAt);
                    writer.Write(refreshToken);
                }), _refreshTokenLife, async).ConfigureAwait(false);
            }
            else
            {
                await store.RemoveAsync(_refreshTokenId, async).ConfigureAwait(false);
            }
        }

        if (acquired.Failure is null && entry is not null && entry.ExpiresAt - engine.Clock.Now is > 0 and var left)
            await store.WriteAsync(_tokenId, StoredToken.Write(entry, engine.Clock.Now, NowUtc), TimeSpan.FromMilliseconds(Math.Max(1_000, left)), async).ConfigureAwait(false);
    }

    // Takes over what another instance has signed in for; false where there is nothing.
    public async ValueTask<bool> LoadAsync(RefreshTokenSlot slot, bool async)
    {
        await LoadRefreshTokenAsync(slot, async).ConfigureAwait(false);
        if (await ReadAsync(null, async).ConfigureAwait(false) is { } entry)
            state.Seed(entry);
        else if (slot.IsEmpty)
            return false;
        return true;
    }

    // Takes a newer refresh token over, if there is one.
    public async ValueTask<bool> LoadRefreshTokenAsync(RefreshTokenSlot slot, bool async)
    {
        var (_, taken) = slot.Read();
        var isNew = false;
        if (!HasRefreshTokens)
            return false;
        foreach (var content in await store.ReadAsync(_refreshTokenId, async).ConfigureAwait(false))
        {
            var stored = StoredEntry.Read(content, RefreshTokenKind, static reader => Tuple.Create(reader.ReadInt64(), reader.ReadString()));
            if (stored is null || stored.Item1 <= _refreshTokenAt || StoredEntry.IsFuture(stored.Item1, NowUtc) || stored.Item2 == _refreshToken)
                continue;
            (_refreshTokenAt, _refreshToken) = stored;
            isNew = slot.Put(_refreshToken, taken);
        }

        return isNew;
    }

    // Has no instance take over again what was forgotten here.
    public async ValueTask ForgetAsync(OAuth2Token? token, bool async)
    {
        _forgotten = token?.Value ?? (await ReadAsync(null, async).ConfigureAwait(false))?.Token.Value ?? _forgotten;
        await store.RemoveAsync(_tokenId, async).ConfigureAwait(false);
    }

    public async ValueTask ForgetRefreshTokenAsync(bool async)
    {
        (_refreshToken, _refreshTokenAt) = (null, NowUtc);
        await store.RemoveAsync(_refreshTokenId, async).ConfigureAwait(false);
    }

    // Something of it has changed in the store: who waits looks again, and a token in use makes way for the newer one before an API refuses it.
    // A claim that was given up brings none, and where a fleet does so one by one, each of them reading would be its square.
    public async Task NoteChangeAsync(string name, bool async)
    {
        if (_waiting is { } waiting)
        {
            try
            {
                waiting.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // It no longer waits.
            }
        }
        else if (state.Current is { } current && store.NamesOf(_tokenId).Contains(name) && await ReadAsync(current, async).ConfigureAwait(false) is { } entry)
        {
            state.Replace(current, entry);
        }
    }

    private async ValueTask<Acquisition?> FindAsync(TokenFetch fetch, RefreshTokenSlot slot, bool async)
    {
        var (refreshToken, _) = slot.Read();
        if (!fetch.IsForced)
        {
            // The news may have come while this fetch was waiting for its turn.
            var entry = state.Current is { } current && current != fetch.Replaces && engine.Clock.Now < current.ReplaceAt ? current : await ReadAsync(fetch.Previous, async).ConfigureAwait(false);
            Telemetry.NoteLookup(entry is not null);
            fetch.IsFound = entry is not null;
            if (entry is not null)
                return new Acquisition(entry, null, refreshToken);
        }

        _failure = await failures.FindAsync(_tokenId, fetch.DueSince, async).ConfigureAwait(false);
        return _failure.Failure is { } failure ? new Acquisition(null, failure, refreshToken) : null;
    }

    // The stored token where it is of use: newer than the previous one, where there is one, or the same and the last.
    private async ValueTask<TokenEntry?> ReadAsync(TokenEntry? previous, bool async)
    {
        TokenEntry? newest = null;
        foreach (var content in await store.ReadAsync(_tokenId, async).ConfigureAwait(false))
        {
            if (StoredToken.Read(content, NowUtc) is not { } stored)
            {
                store.Complain("it is no token that this version reads, or the clock of the instance that wrote it differs");
                continue;
            }

            if (stored.Value == _forgotten || !(await FindCertificateAsync(stored, async).ConfigureAwait(false) is (true, var certificate)))
                continue;
            var entry = stored.ToEntry(engine.Clock, request.Client, engine.Random, certificate);
            var isUseful = engine.Clock.Now < entry.ReplaceAt && (previous is null || IsBetter(entry, previous));
            if (isUseful && !(newest?.ObtainedAt > entry.ObtainedAt))
                newest = entry;
        }

        return newest;
    }

    // Clocks of instances differ a little.
    private static bool IsBetter(TokenEntry entry, TokenEntry previous) => entry.Token.Value == previous.Token.Value
        ? entry.RefreshAt == entry.ExpiresAt && previous.RefreshAt < entry.RefreshAt && !previous.IsRejected
        : entry.ObtainedAt > previous.ObtainedAt - LookEvery;

    // The certificate that a token is bound to, where this instance would present the same one; false where it would not.
    private async ValueTask<(bool IsSame, X509Certificate2? Certificate)> FindCertificateAsync(StoredToken stored, bool async)
    {
        if (stored.Thumbprint is null && !request.Client.HasCertificate)
            return (true, null);
        using var deadline = new CancellationTokenSource(request.Client.TokenRequestTimeout, engine.Clock.TimeProvider);
        var (proof, _, _) = await engine.Endpoint.PrepareAsync(request.Protocol, null, null, usesSecond: false, async, deadline.Token).ConfigureAwait(false);
        return (proof is not null && proof.Certificate?.Thumbprint == stored.Thumbprint, proof?.Certificate);
    }

    private async ValueTask WaitAsync(bool async, CancellationToken told)
    {
        try
        {
            await engine.Clock.DelayAsync((long)((store.Tells ? LookEvery : PollEvery) * (1 - (engine.Random.NextDouble() / 4))), async, told).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Told of a change.
        }
    }

    private bool HasRefreshTokens => request.Protocol.Grant is not { UsesRefreshTokens: false };
    private long NowUtc => engine.Clock.NowUtc;
}
