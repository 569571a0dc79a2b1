using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Pointwise;

/// <summary>SIMD twin of the gradients of both operands of an element-wise function.</summary>
internal readonly struct BinaryBackward<TRule, TArguments> : ISimdKernel<TArguments>
    where TRule : IGradientRule<TArguments>
    where TArguments : struct, IOperationArguments
{
    public static void Run<T>(CpuDevice device, in TArguments arguments)
        where T : unmanaged, ISimd<T>
    {
        var (left, right) = TRule.Requests(arguments);
        GradientSums.Run<T>(device, left);
        GradientSums.Run<T>(device, right);
    }
}

/// <summary>
/// Sums the terms of a <see cref="GradientRequest"/>: each work item a block of about one grain, cut by shape, into partial sums that are
/// summed in the same way.
/// </summary>
internal static unsafe class GradientSums
{
    /// <summary>Terms that are added one after the other: rounding errors grow with their number.</summary>
    private const int LongestSum = 512;

    public static void Run<T>(CpuDevice device, in GradientRequest request)
        where T : unmanaged, ISimd<T>
    {
        if (request.IsTrivial())
        {
            return;
        }

        var complete = request.WithAllOperands();
        switch (request.Kind)
        {
            case GradientKind.Scaled:
                Run<T, ScaledGradient>(device, complete);
                break;
            case GradientKind.Product:
                Run<T, ProductGradient>(device, complete);
                break;
            case GradientKind.Quotient:
                Run<T, QuotientGradient>(device, complete);
                break;
            case GradientKind.Divisor:
                Run<T, DivisorGradient>(device, complete);
                break;
            case GradientKind.Extremum:
                Run<T, ExtremumGradient>(device, complete);
                break;
            default:
                Run<T, MaskGradient>(device, complete);
                break;
        }
    }

    private static void Run<T, TFunction>(CpuDevice device, in GradientRequest request)
        where T : unmanaged, ISimd<T>
        where TFunction : IGradientFunction
    {
        var plan = new ReductionPlan(request);
        var terms = new GradientTerms<T, TFunction>(request, plan.Columns.Strides);
        if (plan.SumsNothing)
        {
            BroadcastRows.Run(device.Workers, plan.Plan, new GradientRow<T, TFunction>(terms, request.Target.Pointer()));
        }
        else if (plan.KeepsColumns)
        {
            SumRows(device, request, plan, terms);
        }
        else
        {
            SumColumns(device, request, plan, terms);
        }
    }

    private static void SumRows<T, TFunction>(
        CpuDevice device, in GradientRequest request, in ReductionPlan plan, in GradientTerms<T, TFunction> terms)
        where T : unmanaged, ISimd<T>
        where TFunction : IGradientFunction
    {
        var columns = plan.Columns.Size;
        var rowsPerPart = Math.Clamp(Elementwise.Grain / columns, 8, LongestSum);
        var parts = (int)(((long)plan.Summed.Rows + rowsPerPart - 1) / rowsPerPart);
        var kept = plan.Kept.Rows;
        var sum = new GradientRowSum<T, TFunction>(terms, plan, rowsPerPart, parts);
        if (parts == 1)
        {
            // Small sums share a work item: how many never changes a sum.
            var keptPerItem = Math.Max(1, Elementwise.Grain / (columns * plan.Summed.Rows));
            device.Workers.ForRanges(kept, keptPerItem, sum.To(request.Target.Pointer()));
            return;
        }

        using var partialSums = device.Rent<float>(Check.Elements(kept, parts, columns));
        device.Workers.ForRanges((long)kept * parts, 1, sum.To(partialSums.Span.Pointer()));
        Run<T>(device, request.OfPartialSums(partialSums.Span, kept, parts, columns));
    }

    private static void SumColumns<T, TFunction>(
        CpuDevice device, in GradientRequest request, in ReductionPlan plan, in GradientTerms<T, TFunction> terms)
        where T : unmanaged, ISimd<T>
        where TFunction : IGradientFunction
    {
        var columns = plan.Columns.Size;
        var segment = Math.Min(columns, Elementwise.Grain);
        var segments = ((columns - 1) / segment) + 1;
        var rowsPerPart = Math.Max(1, Elementwise.Grain / columns);
        var rowParts = (int)(((long)plan.Summed.Rows + rowsPerPart - 1) / rowsPerPart);
        var kept = plan.Kept.Rows;
        var parts = Check.Elements(segments, rowParts);
        var sum = new GradientColumnSum<T, TFunction>(terms, plan, segment, segments, rowsPerPart, parts);
        if (parts == 1)
        {
            // Small sums share a work item: how many never changes a sum.
            var keptPerItem = Math.Max(1, Elementwise.Grain / (columns * plan.Summed.Rows));
            device.Workers.ForRanges(kept, keptPerItem, sum.To(request.Target.Pointer()));
            return;
        }

        using var partialSums = device.Rent<float>(Check.Elements(kept, parts));
        device.Workers.ForRanges((long)kept * parts, 1, sum.To(partialSums.Span.Pointer()));
        Run<T>(device, request.OfPartialSums(partialSums.Span, kept, parts, 1));
    }
}
