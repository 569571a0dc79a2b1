using System.Buffers.Binary;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace KernelDiff.Engine.Files;

/// <summary>Conversions between stored elements (little-endian bytes) and the numbers that the engine works with.</summary>
internal static class ElementConversion
{
    private static readonly float[] Float8E4M3Values = [.. Enumerable.Range(0, 256).Select(bits => Float8E4M3ToSingle((byte)bits))];

    /// <summary>
    /// Converts to float32, rounding to nearest where the stored type is wider (F64 beyond the range of float32 becomes an infinity).
    /// Boolean elements become 0 or 1.
    /// </summary>
    public static void ToSingle(ElementType type, ReadOnlySpan<byte> bytes, Span<float> destination)
    {
        switch (type)
        {
            case ElementType.Bool:
                for (int index = 0; index < destination.Length; index++)
                    destination[index] = bytes[index] == 0 ? 0 : 1;
                break;
            case ElementType.U8:
                for (int index = 0; index < destination.Length; index++)
                    destination[index] = bytes[index];
                break;
            case ElementType.F8E4M3:
                for (int index = 0; index < destination.Length; index++)
                    destination[index] = Float8E4M3Values[bytes[index]];
                break;
            case ElementType.F8E5M2:
                // The format is the upper byte of a binary16.
                for (int index = 0; index < destination.Length; index++)
                    destination[index] = (float)BitConverter.UInt16BitsToHalf((ushort)(bytes[index] << 8));
                break;
            case ElementType.BF16:
                ReadOnlySpan<ushort> upperHalves = MemoryMarshal.Cast<byte, ushort>(bytes);
                for (int index = 0; index < destination.Length; index++)
                    destination[index] = BitConverter.UInt32BitsToSingle((uint)upperHalves[index] << 16);
                break;
            case ElementType.I8:
                Convert<sbyte, float>(bytes, destination, static value => value);
                break;
            case ElementType.U16:
                Convert<ushort, float>(bytes, destination, static value => value);
                break;
            case ElementType.I16:
                Convert<short, float>(bytes, destination, static value => value);
                break;
            case ElementType.U32:
                Convert<uint, float>(bytes, destination, static value => value);
                break;
            case ElementType.I32:
                Convert<int, float>(bytes, destination, static value => value);
                break;
            case ElementType.U64:
                Convert<ulong, float>(bytes, destination, static value => value);
                break;
            case ElementType.I64:
                Convert<long, float>(bytes, destination, static value => value);
                break;
            case ElementType.F16:
                Convert<Half, float>(bytes, destination, static value => (float)value);
                break;
            case ElementType.F32:
                MemoryMarshal.Cast<byte, float>(bytes).CopyTo(destination);
                break;
            case ElementType.F64:
                Convert<double, float>(bytes, destination, static value => (float)value);
                break;
            default:
                throw new UnreachableException();
        }
    }

    /// <summary>Converts an integer or boolean type to int64 without loss.</summary>
    /// <exception cref="OverflowException">A U64 element is beyond 2^63-1.</exception>
    public static void ToInt64(ElementType type, ReadOnlySpan<byte> bytes, Span<long> destination)
    {
        switch (type)
        {
            case ElementType.Bool:
                Convert<byte, long>(bytes, destination, static value => value == 0 ? 0 : 1);
                break;
            case ElementType.U8:
                Convert<byte, long>(bytes, destination, static value => value);
                break;
            case ElementType.I8:
                Convert<sbyte, long>(bytes, destination, static value => value);
                break;
            case ElementType.U16:
                Convert<ushort, long>(bytes, destination, static value => value);
                break;
            case ElementType.I16:
                Convert<short, long>(bytes, destination, static value => value);
                break;
            case ElementType.U32:
                Convert<uint, long>(bytes, destination, static value => value);
                break;
            case ElementType.I32:
                Convert<int, long>(bytes, destination, static value => value);
                break;
            case ElementType.U64:
                Convert<ulong, long>(bytes, destination, static value => checked((long)value));
                break;
            case ElementType.I64:
                MemoryMarshal.Cast<byte, long>(bytes).CopyTo(destination);
                break;
            default:
                throw new UnreachableException();
        }
    }

    /// <summary>Converts float32 to a floating-point type, rounding to nearest, ties to even; beyond the range of F16 lies infinity.</summary>
    public static void FromSingle(ElementType type, ReadOnlySpan<float> source, Span<byte> destination)
    {
        switch (type)
        {
            case ElementType.F16:
                Span<Half> halves = MemoryMarshal.Cast<byte, Half>(destination);
                for (int index = 0; index < source.Length; index++)
                    halves[index] = (Half)source[index];
                break;
            case ElementType.BF16:
                Span<ushort> upperHalves = MemoryMarshal.Cast<byte, ushort>(destination);
                for (int index = 0; index < source.Length; index++)
                    upperHalves[index] = SingleToBFloat16(source[index]);
                break;
            case ElementType.F32:
                source.CopyTo(MemoryMarshal.Cast<byte, float>(destination));
                break;
            case ElementType.F64:
                Span<double> doubles = MemoryMarshal.Cast<byte, double>(destination);
                for (int index = 0; index < source.Length; index++)
                    doubles[index] = source[index];
                break;
            default:
                throw new ArgumentException($"float32 elements cannot be stored as {type.SafeTensorsName()}", nameof(type));
        }
    }

    /// <summary>Turns elements stored most significant byte first into little-endian ones, in place.</summary>
    public static void ReverseBytes(int elementSize, Span<byte> bytes)
    {
        switch (elementSize)
        {
            case 2:
                Span<ushort> pairs = MemoryMarshal.Cast<byte, ushort>(bytes);
                BinaryPrimitives.ReverseEndianness(pairs, pairs);
                break;
            case 4:
                Span<uint> quadruples = MemoryMarshal.Cast<byte, uint>(bytes);
                BinaryPrimitives.ReverseEndianness(quadruples, quadruples);
                break;
            case 8:
                Span<ulong> octuples = MemoryMarshal.Cast<byte, ulong>(bytes);
                BinaryPrimitives.ReverseEndianness(octuples, octuples);
                break;
        }
    }

    private static void Convert<TStored, TNumber>(
        ReadOnlySpan<byte> bytes, Span<TNumber> destination, Func<TStored, TNumber> convert)
        where TStored : unmanaged
    {
        ReadOnlySpan<TStored> stored = MemoryMarshal.Cast<byte, TStored>(bytes);
        for (int index = 0; index < destination.Length; index++)
            destination[index] = convert(stored[index]);
    }

    private static ushort SingleToBFloat16(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        if (float.IsNaN(value))
            return (ushort)((bits >> 16) | 0x40);

        // Adding just under half of the last kept place, and the kept place's own lowest bit, rounds ties to even.
        return (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }

    private static float Float8E4M3ToSingle(byte bits)
    {
        int exponent = (bits >> 3) & 0xF;
        int mantissa = bits & 0x7;
        float magnitude = (exponent, mantissa) switch
        {
            (0xF, 0x7) => float.NaN,
            (0, _) => MathF.ScaleB(mantissa, -9),
            _ => MathF.ScaleB(8 + mantissa, exponent - 10),
        };
        return (bits & 0x80) == 0 ? magnitude : -magnitude;
    }
}
