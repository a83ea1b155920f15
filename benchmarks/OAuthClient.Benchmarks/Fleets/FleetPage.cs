using System.Globalization;
using System.Text;
using OAuthClient.Benchmarks.Quick;
using OAuthClient.Benchmarks.Results;
using OAuthClient.Tests.Simulation;

namespace OAuthClient.Benchmarks.Fleets;

/// <summary>Writes what fleets did, for people: a section of benchmarks/RESULTS.md and its pictures.</summary>
internal static class FleetPage
{
    private const string Title = "## A fleet of instances";

    private static readonly FleetChart _day = new("Token requests of 1,000 instances in each quarter of an hour", "A token lives for 15 minutes. Logarithmic; the bottom is none.", TimeSpan.FromMinutes(15), 10_000, i => i % 12 == 0 ? $"{i / 4}:00" : null);
    private static readonly FleetChart _spread = new("Token requests of 1,000 instances in each second, around the end of the first token", "Minutes since the first instance started; all start within the first. Logarithmic; the bottom is none.", TimeSpan.FromSeconds(1), 1_000, i => i % 120 == 0 ? $"{i / 60}:00" : null);
    private static readonly FleetChart _outage = new("Token requests in each ten seconds, around an outage of the server from 0:13 to 0:23", "Logarithmic; the bottom is none.", TimeSpan.FromSeconds(10), 1_000, i => i % 30 == 0 ? $"0:{i / 6:00}" : null);
    private static readonly FleetChart _cold = new("10,000 instances start at once: how many have a token, minute by minute", "The server takes 200 token requests a minute. Logarithmic; the bottom is none.", TimeSpan.FromMinutes(1), 10_000, i => i % 10 == 0 ? $"0:{i:00}" : null);

    /// <summary>A new page with the section of the old one, and with those after it.</summary>
    public static string Keep(string page, string old) => old.IndexOf($"\n{Title}", StringComparison.Ordinal) is >= 0 and var at ? page + old[at..] : page;

    public static async Task WriteAsync(FleetStory[] day, FleetStory contest, FleetStory[] outage, FleetStory[] cold)
    {
        var folder = ResultsPage.FindFolder();
        await File.WriteAllTextAsync(Path.Combine(folder, "fleet-day.svg"), _day.Draw([.. day.Select(story => Trace(story, _day))]));
        await File.WriteAllTextAsync(Path.Combine(folder, "fleet-spread.svg"), _spread.Draw([.. day.Take(2).Select(story => Trace(story, _spread, 17 * 60))]));
        await File.WriteAllTextAsync(Path.Combine(folder, "fleet-outage.svg"), _outage.Draw([.. outage.Select(story => Trace(story, _outage, 30 * 6))]));
        await File.WriteAllTextAsync(Path.Combine(folder, "fleet-cold-start.svg"), _cold.Draw([.. cold.Select(story => TraceServed(story, cold.Max(other => (int)other.Fleet.LastServedAt.TotalMinutes) + 2))]));
        var page = Path.Combine(folder, "RESULTS.md");
        var text = await File.ReadAllTextAsync(page);
        var end = text.IndexOf($"\n{Title}", StringComparison.Ordinal);
        var next = end < 0 ? -1 : text.IndexOf("\n## ", end + 1, StringComparison.Ordinal);
        await File.WriteAllTextAsync(page, (end < 0 ? text : text[..end]) + Compose(day, contest, outage, cold) + (next < 0 ? "" : text[next..]));
        Console.WriteLine($"Written: RESULTS.md and the fleet's pictures in {folder}");
    }

    private static FleetLine Trace(FleetStory story, FleetChart chart, int count = int.MaxValue) => new(story.Label, [.. story.Fleet.CountRequests(chart.Stretch).Take(count)], story.IsOurs);

    private static FleetLine TraceServed(FleetStory story, int minutes) =>
        new(story.Label, [.. Enumerable.Range(0, minutes).Select(minute => story.Fleet.ServedAt.Count(at => at < _cold.Stretch * minute))], story.IsOurs);

