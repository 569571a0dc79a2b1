namespace KernelDiff.Runner.Tests;

public sealed class UsageTests
{
    [Test]
    public void Unknown_option_exits_2_and_suggests_the_nearest()
    {
        var run = CommandLineRun.Of("--verison");

        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Usage));
        Assert.That(run.Out, Is.Empty);
        Assert.That(run.Error, Does.Contain("'--verison'").And.Contain("Did you mean '--version'?"));
    }

    [Test]
    public void Unknown_command_exits_2_and_suggests_the_nearest()
    {
        var run = CommandLineRun.Of(ProbeCommand.Doing(_ => ExitCode.Done), "prboe");

        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Usage));
        Assert.That(run.Error, Does.Contain("Did you mean 'probe'?"));
    }

    [Test]
    public void Unknown_option_of_a_command_points_to_the_help_of_that_command()
    {
        var run = CommandLineRun.Of(ProbeCommand.Doing(_ => ExitCode.Done), "probe", "--jsno");

        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Usage));
        Assert.That(run.Error, Does.Contain("Did you mean '--json'?").And.Contain("'kerneldiff probe --help'"));
    }

    [Test]
    public void Options_of_the_root_are_suggested_to_its_commands()
    {
        var run = CommandLineRun.Of(ProbeCommand.Doing(_ => ExitCode.Done), "probe", "--verbos");

        Assert.That(run.Error, Does.Contain("Did you mean '--verbose'?"));
    }

    [TestCase("gpu")]
    [TestCase("cuda:")]
    [TestCase("cuda:-1")]
    [TestCase("opencl:0x")]
    [TestCase("")]
    public void Device_that_does_not_exist_by_name_is_a_usage_error(string name)
    {
        var run = CommandLineRun.Of(ProbeCommand.Doing(_ => ExitCode.Done), "probe", "--device", name);

        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Usage));
        Assert.That(run.Error, Does.Contain("cuda:N"));
    }

    [Test]
    public void Misspelt_device_is_answered_with_the_nearest()
    {
        var run = CommandLineRun.Of(ProbeCommand.Doing(_ => ExitCode.Done), "probe", "--device", "opencl0");

        Assert.That(run.Error, Does.Contain("Did you mean 'opencl:0'?"));
    }

    [TestCase("auto")]
    [TestCase("cpu")]
    [TestCase("sim")]
    [TestCase("cuda:1")]
    [TestCase("opencl:0")]
    [TestCase("opencl")]
    public void Device_name_reaches_the_command(string name)
    {
        string? seen = null;
        var run = CommandLineRun.Of(
            ProbeCommand.Doing(context =>
            {
                seen = context.Get(ExecutionOptions.Device);
                return ExitCode.Done;
            }),
            "probe",
            "--device",
            name);

        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done));
        Assert.That(seen, Is.EqualTo(name));
    }

    [TestCase("0")]
    [TestCase("-2")]
    [TestCase("1025")]
    [TestCase("two")]
    public void Threads_outside_their_range_are_a_usage_error(string threads)
    {
        var run = CommandLineRun.Of(ProbeCommand.Doing(_ => ExitCode.Done), "probe", "--threads", threads);

        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Usage));
        Assert.That(run.Error, Does.Contain("--threads"));
    }

    [TestCase(0)]
    [TestCase(1, "-v")]
    [TestCase(1, "--verbose")]
    [TestCase(2, "-vv")]
    [TestCase(2, "-v", "-v")]
    [TestCase(2, "-vvv")]
    public void Verbosity_counts_how_often_it_was_asked_for(int expected, params string[] options)
    {
        var seen = Verbosity.Normal;
        var run = CommandLineRun.Of(
            ProbeCommand.Doing(context =>
            {
                seen = context.Verbosity;
                return ExitCode.Done;
            }),
            ["probe", .. options]);

        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Done), run.Error);
        Assert.That((int)seen, Is.EqualTo(expected));
    }
}
