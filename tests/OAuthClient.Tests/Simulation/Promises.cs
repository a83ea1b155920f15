using System.Globalization;

namespace OAuthClient.Tests.Simulation;

/// <summary>What the library promises of refusals, rejections, refresh tokens, reloads and the end of a token.</summary>
internal static class Promises
{
    private static readonly TimeSpan _idle = TimeSpan.FromMinutes(59);
    private static readonly TimeSpan _turn = TimeSpan.FromSeconds(10);

    /// <summary>Every promise that the world breaks, in words.</summary>
    public static IEnumerable<string> FindBroken(Story story, World world)
    {
        foreach (var call in world.Calls)
        {
            if (call.Exception is OAuth2TokenException exception)
            {
                if (FindOthersRefusal(story, call, exception, world) is { } refusal)
                    yield return refusal;
                if (FindMissedAttempt(story, call, exception, world) is { } missed)
                    yield return missed;
            }

            if (call.Sendings.Find(sending => sending.WasRejected) is { } again)
                yield return $"The {call} was sent with {again.Token}, which API {call.Api} had rejected.";
            if (FindLostToken(story, call, world) is { } lost)
                yield return $"The {call} found {call.HeldToken ?? "no token"} where its process had got {lost}.";
        }

        foreach (var requests in world.Server.Requests.Where(request => !request.IsUnconnected).GroupBy(request => request.Process))
        {
            TokenRequestRecord[] sent = [.. requests];
            foreach (var request in sent)
            {
                if (request.Value is { } value && IsBarred(sent.Where(other => other.Value == value), request, Outcome.InvalidGrant, story.GrantType == GrantTypes.Password && !request.IsRefresh ? 675 : 7.5))
                    yield return $"Process {request.Process} sent {value} again at {request.SentAt:mm:ss.fff}, soon after it was refused.";
                if (IsBarred(sent.Where(other => other.Secret == request.Secret), request, Outcome.InvalidClient, 7.5))
                    yield return $"Process {request.Process} sent {request.Secret} again at {request.SentAt:mm:ss.fff}, soon after it was refused.";
            }

            foreach (var caller in sent.GroupBy(request => request.Caller).Where(caller => !MayLose(requests.Key, caller.Key, world)))
            {
                foreach (var broken in FindRefreshTokenFaults(story, [.. caller]))
                    yield return broken;
            }
        }
    }

    /// <summary>Whoever never sent a refused value is never answered with the refusal of another's.</summary>
    private static string? FindOthersRefusal(Story story, CallRecord call, OAuth2TokenException exception, World world)
    {
        if (FindAnswer(exception, world) is not { } answer)
            return exception.IsTransient ? null : $"The {call} was refused by nobody: {exception.Message}";
        var isOwn = answer.Process == call.Process && answer.Outcome switch
        {
            // The server is out of order for all.
            Outcome.Outage => true,
            Outcome.InvalidClient => answer.Secret == call.Secret,
            Outcome.InvalidGrant => answer.IsRefresh ? answer.Caller == call.Caller : answer.Value == call.Value,

            // Of a password that has not proved good, any refusal may be one.
            Outcome.Page when story.GrantType == GrantTypes.Password && !answer.IsRefresh => answer.Value == call.Value,
            _ => answer.Caller == call.Caller && answer.Secret == call.Secret && (answer.IsRefresh || answer.Value == call.Value),
        };
        return isOwn ? null : $"The {call} got the {answer.Outcome} of process {answer.Process}, caller {answer.Caller}: {exception.Message}";
    }

    /// <summary>The answer of the server that an exception tells of, or null.</summary>
    private static TokenRequestRecord? FindAnswer(OAuth2TokenException exception, World world) =>
        exception.ErrorDescription?.Split(SimulatedServer.Description) is [_, var number] ? world.Server.Requests[int.Parse(number, CultureInfo.InvariantCulture)] : null;

    /// <summary>Once a token has ended, no call fails before an attempt to get another was made, however long the last ones back off.</summary>
    private static string? FindMissedAttempt(Story story, CallRecord call, OAuth2TokenException exception, World world)
    {
        // What was refused is not sent, and a hundred requests a minute are the most.
        var requests = world.Server.Requests;
        if (call.Kind == ActKind.ForcedCalls
            || FindAnswer(exception, world) is { Outcome: Outcome.InvalidGrant or Outcome.InvalidClient }
            || (story.GrantType == GrantTypes.Password && FindAnswer(exception, world) is { Outcome: Outcome.Page })
            || requests.Count(request => request.Process == call.Process && request.SentAt > call.StartedAt.AddMinutes(-1)) >= 100
            || FindLastAnswer(call, world) is not { } last
            || requests.Exists(request => request.IsOf(call) && request.Outcome == Outcome.Issued && request.AnsweredAt > last.AnsweredAt && request.AnsweredAt < call.StartedAt)
            || last.BeganAt <= call.InvalidatedAt
            || call.StartedAt < world.Server.ExpiryOf(last.Token!)
            || MayLose(call.Process, call.Caller, world))
            return null;
        var end = GetEnd(call, last, world);
        return requests.Exists(request => request.IsOf(call) && request.SentAt <= call.EndedAt && !(request.AnsweredAt < end))
            ? null
            : $"The {call} failed without an attempt since {last.Token} ended at {end:mm:ss.fff}: {exception.Message}";
    }

