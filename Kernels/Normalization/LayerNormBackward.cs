using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Normalization;

/// <summary>
/// SIMD twin: rows in parts that are cut by the shape. Each part keeps its sums for the gradients of weight and bias, which are added
/// in the order of the parts.
/// </summary>
internal readonly unsafe struct LayerNormBackward : ISimdKernel<LayerNormBackwardArguments>
{
    public static void Run<T>(CpuDevice device, in LayerNormBackwardArguments arguments)
        where T : unmanaged, ISimd<T>
    {
        var split = ChannelSplit.ForCpu(arguments.Rows, arguments.Columns);
        var wantsParameters = !arguments.WeightGradient.IsAbsent || !arguments.BiasGradient.IsAbsent;
        using var sums = device.Rent<float>(wantsParameters ? Check.Elements(split.Count, 2, arguments.Columns) : 0);
        var s = sums.Span.Pointer();
        device.Workers.For(split.Count, new Part<T>(split, arguments, wantsParameters ? s : null));
        if (wantsParameters)
        {
            ChannelGradientSums.AddParts<T>(split, s, 2 * split.Channels, 2 * split.Channels);
            ParameterGradients.Sum<T>(
                1, split.Channels, 0, s, arguments.WeightGradient.Pointer(), arguments.BiasGradient.Pointer(), arguments.Accumulate);
        }
    }

    private readonly struct Part<T> : IWorkItem
        where T : unmanaged, ISimd<T>
    {
        private readonly ChannelSplit split;
        private readonly float* input;
        private readonly float* outputGradient;
        private readonly float* mean;
        private readonly float* reciprocalDeviation;
        private readonly float* weight;
        private readonly float* inputGradient;
        private readonly float* sums;

        /// <param name="split">Of the rows.</param>
        /// <param name="arguments">The contract.</param>
        /// <param name="sums">[part][bias, weight][columns], or null where neither gradient is wanted.</param>
        public Part(ChannelSplit split, in LayerNormBackwardArguments arguments, float* sums)
        {
            this.split = split;
            this.sums = sums;
            input = arguments.Input.Pointer();
            outputGradient = arguments.OutputGradient.Pointer();
            mean = arguments.Mean.Pointer();
            reciprocalDeviation = arguments.ReciprocalDeviation.Pointer();
            weight = arguments.Weight.Pointer();
            inputGradient = arguments.InputGradient.Pointer();
        }

        public void Run(int index)
        {
            var columns = split.Channels;
            var biasSums = sums + (2L * columns * index);
            if (sums != null)
            {
                new Span<float>(biasSums, 2 * columns).Clear();
            }

            var first = index * split.RowsPerPart;
            for (var row = first; row < first + split.RowsOf(index); row++)
            {
                var x = input + ((long)row * columns);
                var dy = outputGradient + ((long)row * columns);
                var center = T.Create(mean[row]);
                var reciprocal = T.Create(reciprocalDeviation[row]);
                if (sums != null)
                {
                    AddParameters(x, dy, center, reciprocal, biasSums, biasSums + columns);
                }

                if (inputGradient != null)
                {
                    InputRow(x, dy, inputGradient + ((long)row * columns), center, reciprocal);
                }
            }
        }

        [MethodImpl(HotLoop.Options)]
        private void AddParameters(float* x, float* dy, T center, T reciprocal, float* biasSums, float* weightSums)
        {
            var c = 0;
            for (; c <= split.Channels - T.Width; c += T.Width)
            {
                var gradient = T.Load(dy + c);
                var normalised = (T.Load(x + c) - center) * reciprocal;
                T.Store(T.Load(biasSums + c) + gradient, biasSums + c);
                T.Store(T.MultiplyAdd(gradient, normalised, T.Load(weightSums + c)), weightSums + c);
            }

            if (c < split.Channels)
            {
                var lanes = split.Channels - c;
                var gradient = T.LoadPartial(dy + c, lanes);
                var normalised = (T.LoadPartial(x + c, lanes) - center) * reciprocal;
                T.StorePartial(T.LoadPartial(biasSums + c, lanes) + gradient, biasSums + c, lanes);
                T.StorePartial(T.MultiplyAdd(gradient, normalised, T.LoadPartial(weightSums + c, lanes)), weightSums + c, lanes);
            }
        }

        /// <summary>r · (e - avg(e) - n · avg(e · n)) with e = outputGradient · weight, r = 1 / deviation, n the normalised input.</summary>
        [MethodImpl(HotLoop.Options)]
        private void InputRow(float* x, float* dy, float* dx, T center, T reciprocal)
        {
            var columns = split.Channels;
            T average = T.Zero, product = T.Zero;
            var c = 0;
            for (; c <= columns - T.Width; c += T.Width)
            {
                var e = Weighted(dy, c);
                average += e;
                product = T.MultiplyAdd(e, T.Load(x + c) - center, product);
            }

            var rest = columns - c;
            if (rest > 0)
            {
                var e = Weighted(dy, c, rest);
                average += e;
                product = T.MultiplyAdd(e, T.LoadPartial(x + c, rest) - center, product);
            }

            var share = T.Create(1f / columns);
            var constant = T.Create(T.Sum(average)) * share;
            var slope = T.Create(T.Sum(product)) * share * reciprocal * reciprocal;
            for (c = 0; c <= columns - T.Width; c += T.Width)
            {
                var value = T.NegatedMultiplyAdd(slope, T.Load(x + c) - center, Weighted(dy, c) - constant);
                T.Store(value * reciprocal, dx + c);
            }

            if (rest > 0)
            {
                var value = T.NegatedMultiplyAdd(slope, T.LoadPartial(x + c, rest) - center, Weighted(dy, c, rest) - constant);
                T.StorePartial(value * reciprocal, dx + c, rest);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private T Weighted(float* dy, int c) => weight == null ? T.Load(dy + c) : T.Load(dy + c) * T.Load(weight + c);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private T Weighted(float* dy, int c, int lanes) =>
            weight == null ? T.LoadPartial(dy + c, lanes) : T.LoadPartial(dy + c, lanes) * T.LoadPartial(weight + c, lanes);
    }
}
