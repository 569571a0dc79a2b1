using ILGPU;
using KernelDiff.Kernels.Gpu;

namespace KernelDiff.Kernels.Reduction;

/// <summary>
/// A group of threads counts the predictions of one true class in one part of the labels. Every thread has counters of its own in shared
/// memory, so nothing is counted atomically; a second launch adds the parts.
/// </summary>
internal static class ConfusionMatrixKernels
{
    /// <summary>Threads of a group; with the most classes, their counters take 16 KiB.</summary>
    private const int Threads = 64;

    /// <summary>Pairs of labels of a part at least.</summary>
    private const int LeastPart = 4096;

    /// <summary>Keeps the chains of the second launch short.</summary>
    private const int MaximumParts = 256;

    private static readonly GpuKernel<Parameters> CountKernel = new(Count);
    private static readonly GpuKernel<AddParameters> AddKernel = new(Add);

    public static GpuVariant<ConfusionMatrixArguments> Variant { get; } = new("private-counters", Launch, [CountKernel, AddKernel]);

    private static void Launch(GpuDevice device, in ConfusionMatrixArguments arguments)
    {
        var (length, classes) = (arguments.Length, arguments.Classes);
        var partLength = Math.Max(LeastPart, ((length - 1) / MaximumParts) + 1);
        var parts = Math.Max(1, ((length - 1) / partLength) + 1);
        using var counts = device.Rent<int>(Check.Elements(parts, classes, classes));
        device.Launch(CountKernel, new Index3D(classes, parts, 1), new Index3D(Threads, 1, 1), new Parameters
        {
            Expected = device.View(arguments.Expected),
            ExpectedBytes = device.View(arguments.ExpectedBytes),
            Predicted = device.View(arguments.Predicted),
            PredictedBytes = device.View(arguments.PredictedBytes),
            Counts = device.View(counts.Span),
            HasExpectedBytes = arguments.ExpectedBytes.IsAbsent ? 0 : 1,
            HasPredictedBytes = arguments.PredictedBytes.IsAbsent ? 0 : 1,
            Length = length,
            PartLength = partLength,
            Classes = classes,
        });
        device.LaunchElementwise(AddKernel, arguments.Counts.Length, new AddParameters
        {
            Partial = device.View(counts.Span),
            Counts = device.View(arguments.Counts),
            Accumulate = arguments.Accumulate ? 1 : 0,
            Parts = parts,
            Length = arguments.Counts.Length,
        });
    }

    internal static void Count(Parameters p)
    {
        var counters = SharedMemory.Allocate<int>(Threads * ConfusionMatrixArguments.MaximumClasses);
        var thread = Group.IdxX;
        var wanted = Grid.IdxX;
        for (var label = 0; label < p.Classes; label++)
        {
            counters[(label * Threads) + thread] = 0;
        }

        var first = Grid.IdxY * p.PartLength;
        var count = p.Length - first < p.PartLength ? p.Length - first : p.PartLength;
        for (var i = thread; i < count; i += Threads)
        {
            var expected = 0;
            if (p.HasExpectedBytes != 0)
            {
                expected = p.ExpectedBytes[first + i];
            }
            else
            {
                expected = p.Expected[first + i];
            }

            if (expected == wanted)
            {
                var predicted = 0;
                if (p.HasPredictedBytes != 0)
                {
                    predicted = p.PredictedBytes[first + i];
                }
                else
                {
                    predicted = p.Predicted[first + i];
                }

                if (predicted >= 0 && predicted < p.Classes)
                {
                    counters[(predicted * Threads) + thread] += 1;
                }
            }
        }

        Group.Barrier();
        if (thread < p.Classes)
        {
            // Every thread begins at another counter, so that no two read the same bank.
            var sum = 0;
            for (var i = 0; i < Threads; i++)
            {
                sum += counters[(thread * Threads) + ((thread + i) & (Threads - 1))];
            }

            p.Counts[(((Grid.IdxY * p.Classes) + wanted) * p.Classes) + thread] = sum;
        }
    }

    internal static void Add(AddParameters p)
    {
        var i = Grid.GlobalIndex.X;
        if (i < p.Length)
        {
            var sum = p.Accumulate != 0 ? p.Counts[i] : 0;
            for (var part = 0; part < p.Parts; part++)
            {
                sum += p.Partial[(part * p.Length) + i];
            }

            p.Counts[i] = sum;
        }
    }

    internal struct Parameters
    {
        public ArrayView<int> Expected;
        public ArrayView<byte> ExpectedBytes;
        public ArrayView<int> Predicted;
        public ArrayView<byte> PredictedBytes;
        public ArrayView<int> Counts;
        public int HasExpectedBytes;
        public int HasPredictedBytes;
        public int Length;
        public int PartLength;
        public int Classes;
    }

    internal struct AddParameters
    {
        public ArrayView<int> Partial;
        public ArrayView<int> Counts;
        public int Accumulate;
        public int Parts;
        public int Length;
    }
}
