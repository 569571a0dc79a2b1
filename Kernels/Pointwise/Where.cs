using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Pointwise;

/// <summary>SIMD twin of condition ? whenTrue : whenFalse with broadcasting.</summary>
internal readonly unsafe struct Where : ISimdKernel<WhereArguments>
{
    public static void Run<T>(CpuDevice device, in WhereArguments arguments)
        where T : unmanaged, ISimd<T>
    {
        var plan = new BroadcastPlan(
            arguments.OutputShape, arguments.ConditionShape, arguments.WhenTrueShape, arguments.WhenFalseShape);
        BroadcastRows.Run(
            device.Workers,
            plan,
            new Body<T>(
                arguments.Condition.Pointer(),
                arguments.WhenTrue.Pointer(),
                arguments.WhenFalse.Pointer(),
                arguments.Output.Pointer(),
                plan.Columns.Strides));
    }

    private readonly struct Body<T>(float* condition, float* whenTrue, float* whenFalse, float* output, BroadcastPlan.Strides strides)
        : IBroadcastRow
        where T : unmanaged, ISimd<T>
    {
        [MethodImpl(HotLoop.Options)]
        public void Run(BroadcastPlan.Strides offsets, int count)
        {
            var c = condition + offsets.First;
            var a = whenTrue + offsets.Second;
            var b = whenFalse + offsets.Third;
            var y = output + offsets.Output;
            var i = 0;
            for (; i <= count - T.Width; i += T.Width)
            {
                var isFalse = T.Equal(Load(c, strides.First, i), T.Zero);
                T.Store(T.Select(isFalse, Load(b, strides.Third, i), Load(a, strides.Second, i)), y + i);
            }

            if (i < count)
            {
                var rest = count - i;
                var isFalse = T.Equal(LoadPartial(c, strides.First, i, rest), T.Zero);
                T.StorePartial(
                    T.Select(isFalse, LoadPartial(b, strides.Third, i, rest), LoadPartial(a, strides.Second, i, rest)), y + i, rest);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static T Load(float* row, int stride, int i) => stride == 0 ? T.Create(*row) : T.Load(row + i);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static T LoadPartial(float* row, int stride, int i, int count) =>
            stride == 0 ? T.Create(*row) : T.LoadPartial(row + i, count);
    }
}
