using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using KernelDiff.Kernels.Cpu;
using KernelDiff.Kernels.RandomNumbers;

namespace KernelDiff.Kernels.Pointwise;

/// <summary>SIMD twin of dropout.</summary>
internal readonly unsafe struct Dropout : ISimdKernel<DropoutArguments>
{
    public static void Run<T>(CpuDevice device, in DropoutArguments arguments)
        where T : unmanaged, ISimd<T>
    {
        var segments = RandomSegments.Count(arguments.Elements);
        device.Workers.For(
            Check.Elements(arguments.Images, segments),
            new Body<T>(
                arguments.Input.Pointer(), arguments.Output.Pointer(), arguments.Elements, segments, arguments.Keep, arguments.Key));
    }

    private readonly struct Body<T>(float* input, float* output, int elements, int segments, float keep, RandomKey key) : IWorkItem
        where T : unmanaged, ISimd<T>
    {
        [MethodImpl(HotLoop.Options)]
        public void Run(int index)
        {
            var words = stackalloc uint[PhiloxVectors.Words];
            var (image, start, end) = RandomSegments.Of(index, segments, elements);
            var source = input + ((long)image * elements);
            var destination = output + ((long)image * elements);
            var scale = 1f / keep;
            for (var first = start; first < end; first += PhiloxVectors.Words)
            {
                PhiloxVectors.Draw<T>(words, key, image, first / 4);
                var count = Math.Min(PhiloxVectors.Words, end - first);
                var i = 0;
                for (; i <= count - 4; i += 4)
                {
                    var isKept = Vector128.LessThan(PhiloxVectors.Uniform(Vector128.Load(words + i)), Vector128.Create(keep));
                    var scaled = Vector128.Load(source + first + i) * scale;
                    Vector128.ConditionalSelect(isKept, scaled, Vector128<float>.Zero).Store(destination + first + i);
                }

                for (; i < count; i++)
                {
                    destination[first + i] = Philox.Uniform(words[i]) < keep ? source[first + i] * scale : 0;
                }
            }
        }
    }
}
