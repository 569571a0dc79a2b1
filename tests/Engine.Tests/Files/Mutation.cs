using System.Buffers.Binary;

namespace KernelDiff.Engine.Tests.Files;

/// <summary>Damages bytes in ways that parsers tend to get wrong. The same seed gives the same damage.</summary>
internal static class Mutation
{
    private static readonly long[] Numbers =
    [
        0, 1, -1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, int.MaxValue, int.MinValue, uint.MaxValue, 1L << 32, 1L << 40, 100_000_000, 100_000_001,
        long.MaxValue, long.MinValue, long.MaxValue - 8,
    ];

    /// <summary>Applies one to four changes to a copy.</summary>
    /// <param name="seed">Chooses them.</param>
    /// <param name="original">What to damage.</param>
    /// <param name="donor">Where spliced pieces come from.</param>
    public static byte[] Apply(int seed, byte[] original, byte[] donor)
    {
        var random = new Random(seed);
        List<byte> bytes = [.. original];
        for (int change = random.Next(1, 5); change > 0; change--)
            ApplyOne(random, bytes, donor);
        return [.. bytes];
    }

    private static void ApplyOne(Random random, List<byte> bytes, byte[] donor)
    {
        if (bytes.Count == 0)
            return;
        int position = random.Next(bytes.Count);
        int length = Math.Min(random.Next(1, 33), bytes.Count - position);
        switch (random.Next(8))
        {
            case 0:
                bytes[position] ^= (byte)(1 << random.Next(8));
                break;
            case 1:
                bytes[position] = (byte)random.Next(256);
                break;
            case 2:
                bytes.RemoveRange(position, bytes.Count - position);
                break;
            case 3:
                bytes.RemoveRange(position, length);
                break;
            case 4:
                bytes.InsertRange(position, bytes.GetRange(position, length));
                break;
            case 5:
                int start = random.Next(donor.Length);
                bytes.InsertRange(position, donor.AsSpan(start, Math.Min(random.Next(1, 65), donor.Length - start)));
                break;
            case 6:
                Overwrite(bytes, position, Numbers[random.Next(Numbers.Length)], random.Next(2) == 0 ? 4 : 8);
                break;
            default:
                // Lengths and counts stand in decimal in headers and in the text-based opcodes.
                bytes[position] = (byte)('0' + random.Next(10));
                break;
        }
    }

    private static void Overwrite(List<byte> bytes, int position, long number, int size)
    {
        Span<byte> field = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(field, number);
        for (int index = 0; index < size && position + index < bytes.Count; index++)
            bytes[position + index] = field[index];
    }
}
