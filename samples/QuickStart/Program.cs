using QuickStart;
using QuickStart.Scenes;

var screen = Screen.Open();
Scene[] scenes =
[
    new BijiraScene(),
    new DevantScene(),
    new ChoreoConnectionScene(),
    new AsgardeoScene(),
    new OtherHeaderScene(),
    new RevokedTokenScene(),
];

screen.WriteOpening(scenes.Length);
var stages = new List<Stage>();
foreach (var scene in scenes)
{
    var stage = new Stage(scene, screen);
    stages.Add(stage);
    screen.WriteScene(scene, stages.Count, scenes.Length);
    await stage.PlayAsync();
    screen.WriteEnding(stage);
}

screen.WriteSummary(stages);
if (!stages.TrueForAll(stage => stage.WentAsTold))
    return 1;
screen.WriteNextSteps(scenes[0]);
return 0;