    /// <summary>The token that a process has got for the caller and does not hold any more, though nothing but time or a word of its own makes it forget one.</summary>
    private static string? FindLostToken(Story story, CallRecord call, World world)
    {
        if (FindLastAnswer(call, world) is not { } last || last.BeganAt <= call.InvalidatedAt || MayLose(call.Process, call.Caller, world))
            return null;
        var requests = world.Server.Requests;
        var spare = TimeSpan.FromSeconds(Math.Min(5, story.LifetimeSeconds / 10.0));
        var isHeld = requests.FindLastIndex(request => request.IsOf(call) && request.Token == call.HeldToken) >= requests.IndexOf(last);
        return isHeld || call.StartedAt >= GetEnd(call, last, world) - spare ? null : last.Token;
    }

    /// <summary>The last token that a process had got for the caller when the call began.</summary>
    private static TokenRequestRecord? FindLastAnswer(CallRecord call, World world) =>
        // What a fetch brings that was under way, or waited for its turn, while the credentials changed was bought with the old ones.
        world.Server.Requests.FindLast(request => request.IsOf(call) && request.Outcome == Outcome.Issued && request.AnsweredAt < call.StartedAt
            && !world.Reloads.Exists(reload => reload.Process == call.Process && request.BeganAt - _turn <= reload.At && reload.At <= request.AnsweredAt));

    /// <summary>When that token ends, for all that the process was told: it may have been issued several times.</summary>
    private static DateTimeOffset GetEnd(CallRecord call, TokenRequestRecord answer, World world) =>
        world.Server.Requests.Where(request => request.IsOf(call) && request.Token == answer.Token).Min(request => request.EndsAt);

    /// <summary>
    /// True where a caller's tokens may get lost: he made no call for an hour; or, around a reload, the machine slept or a token expired on its way, so
    /// that whoever had been waiting since before it asks with former credentials after it.
    /// </summary>
    public static bool MayLose(int process, int caller, World world)
    {
        DateTimeOffset[] calls = [.. world.Calls.Where(call => (call.Process, call.Caller) == (process, caller)).Select(call => call.StartedAt)];
        return (caller > 0 && calls.Zip(calls.Skip(1)).Any(pair => pair.Second - pair.First > _idle))
            || (world.Reloads.Exists(reload => reload.Process == process)
                && (world.HasSlept || world.Server.Requests.Exists(request => (request.Process, request.Caller) == (process, caller) && request.Outcome == Outcome.Issued && request.AnsweredAt > request.EndsAt.AddSeconds(-1))));
    }

    /// <summary>True where the last that was heard of a value, before it was sent, is a refusal that is younger than so many seconds.</summary>
    private static bool IsBarred(IEnumerable<TokenRequestRecord> sameValue, TokenRequestRecord sent, Outcome refusal, double seconds) =>
        sameValue.Where(other => other.AnsweredAt <= sent.SentAt && other != sent && (other.Outcome == Outcome.Issued || other.Outcome == refusal)).MaxBy(other => other.AnsweredAt) is { } last
        && last.Outcome == refusal
        && last.AnsweredAt < sent.SentAt
        && sent.SentAt - last.AnsweredAt < TimeSpan.FromSeconds(seconds);

    /// <summary>A refresh token is used for as long as there is one; it is lost by <c>invalid_grant</c> or a lost answer alone, and not used again then.</summary>
    private static IEnumerable<string> FindRefreshTokenFaults(Story story, TokenRequestRecord[] sent)
    {
        var held = story.HasOnlyRefreshToken ? SimulatedServer.RefreshTokenOf(sent[0].Process, sent[0].Caller) : null;
        string? doubtful = null;
        TokenRequestRecord? before = null;
        foreach (var request in sent)
        {
            // A refresh that failed may be followed by the own grant.
            if (request.IsRefresh && request.Value != held && request.Value != doubtful)
                yield return $"Process {request.Process} sent {request.Value} at {request.SentAt:mm:ss.fff}, where caller {request.Caller} had {held ?? "none"}.";

            // So may the own grant, once more where its connection broke.
            var isRepeated = before is { IsRefresh: false, Outcome: Outcome.Lost } && before.AnsweredAt == request.SentAt;
            if (!request.IsRefresh && held is not null && !isRepeated && !(before is { IsRefresh: true } && before.Value == held && before.Outcome != Outcome.Issued))
                yield return $"Process {request.Process} lost {held} of caller {request.Caller} by {request.SentAt:mm:ss.fff}.";

            // After a lost answer a server that is known not to rotate may be asked again.
            if (request.IsRefresh && request.Outcome == Outcome.Lost && story.Refresh != RefreshBehavior.Rotating)
                doubtful = request.Value;
            else if (request.Outcome is Outcome.Issued or Outcome.InvalidGrant)
                doubtful = null;
            if (request.Outcome == Outcome.Issued)
                held = request.RefreshToken ?? (request.IsRefresh ? request.Value : held);
            else if (request.IsRefresh && request.Outcome is Outcome.InvalidGrant or Outcome.Lost && !story.HasOnlyRefreshToken)
                held = null;
            before = request;
        }
    }
}
