namespace KernelDiff.Runner.Tests;

public sealed class OptionValidationTests
{
    [TestCase("data", "synthesize", "somewhere", "--count", "x")]
    [TestCase("data", "inspect", "somewhere", "--sample", "few")]
    [TestCase("train", "demo", "--steps", "x")]
    [TestCase("verify", "file", "--tolerance", "x")]
    public void Words_that_are_no_numbers_are_usage_errors(params string[] arguments)
    {
        var run = CommandLineRun.Of(arguments);

        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Usage));
        Assert.That(run.Error, Does.Contain(arguments[^1]).And.Contain(arguments[^2]));
    }

    [TestCase("--count takes a number from 1 to 100000.", "data", "synthesize", "somewhere", "--count", "0")]
    [TestCase("--count takes a number from 1 to 100000.", "data", "synthesize", "somewhere", "--count", "100001")]
    [TestCase("--count takes a number from 1 to 100000.", "data", "synthesize", "somewhere", "--count", "99999999999")]
    [TestCase("--size takes a number from 32 to 2048.", "data", "synthesize", "somewhere", "--size", "31")]
    [TestCase("--sample takes a number from 1 on.", "data", "inspect", "somewhere", "--sample", "0")]
    [TestCase("--tolerance takes a number above 0.", "verify", "file", "--tolerance", "0")]
    public void Numbers_out_of_range_are_usage_errors_that_say_the_range(string message, params string[] arguments)
    {
        var run = CommandLineRun.Of(arguments);

        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Usage));
        Assert.That(run.Error, Does.Contain(message));
    }
}
