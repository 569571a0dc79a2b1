using System.Runtime.CompilerServices;
using ILGPU;
using KernelDiff.Kernels.Gpu;

namespace KernelDiff.Kernels.Reduction;

/// <summary>
/// Maxima with their indices: threads compare short chains, a tree in shared memory compares the threads, and a second launch compares
/// the winners of the parts of a long axis. The gradient is one thread per element.
/// </summary>
internal static class MaximumKernels
{
    private static readonly GpuKernel<Parameters> Kernel = new(Find);
    private static readonly GpuKernel<BackwardParameters> BackwardKernel = new(Backward);

    public static GpuVariant<MaximumArguments> Variant { get; } = new("tree", Launch, [Kernel]);

    public static GpuVariant<MaximumBackwardArguments> BackwardVariant { get; } = new("elementwise", LaunchBackward, [BackwardKernel]);

    private static void Launch(GpuDevice device, in MaximumArguments arguments) =>
        Launch(device, arguments, default, ReductionLayout.Of(arguments.Outer, arguments.Reduced, arguments.Inner));

    private static void Launch(GpuDevice device, in MaximumArguments arguments, DeviceSpan<int> candidates, ReductionLayout layout)
    {
        if (layout.Parts == 1)
        {
            LaunchOnce(device, arguments, candidates, layout);
            return;
        }

        using var winners = device.Rent<int>(layout.PartialResults);
        LaunchOnce(device, arguments with { Output = default, Indices = winners.Span }, candidates, layout);
        Launch(device, arguments, winners.Span, layout.OfParts());
    }

    private static void LaunchOnce(GpuDevice device, in MaximumArguments arguments, DeviceSpan<int> candidates, ReductionLayout layout) =>
        device.Launch(Kernel, new Index3D(layout.Groups, 1, 1), new Index3D(layout.GroupSize, 1, 1), new Parameters
        {
            Input = device.View(arguments.Input),
            Candidates = device.View(candidates),
            Output = device.View(arguments.Output),
            Indices = device.View(arguments.Indices),
            HasCandidates = candidates.IsAbsent ? 0 : 1,
            HasOutput = arguments.Output.IsAbsent ? 0 : 1,
            HasIndices = arguments.Indices.IsAbsent ? 0 : 1,
            Plane = arguments.Reduced * arguments.Inner,
            Layout = layout,
        });

    private static void LaunchBackward(GpuDevice device, in MaximumBackwardArguments arguments) =>
        device.LaunchElementwise(BackwardKernel, arguments.InputGradient.Length, new BackwardParameters
        {
            Indices = device.View(arguments.Indices),
            OutputGradient = device.View(arguments.OutputGradient),
            InputGradient = device.View(arguments.InputGradient),
            Plane = arguments.Reduced * arguments.Inner,
            Inner = arguments.Inner,
            Length = arguments.InputGradient.Length,
        });

    internal static void Find(Parameters p)
    {
        var ranks = SharedMemory.Allocate<int>(ReductionLayout.MaximumGroup);
        var indices = SharedMemory.Allocate<int>(ReductionLayout.MaximumGroup);
        var thread = Group.IdxX;
        var place = ReductionPlace.Of(p.Layout, Grid.IdxX, thread);
        var column = (place.Outer * p.Plane) + place.Column;

        // Below every rank: the first element is always taken, and a thread without elements never wins.
        var best = int.MinValue;
        var bestIndex = 0;
        for (var row = place.Slice; row < place.Rows; row += p.Layout.Slices)
        {
            var index = place.First + row;
            if (p.HasCandidates != 0)
            {
                index = p.Candidates[place.Input + (row * p.Layout.Inner)];
            }

            var rank = Rank(p.Input[column + (index * p.Layout.Inner)]);
            if (rank > best)
            {
                best = rank;
                bestIndex = index;
            }
        }

        ranks[thread] = best;
        indices[thread] = bestIndex;
        Group.Barrier();
        for (var half = p.Layout.Slices / 2; half > 0; half /= 2)
        {
            if (place.Slice < half)
            {
                var other = thread + (half * p.Layout.Columns);
                var rank = ranks[other];
                var index = indices[other];
                if (rank > best || (rank == best && index < bestIndex))
                {
                    best = rank;
                    bestIndex = index;
                    ranks[thread] = rank;
                    indices[thread] = index;
                }
            }

            Group.Barrier();
        }

        if (place.Slice == 0 && place.Rows >= 0)
        {
            if (p.HasOutput != 0)
            {
                p.Output[place.Output] = p.Input[column + (bestIndex * p.Layout.Inner)];
            }

            if (p.HasIndices != 0)
            {
                p.Indices[place.Output] = bestIndex;
            }
        }
    }

    internal static void Backward(BackwardParameters p)
    {
        var i = Grid.GlobalIndex.X;
        if (i < p.Length)
        {
            var outer = i / p.Plane;
            var row = (i - (outer * p.Plane)) / p.Inner;
            var result = (outer * p.Inner) + (i % p.Inner);
            p.InputGradient[i] = p.Indices[result] == row ? p.OutputGradient[result] : 0f;
        }
    }

    /// <summary>
    /// An integer that orders as floats do, both zeros alike and not-a-number above everything. Comparisons of floats would not do: a
    /// compiler may turn "less" into "not greater or equal", which not-a-number satisfies.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Rank(float value)
    {
        var bits = (int)Interop.FloatAsInt(value);
        var rank = bits >= 0 ? bits : int.MinValue - bits;
        return (bits & int.MaxValue) > 0x7F800000 ? int.MaxValue : rank;
    }

    internal struct Parameters
    {
        public ArrayView<float> Input;
        public ArrayView<int> Candidates;
        public ArrayView<float> Output;
        public ArrayView<int> Indices;
        public int HasCandidates;
        public int HasOutput;
        public int HasIndices;
        public int Plane;
        public ReductionLayout Layout;
    }

    internal struct BackwardParameters
    {
        public ArrayView<int> Indices;
        public ArrayView<float> OutputGradient;
        public ArrayView<float> InputGradient;
        public int Plane;
        public int Inner;
        public int Length;
    }
}
