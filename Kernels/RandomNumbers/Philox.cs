using System.Runtime.CompilerServices;

namespace KernelDiff.Kernels.RandomNumbers;

/// <summary>
/// Philox 4x32-10 on the host: a generator whose n-th number is a function of seed, stream, image and n. Salmon, Moraes, Dror and Shaw,
/// "Parallel random numbers: as easy as 1, 2, 3", 2011.
/// </summary>
/// <remarks>
/// The 32-bit numbers, and the uniform ones, are those that the device operations write for the same seed, stream and image at step 0.
/// Not safe for use by several threads at once; a generator per thread, each with a stream of its own, is.
/// </remarks>
public sealed class Philox
{
    /// <summary>Distance of the uniform numbers: 2^-24, so that each is a float.</summary>
    internal const float UniformStep = 1f / (1 << 24);

    /// <summary>Distance of the 32-bit numbers as parts of one.</summary>
    internal const float WordStep = 1f / 4294967296f;

    internal const uint Multiplier0 = 0xD2511F53;
    internal const uint Multiplier1 = 0xCD9E8D57;
    internal const uint KeyStep0 = 0x9E3779B9;
    internal const uint KeyStep1 = 0xBB67AE85;
    internal const int Rounds = 10;

    private readonly ulong seed;
    private readonly uint stream;
    private readonly ulong image;
    private readonly uint[] block = new uint[4];
    private ulong nextBlock;
    private int drawn = 4;
    private float? pendingNormal;

    /// <summary>The numbers of image 0.</summary>
    /// <param name="seed">The seed of the run.</param>
    /// <param name="stream">What the numbers are for; different streams are independent.</param>
    public Philox(ulong seed, uint stream)
        : this(seed, stream, 0)
    {
    }

    /// <param name="seed">The seed of the run.</param>
    /// <param name="stream">What the numbers are for; different streams are independent.</param>
    /// <param name="image">What image, sample or other unit of work they are for; different ones are independent.</param>
    public Philox(ulong seed, uint stream, ulong image)
    {
        this.seed = seed;
        this.stream = stream;
        this.image = image;
    }

    /// <summary>The generator's bijection: four numbers for a counter of four words and a key of two.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (uint X, uint Y, uint Z, uint W) Block(uint counter0, uint counter1, uint counter2, uint counter3, uint key0, uint key1)
    {
        // Kernels inline this as well: arithmetic alone, no references.
        for (var round = 0; round < Rounds; round++)
        {
            var product0 = (ulong)Multiplier0 * counter0;
            var product1 = (ulong)Multiplier1 * counter2;
            counter0 = (uint)(product1 >> 32) ^ counter1 ^ key0;
            counter2 = (uint)(product0 >> 32) ^ counter3 ^ key1;
            counter1 = (uint)product1;
            counter3 = (uint)product0;
            key0 += KeyStep0;
            key1 += KeyStep1;
        }

        return (counter0, counter1, counter2, counter3);
    }

    /// <summary>Each of the 2^32 numbers with equal probability.</summary>
    /// <exception cref="InvalidOperationException">2^34 numbers were drawn: the counter is at its end.</exception>
    public uint NextUInt32()
    {
        if (drawn == block.Length)
        {
            if (nextBlock > uint.MaxValue)
            {
                throw new InvalidOperationException(
                    $"Stream {stream} of image {image} has given all of its 2^34 numbers. Use another stream or image index.");
            }

            // The upper half of the image index takes the word that device operations use for the step.
            (block[0], block[1], block[2], block[3]) =
                Block((uint)nextBlock, (uint)image, stream, (uint)(image >> 32), (uint)seed, (uint)(seed >> 32));
            nextBlock++;
            drawn = 0;
        }

        return block[drawn++];
    }

    /// <summary>A multiple of 2^-24 in [0, 1).</summary>
    public float NextSingle() => Uniform(NextUInt32());

    /// <summary>Normal with mean 0 and variance 1, by Box and Muller's transformation of two draws; every second call uses none.</summary>
    public float NextNormal()
    {
        if (pendingNormal is { } pending)
        {
            pendingNormal = null;
            return pending;
        }

        var x = NextUInt32();
        var (first, second) = NormalPair(x, NextUInt32());
        pendingNormal = (float)second;
        return (float)first;
    }

    /// <summary>An integer from 0 to <paramref name="bound"/> - 1, each with exactly equal probability.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The bound is not positive.</exception>
    public int Next(int bound)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bound);

        // Lemire, "Fast random integer generation in an interval", 2019: of the 2^32 draws, 2^32 mod bound are one too many.
        var product = (ulong)NextUInt32() * (uint)bound;
        if ((uint)product < (uint)bound)
        {
            var surplus = (uint)((1ul << 32) % (uint)bound);
            while ((uint)product < surplus)
            {
                product = (ulong)NextUInt32() * (uint)bound;
            }
        }

        return (int)(product >> 32);
    }

    /// <summary>The integers from 0 to <paramref name="count"/> - 1 in random order, by Fisher and Yates's shuffle.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The count is negative.</exception>
    public int[] Permutation(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        var permutation = new int[count];
        for (var i = 0; i < count; i++)
        {
            var j = Next(i + 1);
            permutation[i] = permutation[j];
            permutation[j] = i;
        }

        return permutation;
    }

    /// <summary>The upper 24 bits as a multiple of 2^-24 in [0, 1).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static float Uniform(uint bits) => (int)(bits >> 8) * UniformStep;

    /// <summary>
    /// (bits + 1/2) · 2^-32, rounded once, in (0, 1]: it has a logarithm, and small numbers, which are the tails of normal ones, are as
    /// dense as 32 bits allow.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static float PositiveUniform(uint bits) => Uniform(bits) + (((int)(bits & 0xFF) + 0.5f) * WordStep);

    /// <summary>The product's upper half: an integer from 0 to bound - 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static int Scaled(uint bits, int bound) => (int)(((ulong)bits * (uint)bound) >> 32);

    /// <summary>Two independent normal numbers: radius √(-2 ln u) and angle 2πv, u and v from the two words.</summary>
    internal static (double First, double Second) NormalPair(uint radiusBits, uint angleBits)
    {
        var radius = Math.Sqrt(-2 * Math.Log(PositiveUniform(radiusBits)));
        var (sine, cosine) = Math.SinCos(2 * Math.PI * Uniform(angleBits));
        return (radius * cosine, radius * sine);
    }
}
