using System.Text;
using Spectre.Console;

namespace QuickStart;

/// <summary>The picture: all that the program writes.</summary>
internal sealed class Screen(IAnsiConsole console)
{
    private const int Widest = 110;

    private static readonly Style _faint = Color.Grey54;

    public static Screen Open()
    {
        Console.OutputEncoding = Encoding.UTF8;
        var plain = Console.IsOutputRedirected;
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = plain ? AnsiSupport.No : AnsiSupport.Detect,
            ColorSystem = plain ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
            Interactive = InteractionSupport.No,
            // A build server may colour what a terminal would show; what goes to a file stays plain.
            Enrichment = new ProfileEnrichment { UseDefaultEnrichers = !plain },
        });
        console.Profile.Width = plain ? Widest : Math.Min(console.Profile.Width, Widest);
        return new Screen(console);
    }

    public void WriteOpening(int scenes)
    {
        WriteTitle("QuickStart");
        WriteParagraph($"A .NET program calls a protected API, in {Count(scenes, "scene")}. It uses HttpClient as ever; OAuthClient gets the access token, puts it on each request, renews it in time, and replaces it when the API refuses it.");
        WriteParagraph("The requests are real HTTP, to a token server and an API on this machine (OAuthClient.Testing), and the tables show what these received. So each scene sets its addresses to 127.0.0.1; in your program a preset knows the token server, such as https://sts.choreo.dev/oauth2/token, or you set it. Secrets and tokens are shortened; \"token 1\" and \"token 2\" tell tokens apart.");
    }

    public void WriteScene(Scene scene, int number, int of)
    {
        WriteTitle($"{number}/{of}  {scene.Title}");
        WriteParagraph(scene.Story);
        WriteCode("the code", SourceExcerpt.Read(scene, "setup"));
        var headings = NewGrid();
        headings.AddRow(new Text("#", _faint), new Text("Received", _faint), new Text("What it carried", _faint), new Text("Answer", _faint));
        console.Write(headings);
    }

    public void WriteCaption(string caption) => console.MarkupLine($"[bold]> {Markup.Escape(caption)}[/]");

    public void WriteRequests(IReadOnlyList<RequestRow> rows)
    {
        if (rows.Count == 0)
            return;
        var grid = NewGrid();
        foreach (var row in rows)
        {
            grid.AddRow(
                new Text(row.Numbers, _faint),
                new Text(row.Times == 1 ? row.Request : $"{row.Times} x {row.Request}"),
                new Text(row.Carried, _faint),
                new Text($"{row.Status}", row.Status < 300 ? Color.Green : Color.Yellow));
        }

        console.Write(grid);
        console.WriteLine();
    }

    public void WriteRemark(string remark) => WriteParagraph(remark);

    public void WriteEnding(Stage stage)
    {
        console.MarkupLine($"[bold]= {Count(stage.TokenRequests, "token request")}, {Count(stage.ApiCalls, "API call")}[/]");
        WriteParagraph(stage.Scene.Lesson);
        WriteFailures(stage);
    }

    public void WriteSummary(IReadOnlyList<Stage> stages)
    {
        WriteTitle(stages.Count == 1 ? "The scene" : "The scenes");
        var table = new Table { Border = TableBorder.Simple, ShowFooters = true };
        table.AddColumn(new TableColumn("Scene") { Footer = new Text("Together") });
        table.AddColumn(new TableColumn("Token\nrequests") { Alignment = Justify.Right, Footer = new Text($"{stages.Sum(stage => stage.TokenRequests)}") });
        table.AddColumn(new TableColumn("API\ncalls") { Alignment = Justify.Right, Footer = new Text($"{stages.Sum(stage => stage.ApiCalls)}") });
        table.AddColumn("As\ntold");
        foreach (var stage in stages)
        {
            var verdict = stage.WentAsTold ? new Text("yes", Color.Green) : new Text("no", Color.Red);
            table.AddRow(new Text(stage.Scene.Title), new Text($"{stage.TokenRequests}"), new Text($"{stage.ApiCalls}"), verdict);
        }

        console.Write(table);
        foreach (var stage in stages)
            WriteFailures(stage);
    }

    /// <summary>What the program takes: the number of a scene, or all of them.</summary>
    public void WriteUsage(Scene[] scenes)
    {
        WriteTitle("Scenes to choose from");
        foreach (var (scene, number) in scenes.Select((scene, index) => (scene, index + 1)))
            console.MarkupLine($"  -- {number}      {Markup.Escape(scene.Title)}");
        console.MarkupLine("  -- --all  All of them; without a number the first two");
        console.WriteLine();
    }

    public void WriteNextSteps(Scene scene)
    {
        WriteTitle("What next");
        console.WriteLine("1. README.md: each platform's line, and a guide for each question.");
        console.WriteLine("2. dotnet run --project samples/CallApi: your own API, with your own keys.");
        console.WriteLine("3. Your own program: reference OAuthClient and write ten lines.");
        WriteCode("ten lines", SourceExcerpt.Read(scene, "setup", "call"));
    }

    private static Grid NewGrid() => new Grid()
        .AddColumn(new GridColumn { Width = 5, NoWrap = true, Alignment = Justify.Right, Padding = new Padding(0, 0, 1, 0) })
        .AddColumn(new GridColumn { Width = 20, NoWrap = true, Padding = new Padding(0, 0, 1, 0) })
        .AddColumn(new GridColumn { Width = 45, Padding = new Padding(0, 0, 1, 0) })
        .AddColumn(new GridColumn { Width = 6, NoWrap = true, Padding = new Padding(0, 0, 0, 0) });

    private void WriteTitle(string title) => console.Write(new Rule($"[bold]{Markup.Escape(title)}[/]") { Justification = Justify.Left });

    private void WriteCode(string title, string code)
    {
        var lines = code.Split('\n').Select(WithGreyComment);
        console.Write(new Panel(new Markup(string.Join('\n', lines))) { Header = new PanelHeader($" {title} "), Expand = true });
    }

    private static string WithGreyComment(string line)
    {
        var comment = line.IndexOf("// ", StringComparison.Ordinal);
        return comment < 0 ? Markup.Escape(line) : $"{Markup.Escape(line[..comment])}[{_faint.ToMarkup()}]{Markup.Escape(line[comment..])}[/]";
    }

    private void WriteParagraph(string text, Style? style = null)
    {
        console.Write(new Text(text + Environment.NewLine, style));
        console.WriteLine();
    }

    private void WriteFailures(Stage stage)
    {
        if (stage.WentAsTold)
            return;
        var lines = stage.Failures.Select(failure => $"{Environment.NewLine}- {failure}");
        WriteParagraph($"\"{stage.Scene.Title}\" went other than told:{string.Concat(lines)}", Color.Red);
    }

    private static string Count(int number, string what) => number == 1 ? $"1 {what}" : $"{number} {what}s";
}
