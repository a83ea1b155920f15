using System.Net;
using OAuthClient.Testing;

namespace OAuthClient.Tests.Simulation;

/// <summary>What must hold in every simulated world.</summary>
internal static class Rules
{
    /// <summary>Every rule that the world breaks, in words.</summary>
    public static IEnumerable<string> FindBroken(Story story, World world)
    {
        foreach (var call in world.Calls)
        {
            if (call.EndedAt is null)
                yield return $"The {call} has not ended.";
            if (call.Exception is not (null or OAuth2TokenException or OperationCanceledException))
                yield return $"A call ended with {call.Exception}.";
            if (call.Exception is OperationCanceledException && call.Kind != ActKind.CancelledCall)
                yield return "A call was cancelled that nobody cancelled.";
            if (call.Sendings.Any(sending => sending.Token is null))
                yield return "A call was sent without a token.";
            if (call.Sendings.Any(sending => sending.IsExpired))
                yield return $"The {call} was sent with an expired token.";
            if (call.Sendings.Count > 2)
                yield return "A call was sent more than twice.";
            if (call.Kind == ActKind.Upload && call.Sendings.Count > 1)
                yield return "Content that cannot be replayed was sent twice.";
            if (call is { IsHeldTokenGood: true, Kind: ActKind.Calls } && (call.Sendings.Count == 0 || call.Sendings[0].At > call.StartedAt))
                yield return $"The {call} waited although {call.HeldToken} was valid.";
            foreach (var sending in call.Sendings)
            {
                if (sending.Token is { } token && world.Server.Requests.Where(request => request.IsOf(call) && request.Token == token).Max(request => request.SentAt) < call.InvalidatedAt)
                    yield return $"The {call} was sent with a token that had been forgotten before.";
            }
        }

        foreach (var requests in world.Server.Requests.GroupBy(request => (request.Process, request.Caller)))
        {
            var sent = requests.OrderBy(request => request.SentAt).ToArray();
            for (var i = 1; i < sent.Length; i++)
            {
                // With changed credentials it is another token, and whoever waits for the one before goes on with that.
                if (sent[i].SentAt < sent[i - 1].AnsweredAt && !world.Reloads.Exists(reload => reload.Process == requests.Key.Process))
                    yield return $"{requests.Key} had two token requests under way at {sent[i].SentAt:mm:ss.fff}.";
            }

            // Three at once, then one a second: among any n + 4 in a row the last comes at least n seconds after the first. Changed credentials have no past.
            DateTimeOffset[] attempts = [.. sent.Where((request, i) => i == 0 || sent[i - 1].Outcome == Outcome.Issued || sent[i - 1].AnsweredAt != request.SentAt).Select(request => request.SentAt)];
            for (var i = 0; i < attempts.Length && story.Count(ActKind.Sleep) + world.Reloads.Count == 0; i++)
            {
                for (var n = 1; i + n + 3 < attempts.Length; n++)
                {
                    if ((attempts[i + n + 3] - attempts[i]).TotalSeconds < n - 0.1)
                        yield return $"{requests.Key} sent {n + 4} token requests within {(attempts[i + n + 3] - attempts[i]).TotalSeconds} s.";
                }
            }
        }

        var causes = story.Count(ActKind.Revoke) + story.ForcedCalls + story.Count(ActKind.Invalidate) + story.Count(ActKind.Sleep) + story.Count(ActKind.Reload);
        if (story is { Processes: 1, IsFair: true })
        {
            // A fifth of the quarter at most is taken off a token's life; on a sticky server it is asked for at its end, and once before.
            var lives = world.Duration.TotalSeconds / (story.LifetimeSeconds * 0.7);
            var most = (story.Behavior == ReissueBehavior.SameToken ? 2 : 1) * story.Callers * (2 + lives + (2 * causes));
            if (world.Server.Requests.Count(request => request.Outcome == Outcome.Issued) > most)
                yield return $"{world.Server.Requests.Count} token requests were sent, where {most:0} do.";

            foreach (var call in world.Calls)
            {
                if (call.Exception is OAuth2TokenException && story.ForcedCalls < 4 && story.Count(ActKind.Sleep) < 2 && story.TokenLatencyMs < story.LifetimeSeconds * 500
                    && !(story.HasOnlyRefreshToken && Promises.MayLose(call.Process, call.Caller, world)))
                    yield return $"The {call} got no token though nothing was out of order: {call.Exception.Message}";
                if (call.Status == HttpStatusCode.Unauthorized && story.Count(ActKind.Revoke) + story.Count(ActKind.Sleep) == 0 && !MayExpireUnderWay(story) && story.Behavior != ReissueBehavior.RevokePrevious)
                    yield return $"The {call} was lost though no token was revoked.";
                if (call.Status == HttpStatusCode.Unauthorized && story.Count(ActKind.Revoke) + story.Count(ActKind.Sleep) <= 1 && !MayExpireUnderWay(story) && story.ForcedCalls == 0 && story.Count(ActKind.Invalidate) == 0 && call.Kind == ActKind.Calls
                    && !world.Server.WasIssuedBeforeRevocation(call.Sendings[^1].Token!))
                    yield return $"The {call} was lost though it could have been sent again.";
            }
        }
    }

    // The client stops using a token a twentieth of its life before its end, or earlier.
    private static bool MayExpireUnderWay(Story story) => story.ApiLatencyMs >= Math.Min(5_000, story.LifetimeSeconds * 1_000 / 10) / 2;
}
