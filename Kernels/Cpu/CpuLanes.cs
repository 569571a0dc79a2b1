namespace KernelDiff.Kernels.Cpu;

/// <summary>
/// Devices of one thread each beside a <c>cpu</c> device, one for each of its threads. Where all threads share every launch, its operands
/// pass from cache to cache; a lane works through many launches on what its own core holds.
/// </summary>
/// <remarks>
/// A lane chooses variants as its device does and reads its device's memory; what it allocates comes from a pool of its own.
/// </remarks>
public sealed class CpuLanes
{
    private readonly CpuDevice device;
    private readonly List<CpuDevice> lanes = [];

    internal CpuLanes(CpuDevice device)
    {
        this.device = device;
    }

    /// <summary>Lanes that can run at the same time.</summary>
    public int Count => device.Workers.Threads;

    /// <summary>
    /// Runs items 0 to <paramref name="items"/> - 1 and returns when all have finished; a lane starts with the part that its thread starts
    /// with in other jobs.
    /// </summary>
    /// <param name="items">Number of items.</param>
    /// <param name="body">
    /// Runs an item on the lane that it is given, at the same time as others on other lanes; returns all memory to the lane's pool.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="items"/> is negative.</exception>
    public void For(int items, Action<CpuDevice, int> body)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(items);
        ArgumentNullException.ThrowIfNull(body);
        if (items == 0)
        {
            return;
        }

        var count = Math.Min(items, Count);
        while (lanes.Count < count)
        {
            lanes.Add(device.CreateLane());
        }

        foreach (var lane in lanes)
        {
            lane.ChooseAs(device);
            lane.Pool.ResetPeak();
        }

        var shares = new ItemShares(count);
        shares.Deal(items);
        device.Workers.For(count, number =>
        {
            while (shares.Take(number) is var item && item != ItemShares.None)
            {
                body(lanes[number], item);
            }
        });
        device.Pool.CountPeak(lanes.Sum(lane => lane.Pool.PeakBytes));
    }

    internal void Dispose()
    {
        foreach (var lane in lanes)
        {
            lane.Dispose();
        }
    }
}
