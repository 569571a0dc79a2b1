using ILGPU;
using KernelDiff.Kernels.Gpu;

namespace KernelDiff.Kernels.Imaging;

/// <summary>One thread per output element, so that writes coalesce in either order.</summary>
internal static class OneHotKernels
{
    private static readonly GpuKernel<Parameters> Kernel = new(Expand);

    public static GpuVariant<OneHotArguments> Variant { get; } = new("elementwise", Launch, [Kernel]);

    private static void Launch(GpuDevice device, in OneHotArguments arguments) =>
        device.LaunchElementwise(Kernel, arguments.Output.Length, new Parameters
        {
            ByteLabels = device.View(arguments.ByteLabels),
            Labels = device.View(arguments.Labels),
            Output = device.View(arguments.Output),
            HasBytes = arguments.ByteLabels.IsAbsent ? 0 : 1,
            ByClass = arguments.ByClass ? 1 : 0,
            Pixels = arguments.Pixels,
            Classes = arguments.Classes,
            Length = arguments.Output.Length,
        });

    internal static void Expand(Parameters p)
    {
        var i = Grid.GlobalIndex.X;
        if (i < p.Length)
        {
            var perImage = p.Pixels * p.Classes;
            var image = i / perImage;
            var rest = i - (image * perImage);
            var inner = p.ByClass != 0 ? p.Pixels : p.Classes;
            var outerIndex = rest / inner;
            var innerIndex = rest - (outerIndex * inner);
            var pixel = (image * p.Pixels) + (p.ByClass != 0 ? innerIndex : outerIndex);
            var wanted = p.ByClass != 0 ? outerIndex : innerIndex;
            var label = 0;
            if (p.HasBytes != 0)
            {
                label = p.ByteLabels[pixel];
            }
            else
            {
                label = p.Labels[pixel];
            }

            p.Output[i] = label == wanted ? 1f : 0f;
        }
    }

    internal struct Parameters
    {
        public ArrayView<byte> ByteLabels;
        public ArrayView<int> Labels;
        public ArrayView<float> Output;
        public int HasBytes;
        public int ByClass;
        public int Pixels;
        public int Classes;
        public int Length;
    }
}
