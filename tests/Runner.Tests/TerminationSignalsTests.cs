using System.Runtime.InteropServices;

namespace KernelDiff.Runner.Tests;

public sealed class TerminationSignalsTests
{
    [TestCase(PosixSignal.SIGINT)]
    [TestCase(PosixSignal.SIGTERM)]
    public void First_signal_cancels_and_the_second_is_left_to_the_system(PosixSignal signal)
    {
        using var error = new StringWriter();
        using var signals = new TerminationSignals(error);
        var first = new PosixSignalContext(signal);
        var second = new PosixSignalContext(signal);

        signals.Handle(first);
        Assert.That(first.Cancel, Is.True);
        Assert.That(signals.Token.IsCancellationRequested, Is.True);
        Assert.That(error.ToString(), Does.Contain("again to abort"));

        signals.Handle(second);
        Assert.That(second.Cancel, Is.False);
    }
}
