using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Resampling;

/// <summary>SIMD twin: vectors of channels, split by output rows.</summary>
internal readonly unsafe struct Resize : ISimdKernel<ResizeArguments>
{
    public static void Run<T>(CpuDevice device, in ResizeArguments arguments)
        where T : unmanaged, ISimd<T>
    {
        var shape = arguments.Shape;
        device.Workers.ForRanges(
            (long)shape.Batch * shape.OutputHeight,
            RowGrain.Of(shape.OutputWidth, shape.Channels),
            new Body<T>(arguments.Input.Pointer(), arguments.Output.Pointer(), shape, (int)arguments.Mode));
    }

    private readonly struct Body<T>(float* input, float* output, ResizeShape shape, int mode) : IRangeWorkItem
        where T : unmanaged, ISimd<T>
    {
        [MethodImpl(HotLoop.Options)]
        public void Run(long start, long end)
        {
            using var scratch = WorkerScratch.Open();
            var columns = scratch.Take<ResizeWindow>(shape.OutputWidth);
            for (var x = 0; x < shape.OutputWidth; x++)
            {
                columns[x] = ResizeWindow.Of(mode, shape.InputWidth, shape.OutputWidth, x);
            }

            long rowLength = (long)shape.InputWidth * shape.Channels;
            for (var line = start; line < end; line++)
            {
                var image = line / shape.OutputHeight;
                var rows = ResizeWindow.Of(mode, shape.InputHeight, shape.OutputHeight, (int)(line - (image * shape.OutputHeight)));
                var source = input + (image * shape.InputHeight * rowLength);
                var destination = output + (line * shape.OutputWidth * shape.Channels);
                for (var x = 0; x < shape.OutputWidth; x++, destination += shape.Channels)
                {
                    Pixel(source, rowLength, rows, columns[x], destination);
                }
            }
        }

        [MethodImpl(HotLoop.Options)]
        private void Pixel(float* source, long rowLength, ResizeWindow rows, ResizeWindow columns, float* destination)
        {
            var channels = shape.Channels;
            for (var channel = 0; channel < channels; channel += T.Width)
            {
                var count = Math.Min(T.Width, channels - channel);
                var sum = T.Zero;
                for (var y = rows.First; y < rows.End; y++)
                {
                    var from = source + (y * rowLength) + ((long)columns.First * channels) + channel;
                    var part = T.Zero;
                    for (var x = columns.First; x < columns.End; x++, from += channels)
                    {
                        var value = count == T.Width ? T.Load(from) : T.LoadPartial(from, count);
                        part = T.MultiplyAdd(T.Create(columns.Weight(x)), value, part);
                    }

                    sum = T.MultiplyAdd(T.Create(rows.Weight(y)), part, sum);
                }

                T.StorePartial(sum, destination + channel, count);
            }
        }
    }
}

/// <summary>SIMD twin: vectors of channels, split by input rows; each input pixel gathers from the outputs that it went into.</summary>
internal readonly unsafe struct ResizeBackward : ISimdKernel<ResizeBackwardArguments>
{
    public static void Run<T>(CpuDevice device, in ResizeBackwardArguments arguments)
        where T : unmanaged, ISimd<T>
    {
        var shape = arguments.Shape;
        device.Workers.ForRanges(
            (long)shape.Batch * shape.InputHeight,
            RowGrain.Of(shape.InputWidth, shape.Channels),
            new Body<T>(arguments.OutputGradient.Pointer(), arguments.InputGradient.Pointer(), shape, (int)arguments.Mode));
    }

    private readonly struct Body<T>(float* outputGradient, float* inputGradient, ResizeShape shape, int mode) : IRangeWorkItem
        where T : unmanaged, ISimd<T>
    {
        [MethodImpl(HotLoop.Options)]
        public void Run(long start, long end)
        {
            using var scratch = WorkerScratch.Open();
            var rows = scratch.Take<ResizeWindow>(shape.OutputHeight);
            var columns = scratch.Take<ResizeWindow>(shape.OutputWidth);
            for (var y = 0; y < shape.OutputHeight; y++)
            {
                rows[y] = ResizeWindow.Of(mode, shape.InputHeight, shape.OutputHeight, y);
            }

            for (var x = 0; x < shape.OutputWidth; x++)
            {
                columns[x] = ResizeWindow.Of(mode, shape.InputWidth, shape.OutputWidth, x);
            }

            for (var line = start; line < end; line++)
            {
                var image = line / shape.InputHeight;
                var row = (int)(line - (image * shape.InputHeight));
                var source = outputGradient + (image * shape.OutputHeight * shape.OutputWidth * shape.Channels);
                var destination = inputGradient + (line * shape.InputWidth * shape.Channels);
                for (var column = 0; column < shape.InputWidth; column++, destination += shape.Channels)
                {
                    Pixel(source, rows, columns, row, column, destination);
                }
            }
        }

        [MethodImpl(HotLoop.Options)]
        private void Pixel(float* source, ResizeWindow* rows, ResizeWindow* columns, int row, int column, float* destination)
        {
            var channels = shape.Channels;
            var fromRows = ResizeWindow.OutputsOf(mode, shape.InputHeight, shape.OutputHeight, row);
            var fromColumns = ResizeWindow.OutputsOf(mode, shape.InputWidth, shape.OutputWidth, column);
            for (var channel = 0; channel < channels; channel += T.Width)
            {
                var count = Math.Min(T.Width, channels - channel);
                var sum = T.Zero;
                for (var y = fromRows.First; y < fromRows.End; y++)
                {
                    var from = source + ((((long)y * shape.OutputWidth) + fromColumns.First) * channels) + channel;
                    var part = T.Zero;
                    for (var x = fromColumns.First; x < fromColumns.End; x++, from += channels)
                    {
                        var value = count == T.Width ? T.Load(from) : T.LoadPartial(from, count);
                        part = T.MultiplyAdd(T.Create(columns[x].Weight(column)), value, part);
                    }

                    sum = T.MultiplyAdd(T.Create(rows[y].Weight(row)), part, sum);
                }

                T.StorePartial(sum, destination + channel, count);
            }
        }
    }
}
