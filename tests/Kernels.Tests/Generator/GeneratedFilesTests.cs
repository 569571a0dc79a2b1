using KernelDiff.Kernels.Generator;

namespace KernelDiff.Kernels.Tests.Generator;

internal sealed class GeneratedFilesTests
{
    [Test]
    public void What_is_checked_in_is_what_the_generator_writes() =>
        Assert.That(
            GeneratedFiles.Check(GeneratedFiles.FindRoot(TestContext.CurrentContext.TestDirectory)),
            Is.Empty,
            "run: dotnet run --project Kernels/Generator");

    [Test]
    public void Check_names_missing_and_changed_files_and_Write_repairs_them()
    {
        string root = Directory.CreateTempSubdirectory("kerneldiff-generated").FullName;
        try
        {
            string[] all = [.. GeneratedFiles.All.Select(file => file.Path)];
            Assert.That(GeneratedFiles.Check(root), Is.EquivalentTo(all));
            Assert.That(GeneratedFiles.Write(root), Is.EquivalentTo(all));
            Assert.That(GeneratedFiles.Check(root), Is.Empty);

            File.AppendAllText(Path.Combine(root, all[0]), "// edited by hand\n");
            Assert.That(GeneratedFiles.Check(root), Is.EqualTo([all[0]]));
            Assert.That(GeneratedFiles.Write(root), Is.EqualTo([all[0]]));
            Assert.That(GeneratedFiles.Check(root), Is.Empty);
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    [Test]
    public void FindRoot_says_where_it_looked() =>
        Assert.That(
            () => GeneratedFiles.FindRoot(Path.GetPathRoot(Environment.CurrentDirectory)!),
            Throws.TypeOf<DirectoryNotFoundException>().With.Message.Contain("KernelDiff.sln"));
}
