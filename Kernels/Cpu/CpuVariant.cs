namespace KernelDiff.Kernels.Cpu;

/// <summary>A SIMD twin that is written once for every vector width.</summary>
/// <typeparam name="TArguments">The contract of the operation.</typeparam>
public interface ISimdKernel<TArguments>
    where TArguments : struct, IOperationArguments
{
    /// <summary>Executes the operation with vectors of type <typeparamref name="T"/>.</summary>
    static abstract void Run<T>(CpuDevice device, in TArguments arguments)
        where T : unmanaged, ISimd<T>;
}

/// <summary>A variant that runs managed code, of which there is no generated source.</summary>
public interface ISimdVariant
{
    /// <summary>Name of the type whose <c>Run</c> is executed.</summary>
    string TypeName { get; }
}

/// <summary>A variant of an operation that runs managed code on the <c>cpu</c> device.</summary>
internal static class CpuVariant
{
    /// <summary>A SIMD twin; the device's vector width picks the instantiation.</summary>
    /// <param name="name">Unique among the operation's variants.</param>
    /// <param name="preferredOn">Where to choose it before others.</param>
    /// <param name="supports">Which arguments it can execute; null for all.</param>
    /// <param name="algorithm">What it computes by.</param>
    /// <param name="pays">Which of the arguments it is chosen for; null for all.</param>
    public static Variant<TArguments> Simd<TArguments, TKernel>(
        string name = "simd",
        DeviceClass preferredOn = DeviceClass.Simd,
        Func<TArguments, bool>? supports = null,
        ConvolutionAlgorithm algorithm = ConvolutionAlgorithm.Direct,
        Func<TArguments, bool>? pays = null)
        where TArguments : struct, IOperationArguments
        where TKernel : ISimdKernel<TArguments> =>
        new SimdVariant<TArguments, TKernel>(name, preferredOn, supports) { Algorithm = algorithm, Pays = pays };

    private sealed class SimdVariant<TArguments, TKernel>(string name, DeviceClass preferredOn, Func<TArguments, bool>? supports)
        : Variant<TArguments>(name, DeviceClass.Simd, preferredOn, supports), ISimdVariant
        where TArguments : struct, IOperationArguments
        where TKernel : ISimdKernel<TArguments>
    {
        public override IReadOnlyList<string> KernelNames => [];

        string ISimdVariant.TypeName => TypeName.Of(typeof(TKernel));

        internal override void Run(Device device, in TArguments arguments)
        {
            var cpu = (CpuDevice)device;
            switch (cpu.Width)
            {
                case SimdWidth.Vector512:
                    TKernel.Run<Float512>(cpu, arguments);
                    break;
                case SimdWidth.Vector256:
                    TKernel.Run<Float256>(cpu, arguments);
                    break;
                default:
                    TKernel.Run<Float128>(cpu, arguments);
                    break;
            }
        }
    }
}
