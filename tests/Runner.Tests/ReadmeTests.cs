using KernelDiff.Engine.Recognition;

namespace KernelDiff.Runner.Tests;

public sealed class ReadmeTests
{
    [Test]
    public void The_layer_list_of_the_readme_is_one()
    {
        var text = File.ReadAllText(Path.Combine(Repository.Root, "README.md"));
        var block = text.Split("```json\n").Select(part => part.Split("```")[0]).Single(json => json.Contains("\"layers\"", StringComparison.Ordinal));
        Assert.That(LayerList.Parse(block, "README.md").Classes, Has.Count.EqualTo(3));
    }
}
