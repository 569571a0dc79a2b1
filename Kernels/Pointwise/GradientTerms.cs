using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Pointwise;

/// <summary>Evaluates the terms of a gradient along rows of contiguous elements of the output gradient.</summary>
internal readonly unsafe struct GradientTerms<T, TFunction>
    where T : unmanaged, ISimd<T>
    where TFunction : IGradientFunction
{
    private readonly float* outputGradient;
    private readonly float* first;
    private readonly float* second;
    private readonly bool isFirstRepeated;
    private readonly bool isSecondRepeated;
    private readonly float constant;

    public GradientTerms(in GradientRequest request, BroadcastPlan.Strides columns)
    {
        outputGradient = request.OutputGradient.Pointer();
        first = request.First.Pointer();
        second = request.Second.Pointer();
        isFirstRepeated = columns.Second == 0;
        isSecondRepeated = columns.Third == 0;
        constant = request.Constant;
    }

    /// <summary>The terms of a whole vector.</summary>
    /// <param name="row">Where the row begins in each operand.</param>
    /// <param name="column">First column.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Load(in BroadcastPlan.Strides row, int column)
    {
        var (a, b) = (T.Zero, T.Zero);
        if (TFunction.Operands >= 1)
        {
            a = isFirstRepeated ? T.Create(first[row.Second]) : T.Load(first + row.Second + column);
        }

        if (TFunction.Operands >= 2)
        {
            b = isSecondRepeated ? T.Create(second[row.Third]) : T.Load(second + row.Third + column);
        }

        return TFunction.Evaluate(T.Load(outputGradient + row.Output + column), a, b, T.Create(constant));
    }

    /// <summary>The terms of the first <paramref name="count"/> columns of a vector; what the other lanes hold is not defined.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T LoadPartial(in BroadcastPlan.Strides row, int column, int count)
    {
        var (a, b) = (T.Zero, T.Zero);
        if (TFunction.Operands >= 1)
        {
            a = isFirstRepeated ? T.Create(first[row.Second]) : T.LoadPartial(first + row.Second + column, count);
        }

        if (TFunction.Operands >= 2)
        {
            b = isSecondRepeated ? T.Create(second[row.Third]) : T.LoadPartial(second + row.Third + column, count);
        }

        return TFunction.Evaluate(T.LoadPartial(outputGradient + row.Output + column, count), a, b, T.Create(constant));
    }
}

/// <summary>Writes the terms: the operand was not repeated.</summary>
internal readonly unsafe struct GradientRow<T, TFunction>(GradientTerms<T, TFunction> terms, float* target) : IBroadcastRow
    where T : unmanaged, ISimd<T>
    where TFunction : IGradientFunction
{
    [MethodImpl(HotLoop.Options)]
    public void Run(BroadcastPlan.Strides offsets, int count)
    {
        var destination = target + offsets.First;
        var column = 0;
        for (; column <= count - T.Width; column += T.Width)
        {
            T.Store(terms.Load(offsets, column), destination + column);
        }

        if (column < count)
        {
            T.StorePartial(terms.LoadPartial(offsets, column, count - column), destination + column, count - column);
        }
    }
}
