using KernelDiff.Kernels.Generator;

if (args is not ([] or ["--check"]))
{
    Console.Error.WriteLine("usage: dotnet run --project Kernels/Generator [-- --check]");
    return 2;
}

string root = GeneratedFiles.FindRoot(Environment.CurrentDirectory);
if (args is ["--check"])
{
    IReadOnlyList<string> stale = GeneratedFiles.Check(root);
    foreach (string path in stale)
        Console.Error.WriteLine($"{path} is not what the generator writes; run: dotnet run --project Kernels/Generator");
    if (stale.Count == 0)
        Console.WriteLine($"{GeneratedFiles.All.Count} generated files are current.");
    return stale.Count == 0 ? 0 : 1;
}

foreach (string path in GeneratedFiles.Write(root))
    Console.WriteLine($"wrote {path}");
return 0;
