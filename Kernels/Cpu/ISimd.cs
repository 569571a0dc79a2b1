namespace KernelDiff.Kernels.Cpu;

/// <summary>
/// A vector of fp32 lanes whose width is a type argument, so that one generic twin serves every instruction set:
/// <see cref="Float128"/>, <see cref="Float256"/> and <see cref="Float512"/>.
/// </summary>
/// <remarks>
/// <para>
/// Every member is one instruction, or a short fixed sequence of them, and is inlined. A width gives the same bits on every run; two
/// widths may differ by rounding, because the order of a horizontal sum follows the width and because a processor without fused
/// multiply-add rounds twice.
/// </para>
/// <para>
/// A method that uses these types in a loop carries <c>[MethodImpl(HotLoop.Options)]</c>, so that it runs at full speed from the first
/// call, and is entered only where <see cref="IsSupported"/> is true (<see cref="SimdSupport"/> decides once per process).
/// </para>
/// <para>
/// A comparison returns a mask: all bits of a lane set, or none. Masks combine with <c>&amp;</c>, <c>|</c>, <c>^</c> and choose with
/// <see cref="Select"/>.
/// </para>
/// </remarks>
public unsafe interface ISimd<TSelf>
    where TSelf : unmanaged, ISimd<TSelf>
{
    /// <summary>Whether this processor executes this width without emulation.</summary>
    static abstract bool IsSupported { get; }

    /// <summary>Lanes per vector.</summary>
    static abstract int Width { get; }

    static abstract TSelf Zero { get; }

    /// <summary>The lane numbers 0, 1, 2, ... as floats.</summary>
    static abstract TSelf Indices { get; }

    static abstract TSelf Create(float value);

    /// <summary>Reads <see cref="Width"/> floats; no alignment is required.</summary>
    static abstract TSelf Load(float* source);

    /// <summary>Reads the first <paramref name="count"/> floats (0 to <see cref="Width"/>) and nothing beyond them; the other lanes are zero.</summary>
    static abstract TSelf LoadPartial(float* source, int count);

    /// <summary>As <see cref="LoadPartial(float*, int)"/>; the other lanes are <paramref name="fill"/>.</summary>
    static abstract TSelf LoadPartial(float* source, int count, TSelf fill);

    static abstract void Store(TSelf value, float* destination);

    /// <summary>Writes the first <paramref name="count"/> lanes (0 to <see cref="Width"/>) and touches nothing beyond them.</summary>
    static abstract void StorePartial(TSelf value, float* destination, int count);

    static abstract TSelf operator +(TSelf left, TSelf right);

    static abstract TSelf operator -(TSelf left, TSelf right);

    static abstract TSelf operator *(TSelf left, TSelf right);

    static abstract TSelf operator /(TSelf left, TSelf right);

    static abstract TSelf operator -(TSelf value);

    static abstract TSelf operator &(TSelf left, TSelf right);

    static abstract TSelf operator |(TSelf left, TSelf right);

    static abstract TSelf operator ^(TSelf left, TSelf right);

    /// <summary>a·b + c, rounded once where the processor has fused multiply-add.</summary>
    static abstract TSelf MultiplyAdd(TSelf a, TSelf b, TSelf c);

    /// <summary>c - a·b, rounded once where the processor has fused multiply-add.</summary>
    static abstract TSelf NegatedMultiplyAdd(TSelf a, TSelf b, TSelf c);

    /// <summary>The smaller lane; NaN where either operand is NaN. Which zero min(-0, +0) returns is unspecified.</summary>
    static abstract TSelf Min(TSelf left, TSelf right);

    /// <summary>The larger lane; NaN where either operand is NaN. Which zero max(-0, +0) returns is unspecified.</summary>
    static abstract TSelf Max(TSelf left, TSelf right);

    /// <summary>
    /// One instruction. NaN where <paramref name="right"/> is NaN; unspecified where only <paramref name="left"/> is: so
    /// <c>MinNative(bound, x)</c> clamps and keeps NaN.
    /// </summary>
    static abstract TSelf MinNative(TSelf left, TSelf right);

    /// <summary>
    /// One instruction. NaN where <paramref name="right"/> is NaN; unspecified where only <paramref name="left"/> is: so
    /// <c>MaxNative(bound, x)</c> clamps and keeps NaN.
    /// </summary>
    static abstract TSelf MaxNative(TSelf left, TSelf right);

    static abstract TSelf Abs(TSelf value);

    static abstract TSelf Sqrt(TSelf value);

    /// <summary>1 / value, correctly rounded.</summary>
    static abstract TSelf Reciprocal(TSelf value);

    static abstract TSelf Floor(TSelf value);

    static abstract TSelf Ceiling(TSelf value);

    /// <summary>To the nearest integer, ties to even.</summary>
    static abstract TSelf Round(TSelf value);

    /// <summary>The magnitude of the first operand with the sign of the second.</summary>
    static abstract TSelf CopySign(TSelf magnitude, TSelf sign);

    static abstract TSelf Equal(TSelf left, TSelf right);

    static abstract TSelf LessThan(TSelf left, TSelf right);

    static abstract TSelf LessThanOrEqual(TSelf left, TSelf right);

    static abstract TSelf GreaterThan(TSelf left, TSelf right);

    static abstract TSelf GreaterThanOrEqual(TSelf left, TSelf right);

    static abstract TSelf IsNaN(TSelf value);

    /// <summary>Lane by lane: <paramref name="whenTrue"/> where the mask is set, else <paramref name="whenFalse"/>.</summary>
    static abstract TSelf Select(TSelf mask, TSelf whenTrue, TSelf whenFalse);

    /// <summary>Whether any lane of a mask is set.</summary>
    static abstract bool Any(TSelf mask);

    /// <summary>Whether every lane of a mask is set.</summary>
    static abstract bool All(TSelf mask);

    /// <summary>The sum of the lanes, in a fixed order: the upper half is added onto the lower half until one lane is left.</summary>
    static abstract float Sum(TSelf value);

    /// <summary>The largest lane; NaN if any lane is NaN.</summary>
    static abstract float MaxAcross(TSelf value);

    /// <summary>The smallest lane; NaN if any lane is NaN.</summary>
    static abstract float MinAcross(TSelf value);

    /// <summary>
    /// value · 2^exponent, rounded once, with gradual underflow and overflow to infinity.
    /// </summary>
    /// <param name="value">A value whose magnitude is between 1/4 and 4, or NaN.</param>
    /// <param name="exponent">Integers of magnitude at most 252.</param>
    static abstract TSelf ScaleByPowerOfTwo(TSelf value, TSelf exponent);

    /// <summary>floor(log2(value)) of positive normal values; other values give an unspecified result.</summary>
    static abstract TSelf Exponent(TSelf value);

    /// <summary>value / 2^Exponent(value), in [1, 2), of positive normal values; other values give an unspecified result.</summary>
    static abstract TSelf Mantissa(TSelf value);

    /// <summary>Reads a block of <see cref="Width"/> by <see cref="Width"/> floats and writes it transposed. The blocks must not overlap.</summary>
    /// <param name="source">The first element of the block.</param>
    /// <param name="sourceStride">Floats from one row of the source to the next.</param>
    /// <param name="destination">Element (i, j) of the source goes to row j, column i.</param>
    /// <param name="destinationStride">Floats from one row of the destination to the next.</param>
    static abstract void TransposeBlock(float* source, long sourceStride, float* destination, long destinationStride);
}
