using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.RandomNumbers;

/// <summary>
/// Philox for several blocks at a time. A word lies in the lower half of a 64-bit lane, which is what the widening multiplication reads;
/// the upper halves hold what is left over and are never looked at.
/// </summary>
internal static unsafe class PhiloxVectors
{
    /// <summary>Words that are drawn at a time: eight blocks.</summary>
    public const int Words = 32;

    private const ulong LowerHalf = 0xFFFFFFFF;

    /// <summary>Draws the <see cref="Words"/> words of an image from a block on, in the order of its elements.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Draw<T>(uint* words, in RandomKey key, int image, int firstBlock)
        where T : unmanaged, ISimd<T>
    {
        var index = (uint)(key.FirstImage + image);
        if (T.Width == 16)
        {
            Draw512(words, key, index, (uint)firstBlock);
        }
        else if (T.Width == 8)
        {
            Draw256(words, key, index, (uint)firstBlock);
        }
        else
        {
            Draw128(words, key, index, (uint)firstBlock);
        }
    }

    /// <summary><see cref="Philox.Uniform"/> of four words.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Uniform(Vector128<uint> words) =>
        Vector128.ConvertToSingle((words >> 8).AsInt32()) * Philox.UniformStep;

    /// <summary><see cref="Philox.PositiveUniform"/> of four words.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> PositiveUniform(Vector128<uint> words)
    {
        var rest = Vector128.ConvertToSingle((words & Vector128.Create(0xFFu)).AsInt32()) + Vector128.Create(0.5f);
        return Uniform(words) + (rest * Philox.WordStep);
    }

    [MethodImpl(HotLoop.Options)]
    private static void Draw512(uint* words, in RandomKey key, uint image, uint firstBlock)
    {
        var multiplier0 = Vector512.Create((ulong)Philox.Multiplier0).AsUInt32();
        var multiplier1 = Vector512.Create((ulong)Philox.Multiplier1).AsUInt32();
        var x = Vector512.Create((ulong)firstBlock) + Vector512<ulong>.Indices;
        var y = Vector512.Create((ulong)image);
        var z = Vector512.Create((ulong)key.Stream);
        var w = Vector512.Create((ulong)key.Step);
        var (key0, key1) = ((uint)key.Seed, (uint)(key.Seed >> 32));
        for (var round = 0; round < Philox.Rounds; round++)
        {
            var product0 = Avx512F.Multiply(x.AsUInt32(), multiplier0);
            var product1 = Avx512F.Multiply(z.AsUInt32(), multiplier1);
            x = (product1 >> 32) ^ y ^ Vector512.Create((ulong)key0);
            z = (product0 >> 32) ^ w ^ Vector512.Create((ulong)key1);
            (y, w) = (product1, product0);
            key0 += Philox.KeyStep0;
            key1 += Philox.KeyStep1;
        }

        var mask = Vector512.Create(LowerHalf);
        var first = (x & mask) | (y << 32);
        var second = (z & mask) | (w << 32);
        var lower = Vector512.Create(0ul, 8, 1, 9, 2, 10, 3, 11);
        var upper = Vector512.Create(4ul, 12, 5, 13, 6, 14, 7, 15);
        Avx512F.PermuteVar8x64x2(first, lower, second).AsUInt32().Store(words);
        Avx512F.PermuteVar8x64x2(first, upper, second).AsUInt32().Store(words + 16);
    }

    [MethodImpl(HotLoop.Options)]
    private static void Draw256(uint* words, in RandomKey key, uint image, uint firstBlock)
    {
        var multiplier0 = Vector256.Create((ulong)Philox.Multiplier0).AsUInt32();
        var multiplier1 = Vector256.Create((ulong)Philox.Multiplier1).AsUInt32();
        for (var block = 0u; block < Words / 4; block += 4)
        {
            var x = Vector256.Create((ulong)(firstBlock + block)) + Vector256<ulong>.Indices;
            var y = Vector256.Create((ulong)image);
            var z = Vector256.Create((ulong)key.Stream);
            var w = Vector256.Create((ulong)key.Step);
            var (key0, key1) = ((uint)key.Seed, (uint)(key.Seed >> 32));
            for (var round = 0; round < Philox.Rounds; round++)
            {
                var product0 = Avx2.Multiply(x.AsUInt32(), multiplier0);
                var product1 = Avx2.Multiply(z.AsUInt32(), multiplier1);
                x = (product1 >> 32) ^ y ^ Vector256.Create((ulong)key0);
                z = (product0 >> 32) ^ w ^ Vector256.Create((ulong)key1);
                (y, w) = (product1, product0);
                key0 += Philox.KeyStep0;
                key1 += Philox.KeyStep1;
            }

            var mask = Vector256.Create(LowerHalf);
            var first = (x & mask) | (y << 32);
            var second = (z & mask) | (w << 32);

            // Blocks 0 and 2, then blocks 1 and 3, each block in one half of a vector.
            var even = Avx2.UnpackLow(first, second);
            var odd = Avx2.UnpackHigh(first, second);
            Vector256.Create(even.GetLower(), odd.GetLower()).AsUInt32().Store(words + (4 * block));
            Vector256.Create(even.GetUpper(), odd.GetUpper()).AsUInt32().Store(words + (4 * block) + 8);
        }
    }

    [MethodImpl(HotLoop.Options)]
    private static void Draw128(uint* words, in RandomKey key, uint image, uint firstBlock)
    {
        for (var block = 0u; block < Words / 4; block += 2)
        {
            var x = Vector128.Create((ulong)(firstBlock + block)) + Vector128<ulong>.Indices;
            var y = Vector128.Create((ulong)image);
            var z = Vector128.Create((ulong)key.Stream);
            var w = Vector128.Create((ulong)key.Step);
            var (key0, key1) = ((uint)key.Seed, (uint)(key.Seed >> 32));
            for (var round = 0; round < Philox.Rounds; round++)
            {
                var product0 = Multiply(x, Philox.Multiplier0);
                var product1 = Multiply(z, Philox.Multiplier1);
                x = (product1 >> 32) ^ y ^ Vector128.Create((ulong)key0);
                z = (product0 >> 32) ^ w ^ Vector128.Create((ulong)key1);
                (y, w) = (product1, product0);
                key0 += Philox.KeyStep0;
                key1 += Philox.KeyStep1;
            }

            var mask = Vector128.Create(LowerHalf);
            var first = (x & mask) | (y << 32);
            var second = (z & mask) | (w << 32);
            Vector128.Create(first.GetLower(), second.GetLower()).AsUInt32().Store(words + (4 * block));
            Vector128.Create(first.GetUpper(), second.GetUpper()).AsUInt32().Store(words + (4 * block) + 4);
        }
    }

    /// <summary>The products of the lower halves of the lanes with a word.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ulong> Multiply(Vector128<ulong> lanes, uint multiplier) =>
        Sse2.IsSupported
            ? Sse2.Multiply(lanes.AsUInt32(), Vector128.Create((ulong)multiplier).AsUInt32())
            : (lanes & Vector128.Create(LowerHalf)) * multiplier;
}
