using KernelDiff.Engine.Tensors;

namespace KernelDiff.Engine.Modules;

/// <summary>Reorders parameters between the layout of PyTorch's files and that of devices.</summary>
public static class ParameterLayouts
{
    /// <summary>From file order to device order.</summary>
    /// <exception cref="ArgumentException">The number of values is not the parameter's.</exception>
    public static float[] FromFile(ParameterSpecification specification, float[] values) => Reorder(specification, values, toDevice: true);

    /// <summary>From device order to file order.</summary>
    /// <exception cref="ArgumentException">The number of values is not the parameter's.</exception>
    public static float[] ToFile(ParameterSpecification specification, float[] values) => Reorder(specification, values, toDevice: false);

    private static float[] Reorder(ParameterSpecification specification, float[] values, bool toDevice)
    {
        ArgumentNullException.ThrowIfNull(specification);
        ArgumentNullException.ThrowIfNull(values);
        if (values.Length != specification.Shape.Elements)
        {
            throw new ArgumentException(
                $"'{specification.Name}' has {specification.Shape.Elements} elements, {values.Length} values were given.", nameof(values));
        }

        if (specification.Layout == ParameterLayout.Plain)
        {
            return values;
        }

        var file = specification.FileShape;
        var (first, second) = (file[0], file[1]);
        var taps = file.Elements / Math.Max(1, first * second);
        var isTransposed = specification.Layout == ParameterLayout.TransposedConvolution;
        var reordered = new float[values.Length];
        for (var a = 0; a < first; a++)
        {
            for (var b = 0; b < second; b++)
            {
                // Device order is [tap][in][out]; a transposed convolution's file has [in][out], the others [out][in].
                var place = isTransposed ? (a * second) + b : (b * first) + a;
                for (var tap = 0; tap < taps; tap++)
                {
                    var inFile = (((a * second) + b) * taps) + tap;
                    var onDevice = (tap * first * second) + place;
                    if (toDevice)
                    {
                        reordered[onDevice] = values[inFile];
                    }
                    else
                    {
                        reordered[inFile] = values[onDevice];
                    }
                }
            }
        }

        return reordered;
    }
}
