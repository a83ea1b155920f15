using QuickStart;
using QuickStart.Scenes;

var screen = Screen.Open();
Scene[] scenes =
[
    new BijiraScene(),
    new RevokedTokenScene(),
    new DevantScene(),
    new ChoreoConnectionScene(),
    new AsgardeoScene(),
    new OtherHeaderScene(),
];
var chosen = args switch
{
    [] => scenes[..2],
    ["--all"] => scenes,
    [var number] when int.TryParse(number, out var one) && one >= 1 && one <= scenes.Length => scenes[(one - 1)..one],
    _ => [],
};
if (chosen is [])
{
    screen.WriteUsage(scenes);
    return args is ["--help" or "-h"] ? 0 : 2;
}

screen.WriteOpening(chosen.Length);
var stages = new List<Stage>();
foreach (var scene in chosen)
{
    var stage = new Stage(scene, screen);
    stages.Add(stage);
    screen.WriteScene(scene, Array.IndexOf(scenes, scene) + 1, scenes.Length);
    await stage.PlayAsync();
    screen.WriteEnding(stage);
}

screen.WriteSummary(stages);
if (!stages.TrueForAll(stage => stage.WentAsTold))
    return 1;
if (chosen.Length < scenes.Length)
    screen.WriteUsage(scenes);
screen.WriteNextSteps(scenes[0]);
return 0;
