namespace KernelDiff.Kernels.Cases;

/// <summary>The plain double-precision truth of a case, written for reading.</summary>
public abstract class CaseReference
{
    /// <summary>A reference that computes every output at once, from <paramref name="compute"/>'s inputs into its outputs.</summary>
    public static CaseReference Whole(Action<CaseValues> compute) => new WholeReference(compute);

    /// <summary>A reference that computes one element of one output: large cases are checked at sampled elements.</summary>
    /// <param name="compute">Values, name of the output, index of the element.</param>
    public static CaseReference Elements(Func<CaseValues, string, int, double> compute) => new ElementReference(compute);

    /// <summary>For tiny backward cases: central differences of the forward reference, right to about 1e-8 of the gradient.</summary>
    public static CaseReference OfGradient(GradientCheck check) => Whole(values =>
    {
        foreach (var (input, gradient) in check.Gradients)
        {
            values[gradient] = FiniteDifferences.Gradient(check, values, input);
        }
    });

    /// <summary>Whether single elements can be had without computing all of them.</summary>
    public abstract bool IsSampled { get; }

    /// <summary>Computes the given elements of an output.</summary>
    internal abstract double[] Evaluate(CaseValues values, string output, int[] indices);

    private sealed class WholeReference(Action<CaseValues> compute) : CaseReference
    {
        private CaseValues? computedFor;
        private CaseValues? computed;

        public override bool IsSampled => false;

        internal override double[] Evaluate(CaseValues values, string output, int[] indices)
        {
            if (!ReferenceEquals(values, computedFor))
            {
                computed = values.Clone();
                compute(computed);
                computedFor = values;
            }

            var all = computed![output];
            return Array.ConvertAll(indices, index => all[index]);
        }
    }

    private sealed class ElementReference(Func<CaseValues, string, int, double> compute) : CaseReference
    {
        public override bool IsSampled => true;

        internal override double[] Evaluate(CaseValues values, string output, int[] indices) =>
            Array.ConvertAll(indices, index => compute(values, output, index));
    }
}
