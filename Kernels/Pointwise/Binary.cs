using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Cpu;

namespace KernelDiff.Kernels.Pointwise;

/// <summary>SIMD twin of f(left, right) with broadcasting.</summary>
internal readonly unsafe struct BinaryForward<TFunction, TArguments> : ISimdKernel<TArguments>
    where TFunction : IBinaryFunction
    where TArguments : struct, IOperationArguments, IBinaryArguments
{
    public static void Run<T>(CpuDevice device, in TArguments arguments)
        where T : unmanaged, ISimd<T>
    {
        var plan = new BroadcastPlan(arguments.LeftShape, arguments.RightShape);
        var (first, second) = arguments.Constants;
        BroadcastRows.Run(
            device.Workers,
            plan,
            new Body<T>(arguments.Left.Pointer(), arguments.Right.Pointer(), arguments.Output.Pointer(), plan.Columns.Strides, first, second));
    }

    private readonly struct Body<T>(
        float* left, float* right, float* output, BroadcastPlan.Strides strides, float first, float second) : IBroadcastRow
        where T : unmanaged, ISimd<T>
    {
        [MethodImpl(HotLoop.Options)]
        public void Run(BroadcastPlan.Strides offsets, int count)
        {
            var (a, b) = (T.Create(first), T.Create(second));
            var l = left + offsets.First;
            var r = right + offsets.Second;
            var y = output + offsets.Output;
            if (strides.First == 0)
            {
                var repeated = T.Create(*l);
                var i = 0;
                for (; i <= count - T.Width; i += T.Width)
                {
                    T.Store(TFunction.Forward(repeated, T.Load(r + i), a, b), y + i);
                }

                T.StorePartial(TFunction.Forward(repeated, T.LoadPartial(r + i, count - i), a, b), y + i, count - i);
            }
            else if (strides.Second == 0)
            {
                var repeated = T.Create(*r);
                var i = 0;
                for (; i <= count - T.Width; i += T.Width)
                {
                    T.Store(TFunction.Forward(T.Load(l + i), repeated, a, b), y + i);
                }

                T.StorePartial(TFunction.Forward(T.LoadPartial(l + i, count - i), repeated, a, b), y + i, count - i);
            }
            else
            {
                var i = 0;
                for (; i <= count - T.Width; i += T.Width)
                {
                    T.Store(TFunction.Forward(T.Load(l + i), T.Load(r + i), a, b), y + i);
                }

                var rest = count - i;
                T.StorePartial(TFunction.Forward(T.LoadPartial(l + i, rest), T.LoadPartial(r + i, rest), a, b), y + i, rest);
            }
        }
    }
}
