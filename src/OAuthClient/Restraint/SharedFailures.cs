namespace OAuthClient.Restraint;

// What some instance has met with: until it fades none of them sends a request, and who fails next backs off for longer. So many instances ask as
// often as one would.
internal sealed class SharedFailures(SealedStore store, SteadyClock clock, Random random)
{
    private const char Kind = 'f';

    private static readonly TimeSpan _countedFor = TimeSpan.FromMinutes(1); // Beyond the wait, so that the next failure counts as one in a row.

    private readonly long _witness = random.NextInt64();

    // What bars a request; null where nothing does.
    // dueSince: Since when callers have been without a token, for the one attempt that this is worth: it may be made unless somebody has done so; else null.
    public async ValueTask<SharedFailure> FindAsync(string id, long? dueSince, bool async)
    {
        SharedFailure? last = null;
        foreach (var content in await store.ReadAsync($"failure {id}", async).ConfigureAwait(false))
        {
            if (StoredEntry.Read(content, Kind, Read) is not { } found || StoredEntry.IsFuture(found.At, clock.NowUtc))
                store.Complain("it is a failure in a format that this version does not read, or one that the future holds");
            else if (last is null || found.At > last.At)
                last = found with { Id = id };
        }

        if (last is null)
            return new SharedFailure(id, 0, 0, 0, 0, null, 0, false);

        // What one instance alone met with may be its own network, and bars nobody else; its own memory bars itself.
        if (!last.IsSure)
            return last with { Failure = null };

        // By the life of its memory where clocks differ.
        var (now, until) = (clock.NowUtc, last.IsDue(dueSince - clock.Now + clock.NowUtc) ? last.AskedUntil : last.Until);
        var left = Math.Min(until - now, until - last.At);
        return left <= 0 ? last with { Failure = null } : last with { Failure = last.Failure! with { RetryAfter = TimeSpan.FromMilliseconds(left), WasTried = false } };
    }

    // Tells the others what the request met with; a failure that has nothing to say of it says nothing.
    public async ValueTask NoteAsync(SharedFailure known, TokenFailure failure, BackOff schedule, bool async)
    {
        var wait = schedule.GetWait(known.Count);
        var asked = failure.RetryAfter is { } told && !failure.IsKept ? told : TimeSpan.Zero;
        var until = wait > asked ? wait : asked;
        var (at, count) = (clock.NowUtc, known.Count + 1);

        // What the server has answered is true for all; what only kept an answer away is once a second instance meets with it.
        var isSure = failure.Status is not null || known.IsSure || (known.Count > 0 && known.Witness != _witness);
        var content = StoredEntry.Write(Kind, writer =>
        {
            writer.Write(at);
            writer.Write(at + (long)until.TotalMilliseconds);
            writer.Write(at + (long)asked.TotalMilliseconds);
            writer.Write(count);
            writer.WriteText(failure.Message);
            writer.WriteText(failure.Error);
            writer.WriteText(failure.ErrorDescription);
            writer.Write(failure.IsTransient);
            writer.Write(failure.Status ?? 0);
            writer.Write(_witness);
            writer.Write(isSure);
        });
        await store.WriteAsync($"failure {known.Id}", content, until + until + _countedFor, async).ConfigureAwait(false);
    }

    public async ValueTask ForgetAsync(SharedFailure known, bool async)
    {
        if (known.Count > 0)
            await store.RemoveAsync($"failure {known.Id}", async).ConfigureAwait(false);
    }

    public BackOff Outages => BackOff.ForOutage(random);
    public BackOff RefusedSecrets => BackOff.ForRefusedSecret(random);
    public BackOff RefusedPasswords => BackOff.ForRefusedPassword(random);

    private static SharedFailure Read(BinaryReader reader)
    {
        var (at, until, asked, count) = (reader.ReadInt64(), reader.ReadInt64(), reader.ReadInt64(), reader.ReadInt32());
        var failure = new TokenFailure(reader.ReadText() ?? "", reader.ReadText(), reader.ReadText(), reader.ReadBoolean());
        failure = reader.ReadInt32() is > 0 and var status ? failure with { Status = status } : failure;
        return new SharedFailure("", at, until, asked, count, failure, reader.ReadInt64(), reader.ReadBoolean());
    }
}

// At, Until, AskedUntil: In milliseconds UTC; AskedUntil is what the server itself asked for.
// Count: How many in a row.
// Witness: The instance that met with the last one.
// IsSure: True where it was not that instance alone.
internal sealed record SharedFailure(string Id, long At, long Until, long AskedUntil, int Count, TokenFailure? Failure, long Witness, bool IsSure)
{
    public bool IsDue(long? since) => At < since;

    // Not the id, which is as good as a hash of what was sent.
    public override string ToString() => $"{Failure?.Message}";
}
