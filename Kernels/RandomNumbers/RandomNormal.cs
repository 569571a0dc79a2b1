using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.RandomNumbers;

/// <summary>
/// CPU twin: the words of some blocks are split into radii and angles, Box and Muller's transformation runs on vectors of them, and its
/// cosines and sines are interleaved again.
/// </summary>
internal readonly unsafe struct RandomNormal : ISimdKernel<RandomArguments>
{
    /// <summary>Pairs of normal numbers at a time; a multiple of every vector width, so that no vector is partial.</summary>
    private const int Pairs = 512;

    public static void Run<T>(CpuDevice device, in RandomArguments arguments)
        where T : unmanaged, ISimd<T>
    {
        var segments = RandomSegments.Count(arguments.Elements);
        device.Workers.For(
            arguments.Images * segments, new Body<T>(arguments.Output.Pointer(), arguments.Elements, segments, arguments.Key));
    }

    private readonly struct Body<T>(float* output, int elements, int segments, RandomKey key) : IWorkItem
        where T : unmanaged, ISimd<T>
    {
        [MethodImpl(HotLoop.Options)]
        public void Run(int index)
        {
            using var scratch = WorkerScratch.Open();
            var radii = scratch.Take<float>(Pairs);
            var angles = scratch.Take<float>(Pairs);
            var (image, start, end) = RandomSegments.Of(index, segments, elements);
            for (var first = start; first < end; first += 2 * Pairs)
            {
                var count = Math.Min(2 * Pairs, end - first);
                var blocks = (count + 3) / 4;
                Draw(radii, angles, image, first / 4, blocks);
                for (var i = 0; i < 2 * blocks; i += T.Width)
                {
                    Transform(radii + i, angles + i);
                }

                var destination = output + ((long)image * elements) + first;
                for (var i = 0; i < count / 2; i++)
                {
                    destination[2 * i] = radii[i];
                    destination[(2 * i) + 1] = angles[i];
                }

                if ((count & 1) != 0)
                {
                    destination[count - 1] = radii[count / 2];
                }
            }
        }

        /// <summary>
        /// Fills radii and angles from whole draws of words, the first and the second of each pair: that is more than the blocks asked
        /// for, but a multiple of every vector width.
        /// </summary>
        [MethodImpl(HotLoop.Options)]
        private void Draw(float* radii, float* angles, int image, int firstBlock, int blocks)
        {
            var words = stackalloc uint[PhiloxVectors.Words];
            var lowerHalf = Vector128.Create(0xFFFFFFFFul);
            for (var pair = 0; pair < 2 * blocks; pair += PhiloxVectors.Words / 2)
            {
                PhiloxVectors.Draw<T>(words, key, image, firstBlock + (pair / 2));
                for (var i = 0; i < PhiloxVectors.Words / 2; i += 4)
                {
                    var first = Vector128.Load(words + (2 * i)).AsUInt64();
                    var second = Vector128.Load(words + (2 * i) + 4).AsUInt64();
                    var radius = Vector128.Narrow(first & lowerHalf, second & lowerHalf);
                    var angle = Vector128.Narrow(first >> 32, second >> 32);
                    PhiloxVectors.PositiveUniform(radius).Store(radii + pair + i);
                    PhiloxVectors.Uniform(angle).Store(angles + pair + i);
                }
            }
        }

        /// <summary>Replaces uniform numbers and parts of a turn by radius · cosine and radius · sine.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void Transform(float* radii, float* angles)
        {
            var radius = T.Sqrt(T.Create(-2f) * SimdMath.Log(T.Load(radii)));
            var quarters = T.Create(4f) * T.Load(angles);
            var quadrant = T.Floor(quarters + T.Create(0.5f));
            var angle = (quarters - quadrant) * T.Create(MathF.PI / 2);
            var square = angle * angle;
            var sine = T.MultiplyAdd(T.Create(NormalCoefficients.Sine7), square, T.Create(NormalCoefficients.Sine5));
            sine = T.MultiplyAdd(sine, square, T.Create(NormalCoefficients.Sine3));
            sine = T.MultiplyAdd(sine, square * angle, angle);
            var cosine = T.MultiplyAdd(T.Create(NormalCoefficients.Cosine8), square, T.Create(NormalCoefficients.Cosine6));
            cosine = T.MultiplyAdd(cosine, square, T.Create(NormalCoefficients.Cosine4));
            cosine = T.MultiplyAdd(cosine, square * square, T.NegatedMultiplyAdd(T.Create(0.5f), square, T.Create(1f)));

            // Quadrants 0 to 4: (c, s), (-s, c), (-c, -s), (s, -c), (c, s).
            var isFirst = T.Equal(quadrant, T.Create(1f));
            var isSecond = T.Equal(quadrant, T.Create(2f));
            var isThird = T.Equal(quadrant, T.Create(3f));
            var isOdd = isFirst | isThird;
            var sign = T.Create(-0f);
            var across = T.Select(isOdd, sine, cosine) ^ ((isFirst | isSecond) & sign);
            var up = T.Select(isOdd, cosine, sine) ^ ((isSecond | isThird) & sign);
            T.Store(radius * across, radii);
            T.Store(radius * up, angles);
        }
    }
}
