using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Resampling;

/// <summary>SIMD twin: vectors of channels, split by output rows.</summary>
internal readonly unsafe struct AveragePooling : ISimdKernel<AveragePoolingArguments>
{
    public static void Run<T>(CpuDevice device, in AveragePoolingArguments arguments)
        where T : unmanaged, ISimd<T>
    {
        var shape = arguments.Shape;
        device.Workers.ForRanges(
            (long)shape.Batch * shape.OutputHeight,
            RowGrain.Of(shape.OutputWidth, shape.Channels),
            new Body<T>(
                arguments.Input.Pointer(),
                arguments.Output.Pointer(),
                PoolingAxis.Rows(shape),
                PoolingAxis.Columns(shape),
                shape.Channels,
                arguments.CountPadding ? 1 : 0));
    }

    private readonly struct Body<T>(
        float* input, float* output, PoolingAxis rowAxis, PoolingAxis columnAxis, int channels, int countPadding) : IRangeWorkItem
        where T : unmanaged, ISimd<T>
    {
        [MethodImpl(HotLoop.Options)]
        public void Run(long start, long end)
        {
            for (var line = start; line < end; line++)
            {
                var image = line / rowAxis.Output;
                var row = (int)(line - (image * rowAxis.Output));
                var rows = rowAxis.Window(row);
                var source = input + (image * rowAxis.Input * columnAxis.Input * channels);
                var destination = output + (line * columnAxis.Output * channels);
                for (var column = 0; column < columnAxis.Output; column++, destination += channels)
                {
                    var count = (float)rowAxis.Count(row, countPadding) * columnAxis.Count(column, countPadding);
                    Pixel(source, rows, columnAxis.Window(column), count, destination);
                }
            }
        }

        [MethodImpl(HotLoop.Options)]
        private void Pixel(float* source, PixelRange rows, PixelRange columns, float divisor, float* destination)
        {
            for (var channel = 0; channel < channels; channel += T.Width)
            {
                var count = Math.Min(T.Width, channels - channel);
                var sum = T.Zero;
                for (var y = rows.First; y < rows.End; y++)
                {
                    var from = source + ((((long)y * columnAxis.Input) + columns.First) * channels) + channel;
                    var part = T.Zero;
                    for (var x = columns.First; x < columns.End; x++, from += channels)
                    {
                        part += count == T.Width ? T.Load(from) : T.LoadPartial(from, count);
                    }

                    sum += part;
                }

                T.StorePartial(sum / T.Create(divisor), destination + channel, count);
            }
        }
    }
}

/// <summary>SIMD twin: vectors of channels, split by input rows; each input pixel gathers from the windows that contain it.</summary>
internal readonly unsafe struct AveragePoolingBackward : ISimdKernel<AveragePoolingBackwardArguments>
{
    public static void Run<T>(CpuDevice device, in AveragePoolingBackwardArguments arguments)
        where T : unmanaged, ISimd<T>
    {
        var shape = arguments.Shape;
        device.Workers.ForRanges(
            (long)shape.Batch * shape.InputHeight,
            RowGrain.Of(shape.InputWidth, shape.Channels),
            new Body<T>(
                arguments.OutputGradient.Pointer(),
                arguments.InputGradient.Pointer(),
                PoolingAxis.Rows(shape),
                PoolingAxis.Columns(shape),
                shape.Channels,
                arguments.CountPadding ? 1 : 0));
    }

    private readonly struct Body<T>(
        float* outputGradient, float* inputGradient, PoolingAxis rowAxis, PoolingAxis columnAxis, int channels, int countPadding)
        : IRangeWorkItem
        where T : unmanaged, ISimd<T>
    {
        [MethodImpl(HotLoop.Options)]
        public void Run(long start, long end)
        {
            for (var line = start; line < end; line++)
            {
                var image = line / rowAxis.Input;
                var rows = rowAxis.WindowsOf((int)(line - (image * rowAxis.Input)));
                var source = outputGradient + (image * rowAxis.Output * columnAxis.Output * channels);
                var destination = inputGradient + (line * columnAxis.Input * channels);
                for (var column = 0; column < columnAxis.Input; column++, destination += channels)
                {
                    Pixel(source, rows, columnAxis.WindowsOf(column), destination);
                }
            }
        }

        [MethodImpl(HotLoop.Options)]
        private void Pixel(float* source, PixelRange rows, PixelRange columns, float* destination)
        {
            for (var channel = 0; channel < channels; channel += T.Width)
            {
                var count = Math.Min(T.Width, channels - channel);
                var sum = T.Zero;
                for (var y = rows.First; y < rows.End; y++)
                {
                    var from = source + ((((long)y * columnAxis.Output) + columns.First) * channels) + channel;
                    var part = T.Zero;
                    for (var x = columns.First; x < columns.End; x++, from += channels)
                    {
                        var value = count == T.Width ? T.Load(from) : T.LoadPartial(from, count);
                        part = T.MultiplyAdd(T.Create(1f / columnAxis.Count(x, countPadding)), value, part);
                    }

                    sum = T.MultiplyAdd(T.Create(1f / rowAxis.Count(y, countPadding)), part, sum);
                }

                T.StorePartial(sum, destination + channel, count);
            }
        }
    }
}
