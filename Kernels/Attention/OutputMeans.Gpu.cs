using ILGPU;
using ILGPU.Runtime;
using KernelDiff.Kernels.Gpu;

namespace KernelDiff.Kernels.Attention;

/// <summary>
/// The sum of output · output gradient over the channels of each query and head: the mean of the gradients of its probabilities, which
/// the softmax subtracts.
/// </summary>
internal static class OutputMeans
{
    private const int Lanes = 16;
    private const int Rows = 8;

    private static readonly GpuKernel<Parameters> Kernel = new(Sum);

    public static GpuKernel[] Kernels => [Kernel];

    /// <param name="device">Where.</param>
    /// <param name="arguments">Of the backward call.</param>
    /// <param name="means">[batch][heads][queries].</param>
    public static void Launch(GpuDevice device, in AttentionBackwardArguments arguments, DeviceSpan<float> means) =>
        device.Launch(
            Kernel,
            new Index3D((means.Length + Rows - 1) / Rows, 1, 1),
            new Index3D(Lanes * Rows, 1, 1),
            new Parameters
            {
                Output = GpuOperand.Create(device, arguments.Output, arguments.OutputLayout),
                OutputGradient = GpuOperand.Create(device, arguments.OutputGradient, arguments.OutputGradientLayout),
                Means = device.View(means),
                Heads = arguments.Heads,
                Queries = arguments.Queries,
                Width = arguments.HeadWidth,
                Length = means.Length,
            });

    internal static void Sum(Parameters p)
    {
        var shared = SharedMemory.Allocate<float>(Lanes * Rows);
        var thread = Group.IdxX;
        var row = thread / Lanes;
        var lane = thread - (row * Lanes);
        var number = (Grid.IdxX * Rows) + row;
        var sum = 0f;
        if (number < p.Length)
        {
            var headNumber = number / p.Queries;
            var query = number - (headNumber * p.Queries);
            var image = headNumber / p.Heads;
            var head = headNumber - (image * p.Heads);
            var output = p.Output.Index(image, head, query);
            var gradient = p.OutputGradient.Index(image, head, query);
            for (var channel = lane; channel < p.Width; channel += Lanes)
            {
                sum += p.Output.Elements[output + channel] * p.OutputGradient.Elements[gradient + channel];
            }
        }

        shared[thread] = sum;
        Group.Barrier();
        for (var distance = Lanes / 2; distance > 0; distance /= 2)
        {
            if (lane < distance)
            {
                shared[thread] += shared[thread + distance];
            }

            Group.Barrier();
        }

        if (lane == 0 && number < p.Length)
        {
            p.Means[number] = shared[thread];
        }
    }

    internal struct Parameters
    {
        public GpuOperand Output;
        public GpuOperand OutputGradient;
        public ArrayView<float> Means;
        public int Heads;
        public int Queries;
        public int Width;
        public int Length;
    }
}
