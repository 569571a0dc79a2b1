namespace KernelDiff.Runner.Tests;

[TestFixture]
public sealed class VerifyCommandTests
{
    [Test]
    public void A_file_that_is_missing_is_bad_input()
    {
        var run = CommandLineRun.Of("verify", "no-such-file.safetensors", "--device", "cpu");
        Assert.That(run.ExitCode, Is.EqualTo(4));
        Assert.That(run.Error, Does.Contain("no-such-file.safetensors"));
    }

    [Test]
    public void A_tolerance_that_is_not_positive_is_a_usage_error() =>
        Assert.That(CommandLineRun.Of("verify", "x", "--tolerance", "0").ExitCode, Is.EqualTo(2));

    [Test]
    public void An_algorithm_that_does_not_exist_is_a_usage_error_with_a_suggestion()
    {
        var run = CommandLineRun.Of("verify", "x", "--algorithm", "winogard4");
        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That(run.Error, Does.Contain("Did you mean 'winograd4'?"));
    }
}
