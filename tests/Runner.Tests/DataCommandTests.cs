using System.Text.Json;
using KernelDiff.Engine.Imaging;

namespace KernelDiff.Runner.Tests;

public sealed class DataCommandTests
{
    private DirectoryInfo folder = null!;

    [SetUp]
    public void CreateFolder() => folder = Directory.CreateTempSubdirectory("kerneldiff-");

    [TearDown]
    public void DeleteFolder() => folder.Delete(recursive: true);

    [Test]
    public void What_synthesize_draws_inspect_counts()
    {
        var faces = Synthesize(7);

        var run = CommandLineRun.Of("data", "inspect", faces, "--json");

        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done));
        using var document = JsonDocument.Parse(run.Out);
        var root = document.RootElement;
        Assert.That(root.GetProperty("layout").GetString(), Is.EqualTo("CelebAMask-HQ as published"));
        Assert.That(root.GetProperty("faces").GetInt32(), Is.EqualTo(7));
        Assert.That(root.GetProperty("good").GetInt32(), Is.EqualTo(7));
        Assert.That(root.GetProperty("train").GetInt32(), Is.EqualTo(5));
        Assert.That(root.GetProperty("imageSizes")[0].GetProperty("width").GetInt32(), Is.EqualTo(32));
        Assert.That(root.GetProperty("classes").GetArrayLength(), Is.EqualTo(19));
        Assert.That(root.GetProperty("classes")[1].GetProperty("faces").GetInt32(), Is.EqualTo(7));
        Assert.That(root.GetProperty("classes").EnumerateArray().Sum(row => row.GetProperty("pixelShare").GetDouble()), Is.EqualTo(1).Within(1e-9));
        Assert.That(root.GetProperty("attributes").GetArrayLength(), Is.EqualTo(40));
        Assert.That(root.GetProperty("faults").GetArrayLength(), Is.Zero);
    }

    [Test]
    public void Synthesize_reports_what_it_made()
    {
        var path = Path.Combine(folder.FullName, "faces");

        var run = CommandLineRun.Of("data", "synthesize", path, "--count", "2", "--seed", "9", "--size", "40", "--json");

        using var document = JsonDocument.Parse(run.Out);
        Assert.That(document.RootElement.GetProperty("folder").GetString(), Is.EqualTo(path));
        Assert.That(document.RootElement.GetProperty("count").GetInt32(), Is.EqualTo(2));
        Assert.That(document.RootElement.GetProperty("seed").GetUInt64(), Is.EqualTo(9));
        Assert.That(document.RootElement.GetProperty("size").GetInt32(), Is.EqualTo(40));
        Assert.That(ImageFile.Read(Path.Combine(path, "CelebA-HQ-img", "1.jpg")).Width, Is.EqualTo(40));
    }

    [Test]
    public void Synthesize_refuses_a_folder_that_holds_files_and_leaves_it_alone()
    {
        File.WriteAllText(Path.Combine(folder.FullName, "mine.txt"), "mine");

        var run = CommandLineRun.Of("data", "synthesize", folder.FullName, "--count", "2", "--size", "32");

        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Failed));
        Assert.That(run.Error, Does.Contain("is not an empty folder"));
        Assert.That(folder.EnumerateFileSystemInfos().Select(file => file.Name), Is.EqualTo(["mine.txt"]));
    }

    [Test]
    public void Inspect_names_bad_files_and_goes_on()
    {
        var faces = Synthesize(4);
        File.WriteAllText(Path.Combine(faces, "CelebA-HQ-img", "2.jpg"), "no picture");
        File.Delete(Path.Combine(faces, "CelebA-HQ-img", "3.jpg"));

        var run = CommandLineRun.Of("data", "inspect", faces);

        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done));
        Assert.That(run.Out, Does.StartWith("CelebAMask-HQ as published: 3 faces, 3 decoded, 2 good\n"));
        Assert.That(run.Out, Does.Contain("bad files: 1\n  CelebA-HQ-img/2.jpg: 2.jpg: this is neither a PNG nor a JPEG file\n"));
    }

    [Test]
    public void Inspect_fails_when_no_face_is_left()
    {
        var faces = Synthesize(1);
        File.WriteAllText(Path.Combine(faces, "CelebA-HQ-img", "0.jpg"), "no picture");

        var run = CommandLineRun.Of("data", "inspect", faces);

        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.BadInput));
        Assert.That(run.Error, Does.Contain("none of 1 faces can be decoded").And.Contain("0.jpg"));
    }

    [Test]
    public void Inspect_of_a_folder_without_faces_says_what_is_expected()
    {
        var run = CommandLineRun.Of("data", "inspect", folder.FullName);

        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.BadInput));
        Assert.That(run.Error, Does.Contain("it holds no faces").And.Contain("CelebA-HQ-img"));
    }

    [Test]
    public void Inspect_draws_a_contact_sheet()
    {
        var faces = Synthesize(7);
        var sheet = Path.Combine(folder.FullName, "sheet.png");

        var run = CommandLineRun.Of("data", "inspect", faces, "--sheet", sheet);

        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done));
        var picture = ImageFile.Read(sheet);
        Assert.That((picture.Width, picture.Height), Is.GreaterThan((6 * 2 * 128, 2 * 128)));
    }

    private string Synthesize(int count)
    {
        var path = Path.Combine(folder.FullName, "faces");
        var run = CommandLineRun.Of("data", "synthesize", path, "--count", $"{count}", "--size", "32");
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done), run.Error);
        return path;
    }
}
