using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Resampling;

/// <summary>SIMD twin: vectors of channels, split by output rows. Indices are carried in the bits of float lanes, which are only moved.</summary>
internal readonly unsafe struct MaximumPooling : ISimdKernel<MaximumPoolingArguments>
{
    public static void Run<T>(CpuDevice device, in MaximumPoolingArguments arguments)
        where T : unmanaged, ISimd<T>
    {
        var shape = arguments.Shape;
        device.Workers.ForRanges(
            (long)shape.Batch * shape.OutputHeight,
            RowGrain.Of(shape.OutputWidth, shape.Channels),
            new Body<T>(
                arguments.Input.Pointer(),
                arguments.Output.Pointer(),
                arguments.Indices.Pointer(),
                PoolingAxis.Rows(shape),
                PoolingAxis.Columns(shape),
                shape.Channels));
    }

    private readonly struct Body<T>(
        float* input, float* output, int* indices, PoolingAxis rowAxis, PoolingAxis columnAxis, int channels) : IRangeWorkItem
        where T : unmanaged, ISimd<T>
    {
        [MethodImpl(HotLoop.Options)]
        public void Run(long start, long end)
        {
            for (var line = start; line < end; line++)
            {
                var image = line / rowAxis.Output;
                var rows = rowAxis.Window((int)(line - (image * rowAxis.Output)));
                var source = input + (image * rowAxis.Input * columnAxis.Input * channels);
                for (var column = 0; column < columnAxis.Output; column++)
                {
                    Pixel(source, rows, columnAxis.Window(column), ((line * columnAxis.Output) + column) * channels);
                }
            }
        }

        [MethodImpl(HotLoop.Options)]
        private void Pixel(float* source, PixelRange rows, PixelRange columns, long destination)
        {
            for (var channel = 0; channel < channels; channel += T.Width)
            {
                var count = Math.Min(T.Width, channels - channel);
                var first = (rows.First * columnAxis.Input) + columns.First;
                var best = T.LoadPartial(source + ((long)first * channels) + channel, count);
                var index = Bits(first);
                for (var y = rows.First; y < rows.End; y++)
                {
                    var at = (y * columnAxis.Input) + columns.First;
                    var from = source + ((long)at * channels) + channel;
                    for (var x = columns.First; x < columns.End; x++, at++, from += channels)
                    {
                        var value = count == T.Width ? T.Load(from) : T.LoadPartial(from, count);

                        // Larger, or the first NaN: comparisons with NaN are false.
                        var isNaN = T.IsNaN(value);
                        var isLarger = T.GreaterThan(value, best) | (isNaN ^ (isNaN & T.IsNaN(best)));
                        best = T.Select(isLarger, value, best);
                        index = T.Select(isLarger, Bits(at), index);
                    }
                }

                T.StorePartial(best, output + destination + channel, count);
                if (indices is not null)
                {
                    T.StorePartial(index, (float*)(indices + destination + channel), count);
                }
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static T Bits(int index) => T.Create(BitConverter.Int32BitsToSingle(index));
    }
}

/// <summary>SIMD twin: vectors of channels, split by input rows; each input pixel gathers from the windows whose maximum it was.</summary>
internal readonly unsafe struct MaximumPoolingBackward : ISimdKernel<MaximumPoolingBackwardArguments>
{
    public static void Run<T>(CpuDevice device, in MaximumPoolingBackwardArguments arguments)
        where T : unmanaged, ISimd<T>
    {
        var shape = arguments.Shape;
        device.Workers.ForRanges(
            (long)shape.Batch * shape.InputHeight,
            RowGrain.Of(shape.InputWidth, shape.Channels),
            new Body<T>(
                arguments.OutputGradient.Pointer(),
                arguments.Indices.Pointer(),
                arguments.InputGradient.Pointer(),
                PoolingAxis.Rows(shape),
                PoolingAxis.Columns(shape),
                shape.Channels));
    }

    private readonly struct Body<T>(
        float* outputGradient, int* indices, float* inputGradient, PoolingAxis rowAxis, PoolingAxis columnAxis, int channels)
        : IRangeWorkItem
        where T : unmanaged, ISimd<T>
    {
        [MethodImpl(HotLoop.Options)]
        public void Run(long start, long end)
        {
            for (var line = start; line < end; line++)
            {
                var image = line / rowAxis.Input;
                var row = (int)(line - (image * rowAxis.Input));
                var rows = rowAxis.WindowsOf(row);
                var firstOutput = image * rowAxis.Output * columnAxis.Output;
                var destination = inputGradient + (line * columnAxis.Input * channels);
                for (var column = 0; column < columnAxis.Input; column++, destination += channels)
                {
                    Pixel(firstOutput, rows, columnAxis.WindowsOf(column), (row * columnAxis.Input) + column, destination);
                }
            }
        }

        [MethodImpl(HotLoop.Options)]
        private void Pixel(long firstOutput, PixelRange rows, PixelRange columns, int index, float* destination)
        {
            // Bits of equal indices are equal floats; no index below 2^31 - 2^23 has the bits of NaN.
            var wanted = T.Create(BitConverter.Int32BitsToSingle(index));
            for (var channel = 0; channel < channels; channel += T.Width)
            {
                var count = Math.Min(T.Width, channels - channel);
                var sum = T.Zero;
                for (var y = rows.First; y < rows.End; y++)
                {
                    var at = ((firstOutput + ((long)y * columnAxis.Output) + columns.First) * channels) + channel;
                    for (var x = columns.First; x < columns.End; x++, at += channels)
                    {
                        var found = T.LoadPartial((float*)(indices + at), count);
                        sum += T.Equal(found, wanted) & T.LoadPartial(outputGradient + at, count);
                    }
                }

                T.StorePartial(sum, destination + channel, count);
            }
        }
    }
}
