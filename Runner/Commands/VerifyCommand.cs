using System.CommandLine;
using System.Globalization;
using KernelDiff.Engine.Verification;

namespace KernelDiff.Runner.Commands;

/// <summary><c>kerneldiff verify</c>: replays recorded experiments of the reference implementation.</summary>
internal sealed class VerifyCommand : RunnerCommand
{
    /// <summary>Tensors shown for each file, the worst ones.</summary>
    private const int Shown = 5;

    private static readonly Argument<string[]> Files = new("FILE")
    {
        Description = "Fixtures: safetensors files that hold configuration, weights, inputs and recorded outputs",
        Arity = ArgumentArity.OneOrMore,
    };

    private static readonly Option<double> Factor = new("--tolerance")
    {
        Description = "Multiplies every tolerance",
        HelpName = "FACTOR",
        DefaultValueFactory = _ => 1,
    };

    static VerifyCommand() => OptionValidation.Require(Factor, number => number > 0, "a number above 0");

    public VerifyCommand(RunnerConsole console)
        : base(console, "verify", "Replay recorded experiments of the reference implementation and compare.")
    {
        Arguments.Add(Files);
        foreach (var option in new Option[]
        {
            ExecutionOptions.Device, ExecutionOptions.Threads, ExecutionOptions.Plan, ExecutionOptions.Algorithm, ExecutionOptions.Exact, Factor, GlobalOptions.Json,
        })
        {
            Options.Add(option);
        }
    }

    public override IReadOnlyList<(string Line, string Purpose)> Examples =>
    [
        ("kerneldiff verify unet.safetensors", "outputs and gradients on the best device"),
        ("kerneldiff verify *.safetensors --device opencl:0 --json", "several, as one JSON document"),
        ("kerneldiff verify unet.safetensors --algorithm winograd4", "with one algorithm for every convolution that can take it"),
    ];

    public override IReadOnlyList<string> Notes =>
    [
        "Error: the largest difference over the largest recorded magnitude of a tensor, or over a thousandth of its group's median.",
        "Tolerances: outputs 1e-4, gradients and trajectories 5e-4, final weights 1e-3. The exit code is 1 beyond them.",
    ];

    protected override Task<int> RunAsync(CommandContext context)
    {
        var factor = context.Get(Factor);
        using var device = ExecutionOptions.OpenPlanned(context);
        var results = new List<VerifiedFile>();
        foreach (var file in context.Get(Files)!)
        {
            context.Cancellation.ThrowIfCancellationRequested();
            var report = FixtureVerifier.Verify(file, device);
            var worst = report.Tensors.OrderByDescending(tensor => tensor.Error / tensor.Tolerance).ToList();
            results.Add(new VerifiedFile(
                file,
                report.Kind,
                report.Tensors.All(tensor => tensor.Passes(factor)),
                report.Tensors.Count,
                [.. worst.Select(tensor => new VerifiedTensor(
                    tensor.Name, double.IsFinite(tensor.Error) ? tensor.Error : null, tensor.Tolerance * factor, tensor.Passes(factor), tensor.Fault))]));
        }

        if (context.Json)
        {
            JsonReport.Write(context, new VerifyDocument(device.Name, results));
        }
        else
        {
            WriteTable(context.Console, results);
        }

        return Task.FromResult(results.All(result => result.Passed) ? ExitCode.Done : ExitCode.Failed);
    }

    private static void WriteTable(RunnerConsole console, IReadOnlyList<VerifiedFile> results)
    {
        var table = new ResultTable(
            ("File", ColumnKind.Name),
            ("Result", ColumnKind.Text),
            ("Tensor", ColumnKind.Text),
            ("Error", ColumnKind.Number),
            ("Tolerance", ColumnKind.Number));
        foreach (var result in results)
        {
            foreach (var (tensor, index) in result.Tensors.Take(Shown).Select((tensor, index) => (tensor, index)))
            {
                table.Add(
                    index == 0 ? Path.GetFileName(result.File) : "",
                    index == 0 ? $"{(result.Passed ? "passed" : "failed")}, {result.Compared} compared" : "",
                    tensor.Name,
                    tensor.Fault ?? tensor.Error?.ToString("0.0e0", CultureInfo.InvariantCulture) ?? "not finite",
                    tensor.Tolerance.ToString("0.0e0", CultureInfo.InvariantCulture));
            }
        }

        table.Write(console);
    }
}

/// <summary>What <c>kerneldiff verify --json</c> prints.</summary>
/// <param name="Device">Name of the device.</param>
/// <param name="Files">In the order of the command line.</param>
internal sealed record VerifyDocument(string Device, IReadOnlyList<VerifiedFile> Files);

/// <summary>A fixture.</summary>
/// <param name="File">As the user named it.</param>
/// <param name="Kind">The experiment.</param>
/// <param name="Passed">Whether every tensor is within its tolerance.</param>
/// <param name="Compared">Number of tensors.</param>
/// <param name="Tensors">Worst first.</param>
internal sealed record VerifiedFile(string File, string Kind, bool Passed, int Compared, IReadOnlyList<VerifiedTensor> Tensors);

/// <summary>A recorded tensor.</summary>
/// <param name="Name">Its name in the file.</param>
/// <param name="Error">Null if it is not finite.</param>
/// <param name="Tolerance">With the user's factor.</param>
/// <param name="Passed">Whether the error is within it.</param>
/// <param name="Fault">Why it could not be compared, or null.</param>
internal sealed record VerifiedTensor(string Name, double? Error, double Tolerance, bool Passed, string? Fault);
