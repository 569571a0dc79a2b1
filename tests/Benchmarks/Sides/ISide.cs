namespace KernelDiff.Benchmarks;

/// <summary>One of those that are compared, with a workload loaded and ready to run.</summary>
internal interface ISide : IDisposable
{
    /// <summary>Version, and what was chosen.</summary>
    string Description { get; }

    /// <summary>The most that weights, activations and workspace took on the device since the last call; 0 where this is not counted.</summary>
    long TakePeakDeviceBytes() => 0;

    /// <summary>Does the workload once and waits until it is done.</summary>
    void Run();

    /// <summary>
    /// Does the workload once. The result in PyTorch's layouts: of a training step, which must be the first, the gradients of all parameters
    /// one after another in the ordinal order of their names.
    /// </summary>
    float[] Output();
}