    private static string Compose(FleetStory[] day, FleetStory contest, FleetStory[] outage, FleetStory[] cold)
    {
        var page = new StringBuilder($"""

            {Title}

            Written by `dotnet run -c Release --project benchmarks/OAuthClient.Benchmarks -- fleet --write`, {Machine.Describe()}; the clock is simulated, so the machine makes no difference.
            1,000 instances over a day, each of which makes a call every 30 s; a token lives for 15 minutes, a token request takes 100 ms and an operation of the store 2 ms. Their clocks
            are up to 2 s off to either side, and all start within a minute.

            ![Token requests over a day](fleet-day.svg)

            | 1,000 instances for a day | token requests | most in 15 minutes | most in a second | calls that waited | failed calls | refused tokens | store operations a life |
            |---|---:|---:|---:|---:|---:|---:|---:|

            """);
        foreach (var story in day)
            AddRow(story, story.Label);
        AddRow(contest, $"{contest.Label}, 15 minutes");
        var calls = day[0].Fleet.Tally.Calls;
        page.Append(CultureInfo.InvariantCulture, $"""

            Of about {calls / 1e6:n1} million calls each. A call *waited* where it took any time for the sake of its token. A *refused token* is one that the API answered with 401, after which the call was sent again with
            another. *A life* is the 14 minutes after which a fleet asks anew. A store operation is a get, a set, a claim or a release of any instance.

            ![Token requests around the end of a token](fleet-spread.svg)

            ### An outage of the server

            Of ten minutes, from the thirteenth on. Failures are shared like tokens, so a fleet backs off as one instance does.

            ![Token requests in an outage](fleet-outage.svg)

            | | token requests in the outage | the last call failed, after its end | store operations |
            |---|---:|---:|---:|

            """);
        foreach (var story in outage)
            page.Append(CultureInfo.InvariantCulture, $"| {story.Label} | {story.CountIn(FleetRun.ServerOutage):n0} | {(story.Fleet.LastFailureAt - FleetRun.ServerOutage.From - FleetRun.ServerOutage.Length).TotalSeconds:n0} s | {story.Fleet.Store.Operations.Sum():n0} |\n");
        page.Append("""

            ### A cold start

            10,000 instances start at once and call every 20 s, at a server that takes 200 token requests a minute and answers 429 beyond, with the time until the next minute as Retry-After. A token lives for an hour.

            ![How many instances have a token](fleet-cold-start.svg)

            | | token requests | of them 429 | the last instance had a token after |
            |---|---:|---:|---:|

            """);
        foreach (var story in cold)
        {
            var refused = story.Fleet.Server.Requests.Count(request => request.Status == System.Net.HttpStatusCode.TooManyRequests);
            var last = story.Fleet.Served == story.Plan.Instances ? story.Fleet.LastServedAt : (TimeSpan?)null;
            page.Append(CultureInfo.InvariantCulture, $"| {story.Label} | {story.Requests:n0} | {refused:n0} | {(last is { } at ? at < TimeSpan.FromMinutes(1) ? $"{at.TotalSeconds:n2} s" : $"{at.TotalMinutes:n0} min" : $"{story.Plan.Duration.TotalHours:n0} h and more")} |\n");
        }

        page.Append(CultureInfo.InvariantCulture, $"""

            A process that dies while it fetches, at whatever step, keeps the others waiting for {StoreClaim.Life.TotalSeconds:n0} s, the life of its claim, and for two more where one instance alone waits.
            `FleetTests` holds all of this to bounds.

            """);
        return page.ToString();

        void AddRow(FleetStory story, string label)
        {
            var tally = story.Fleet.Tally;
            page.Append(CultureInfo.InvariantCulture, $"| {label} | {story.Requests:n0} | {story.MostIn(TimeSpan.FromMinutes(15)):n0} | {story.MostIn(TimeSpan.FromSeconds(1)):n0} | {tally.Waited:n0} | {tally.Failed:n0} | {tally.Rejected:n0} | {(story.Plan.HasStore ? story.OperationsPerLife.ToString("n0", CultureInfo.InvariantCulture) : "")} |\n");
        }
    }
}
