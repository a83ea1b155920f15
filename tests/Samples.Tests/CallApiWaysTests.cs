namespace Samples.Tests;

/// <summary>The ways in that the README shows, each as it stands there.</summary>
public class CallApiWaysTests
{
    public static TheoryData<string> Ways => [.. Way.All.Select(way => way.ToString())];

    [Fact]
    public void Readme_EachOfItsWays_IsRunHere()
    {
        Assert.Equal(Way.All.Select(way => way.Name).Distinct(), CallApiReadme.Ways.Keys);
        Assert.Equal(1, CallApiReadme.Blocks);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Way_AsTheReadmeShowsIt_Calls(string label)
    {
        var way = Way.Find(label);
        if (way.UsesTls && !OperatingSystem.IsLinux())
            return;
        await using var callApi = await way.StartAsync();
        var arguments = way.Arguments ?? CallApiReadme.Ways[way.Name];
        if (way.HasMachine && !arguments.Contains("--Clients:", StringComparison.Ordinal))
            callApi.Write("appsettings.json", Way.Replace(callApi, CallApiReadme.AppSettings));

        var output = await callApi.RunAsync(Way.Fill(callApi, arguments));

        way.AssertTaken(callApi, output);
    }
}
