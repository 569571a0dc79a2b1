using System.Runtime.CompilerServices;
using ILGPU;

namespace KernelDiff.Kernels.Gpu;

/// <summary>Four neighbouring elements as scalars that live in registers; the quarter of a <see cref="Lanes16"/>.</summary>
internal struct Lanes4
{
    public float X;
    public float Y;
    public float Z;
    public float W;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes4 Load(ArrayView<float> view, int index)
    {
        Lanes4 result;
        result.X = view[index];
        result.Y = view[index + 1];
        result.Z = view[index + 2];
        result.W = view[index + 3];
        return result;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Store(ArrayView<float> view, int index)
    {
        view[index] = X;
        view[index + 1] = Y;
        view[index + 2] = Z;
        view[index + 3] = W;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes4 Fill(float value)
    {
        Lanes4 result;
        result.X = value;
        result.Y = value;
        result.Z = value;
        result.W = value;
        return result;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes4 operator +(Lanes4 left, Lanes4 right)
    {
        left.X += right.X;
        left.Y += right.Y;
        left.Z += right.Z;
        left.W += right.W;
        return left;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes4 operator -(Lanes4 left, Lanes4 right)
    {
        left.X -= right.X;
        left.Y -= right.Y;
        left.Z -= right.Z;
        left.W -= right.W;
        return left;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes4 operator *(Lanes4 left, Lanes4 right)
    {
        left.X *= right.X;
        left.Y *= right.Y;
        left.Z *= right.Z;
        left.W *= right.W;
        return left;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes4 Max(Lanes4 left, Lanes4 right)
    {
        left.X = left.X > right.X ? left.X : right.X;
        left.Y = left.Y > right.Y ? left.Y : right.Y;
        left.Z = left.Z > right.Z ? left.Z : right.Z;
        left.W = left.W > right.W ? left.W : right.W;
        return left;
    }
}

/// <summary>
/// Sixteen neighbouring elements of one thread. PoCL's compiler turns the sixteen scalar operations into one vector operation, which
/// it does not do across the threads of a kernel that has loops.
/// </summary>
internal struct Lanes16
{
    public const int Width = 16;

    private Lanes4 a;
    private Lanes4 b;
    private Lanes4 c;
    private Lanes4 d;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes16 Load(ArrayView<float> view, int index)
    {
        Lanes16 result;
        result.a = Lanes4.Load(view, index);
        result.b = Lanes4.Load(view, index + 4);
        result.c = Lanes4.Load(view, index + 8);
        result.d = Lanes4.Load(view, index + 12);
        return result;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Store(ArrayView<float> view, int index)
    {
        a.Store(view, index);
        b.Store(view, index + 4);
        c.Store(view, index + 8);
        d.Store(view, index + 12);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes16 Fill(float value)
    {
        Lanes16 result;
        result.a = Lanes4.Fill(value);
        result.b = Lanes4.Fill(value);
        result.c = Lanes4.Fill(value);
        result.d = Lanes4.Fill(value);
        return result;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes16 operator +(Lanes16 left, Lanes16 right)
    {
        left.a += right.a;
        left.b += right.b;
        left.c += right.c;
        left.d += right.d;
        return left;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes16 operator -(Lanes16 left, Lanes16 right)
    {
        left.a -= right.a;
        left.b -= right.b;
        left.c -= right.c;
        left.d -= right.d;
        return left;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes16 operator *(Lanes16 left, Lanes16 right)
    {
        left.a *= right.a;
        left.b *= right.b;
        left.c *= right.c;
        left.d *= right.d;
        return left;
    }

    /// <summary>The larger lane; NaN where the left one is NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes16 Max(Lanes16 left, Lanes16 right)
    {
        left.a = Lanes4.Max(left.a, right.a);
        left.b = Lanes4.Max(left.b, right.b);
        left.c = Lanes4.Max(left.c, right.c);
        left.d = Lanes4.Max(left.d, right.d);
        return left;
    }

    /// <summary>The sum of the lanes, halves onto halves.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Lanes16 value)
    {
        var quarter = value.a + value.c + (value.b + value.d);
        return quarter.X + quarter.Z + (quarter.Y + quarter.W);
    }

    /// <summary>The largest lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Largest(Lanes16 value)
    {
        var quarter = Lanes4.Max(Lanes4.Max(value.a, value.c), Lanes4.Max(value.b, value.d));
        var upper = quarter.X > quarter.Z ? quarter.X : quarter.Z;
        var lower = quarter.Y > quarter.W ? quarter.Y : quarter.W;
        return upper > lower ? upper : lower;
    }
}
