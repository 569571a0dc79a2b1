using KernelDiff.Engine.Files;
using KernelDiff.Kernels;

namespace KernelDiff.Runner.Tests;

public sealed class FailureTests
{
    private static IEnumerable<TestCaseData> Failures()
    {
        yield return Case(new OperationCanceledException(), ExitCode.Cancelled, "Cancelled.");
        yield return Case(new TaskCanceledException(), ExitCode.Cancelled, "Cancelled.");
        yield return Case(new UsageException("no such thing"), ExitCode.Usage, "error: no such thing");
        yield return Case(new DeviceException("no GPU"), ExitCode.Device, "error: no GPU");
        yield return Case(new DeviceMemoryException("full"), ExitCode.Device, "error: full");
        yield return Case(
            new WeightFileException("a.safetensors", "it is cut short", "Download it again."),
            ExitCode.BadInput,
            "error: a.safetensors: it is cut short. Download it again.");
        yield return Case(new InsufficientMemoryException("80 GB wanted."), ExitCode.Device, "error: Out of host memory: 80 GB wanted.");
        yield return Case(new FileNotFoundException(null, "mask.png"), ExitCode.BadInput, "error: There is no file 'mask.png'.");
        yield return Case(new DirectoryNotFoundException("no folder"), ExitCode.BadInput, "error: no folder");
        yield return Case(new InvalidDataException("broken header"), ExitCode.BadInput, "error: broken header");
        yield return Case(new IOException("disk full"), ExitCode.Failed, "error: disk full");
        yield return Case(new UnauthorizedAccessException("denied"), ExitCode.Failed, "error: denied");
        yield return Case(new InvalidOperationException("bug"), ExitCode.Failed, "error: InvalidOperationException: bug");
        yield return Case(new AggregateException(new UsageException("inside")), ExitCode.Usage, "error: inside");

        static TestCaseData Case(Exception failure, int exitCode, string message) =>
            new TestCaseData(failure, exitCode, message).SetArgDisplayNames(failure.GetType().Name, $"{exitCode}");
    }

    [TestCaseSource(nameof(Failures))]
    public void Failure_becomes_its_message_and_exit_code(Exception failure, int exitCode, string message)
    {
        var run = CommandLineRun.Of(ProbeCommand.Doing(_ => throw failure), "probe", "--json");

        Assert.That(run.ExitCode, Is.EqualTo(exitCode));
        Assert.That(run.Out, Is.Empty);
        Assert.That(run.Error, Does.StartWith(message).And.Not.Contain("   at "));
    }

    [TestCaseSource(nameof(Failures))]
    public void Failure_shows_its_stack_trace_at_the_highest_verbosity(Exception failure, int exitCode, string message)
    {
        var run = CommandLineRun.Of(ProbeCommand.Doing(_ => throw failure), "-vv", "probe");

        Assert.That(run.ExitCode, Is.EqualTo(exitCode));
        Assert.That(run.Error, Does.StartWith(message).And.Contain("   at "));
    }

    [Test]
    public void Unexpected_failure_tells_how_to_see_the_stack_trace()
    {
        var run = CommandLineRun.Of(ProbeCommand.Doing(_ => throw new InvalidOperationException("bug")), "probe");

        Assert.That(run.Error, Does.Contain("-vv"));
    }

    [Test]
    public void Exit_code_of_a_command_is_the_exit_code_of_the_line()
    {
        Assert.That(CommandLineRun.Of(ProbeCommand.Doing(_ => ExitCode.Failed), "probe").ExitCode, Is.EqualTo(ExitCode.Failed));
    }

    [Test]
    public void Results_and_messages_go_to_separate_streams()
    {
        var run = CommandLineRun.Of(
            ProbeCommand.Doing(context =>
            {
                context.Console.Out.WriteLine("result");
                context.Log(Verbosity.Normal, "progress");
                context.Log(Verbosity.Verbose, "detail");
                return ExitCode.Done;
            }),
            "probe");

        Assert.That(run, Is.EqualTo(new CommandLineRun(ExitCode.Done, "result\n", "progress\n")));
    }
}
