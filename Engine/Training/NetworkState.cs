using KernelDiff.Engine.Files;
using KernelDiff.Engine.Modules;
using KernelDiff.Engine.Tensors;
using KernelDiff.Kernels;

namespace KernelDiff.Engine.Training;

/// <summary>Everything that training changes of one network: weights, moments of the optimiser, moving average.</summary>
/// <param name="Name">In front of the names in the file.</param>
/// <param name="Arena">The weights.</param>
/// <param name="Optimizer">Its moments and steps.</param>
/// <param name="Average">The moving average, or null.</param>
internal sealed record NetworkState(string Name, ParameterArena Arena, AdamW Optimizer, ExponentialMovingAverage? Average = null)
{
    /// <summary>Counters that belong to the state, by name.</summary>
    public IEnumerable<(string Name, long Value)> Counters
    {
        get
        {
            yield return ($"{Name}.optimizer_steps", Optimizer.Steps);
            if (Average is not null)
            {
                yield return ($"{Name}.ema_updates", Average.Updates);
            }
        }
    }

    public IEnumerable<TensorDeclaration> Declarations => Parts().Select(part =>
        new TensorDeclaration(part.Name, Files.ElementType.F32, [.. part.Parameter.Specification.FileShape]));

    /// <summary>Writes every tensor of the state in the order of PyTorch's files.</summary>
    public void Write(SafeTensorsWriter writer)
    {
        foreach (var (name, parameter, values) in Parts())
        {
            writer.Write(name, ParameterLayouts.ToFile(parameter.Specification, values.ToArray()));
        }
    }

    /// <summary>Sets the state to what a file holds.</summary>
    /// <param name="file">Written by <see cref="Write"/>.</param>
    /// <param name="counter">The value of a counter by its name.</param>
    /// <exception cref="WeightFileException">A tensor is missing or has another shape.</exception>
    public void Read(WeightFile file, Func<string, long> counter)
    {
        var parts = Parts().Select(part => (part, Tensor: file.Find(part.Name))).ToList();
        foreach (var (part, tensor) in parts)
        {
            var expected = part.Parameter.Specification.FileShape;
            if (!tensor.Shape.AsSpan().SequenceEqual(expected.AsSpan()))
            {
                throw new WeightFileException(
                    file.Path,
                    $"the tensor '{tensor.Name}' has shape {tensor.ShapeText}, the configuration of the run expects {expected}",
                    "Resume with the configuration that the run was started with.");
            }
        }

        foreach (var (part, tensor) in parts)
        {
            part.Values.CopyFrom(ParameterLayouts.FromFile(part.Parameter.Specification, file.ReadSingle(tensor)));
        }

        Optimizer.Restore((int)counter($"{Name}.optimizer_steps"));
        Average?.Restore((int)counter($"{Name}.ema_updates"));
    }

    private IEnumerable<(string Name, Parameter Parameter, DeviceSpan<float> Values)> Parts()
    {
        foreach (var parameter in Arena.Parameters)
        {
            yield return ($"{Name}.weights.{parameter.Name}", parameter, parameter.Single);
            if (!parameter.Specification.IsFrozen)
            {
                yield return ($"{Name}.first_moments.{parameter.Name}", parameter, Arena.SliceLike(Optimizer.FirstMoments, parameter));
                yield return ($"{Name}.second_moments.{parameter.Name}", parameter, Arena.SliceLike(Optimizer.SecondMoments, parameter));
            }

            if (Average is not null)
            {
                yield return ($"{Name}.average.{parameter.Name}", parameter, Average.ValueOf(parameter));
            }
        }
    }
}
