using KernelDiff.Engine.Files;
using KernelDiff.Engine.Modules;
using KernelDiff.Engine.Tensors;

namespace KernelDiff.Engine.Networks;

/// <summary>What loading a network from a file found.</summary>
/// <param name="Used">Names in the file that became parameters.</param>
/// <param name="Missing">Parameters that the file does not have.</param>
/// <param name="Ignored">Names in the file, under the prefix, that no parameter has.</param>
public sealed record ParameterLoadingReport(IReadOnlyList<string> Used, IReadOnlyList<string> Missing, IReadOnlyList<string> Ignored);

/// <summary>Reads parameters from weight files, tensor by tensor, straight into the device's layout.</summary>
public static class ParameterLoading
{
    /// <summary>Loads every parameter that the file has under a prefix.</summary>
    /// <param name="arena">The network's parameters.</param>
    /// <param name="file">An open file.</param>
    /// <param name="prefix">In front of the parameters' names, such as <c>model.diffusion_model.</c></param>
    /// <exception cref="WeightFileException">A tensor has another shape than its parameter, or cannot be read.</exception>
    public static ParameterLoadingReport Load(this ParameterArena arena, WeightFile file, string prefix = "")
    {
        ArgumentNullException.ThrowIfNull(arena);
        ArgumentNullException.ThrowIfNull(file);
        var matches = new List<(Parameter Parameter, WeightTensor Tensor)>();
        var missing = new List<string>();
        foreach (var parameter in arena.Parameters)
        {
            if (file.TryFind(prefix + parameter.Name, out var tensor))
            {
                RequireShape(file, tensor, parameter);
                matches.Add((parameter, tensor));
            }
            else
            {
                missing.Add(prefix + parameter.Name);
            }
        }

        foreach (var (parameter, tensor) in matches)
        {
            parameter.Single.CopyFrom(ParameterLayouts.FromFile(parameter.Specification, file.ReadSingle(tensor)));
        }

        var used = matches.Select(match => prefix + match.Parameter.Name).ToList();
        var ignored = file.StateDict.Keys.Where(name => name.StartsWith(prefix, StringComparison.Ordinal)).Except(used).ToList();
        return new ParameterLoadingReport(used, missing, ignored);
    }

    /// <summary>Loads every parameter; the file must have all of them.</summary>
    /// <exception cref="WeightFileException">A tensor is missing, has another shape, or cannot be read.</exception>
    public static void LoadAll(this ParameterArena arena, WeightFile file, string prefix = "")
    {
        var report = arena.Load(file, prefix);
        if (report.Missing.Count > 0)
        {
            throw new WeightFileException(
                file.Path,
                $"{report.Missing.Count} of {arena.Parameters.Count} parameters are missing, the first is '{report.Missing[0]}'",
                "Check that the file belongs to this configuration.");
        }
    }

    private static void RequireShape(WeightFile file, WeightTensor tensor, Parameter parameter)
    {
        var expected = parameter.Specification.FileShape;
        if (!tensor.Shape.AsSpan().SequenceEqual(expected.AsSpan()))
        {
            throw new WeightFileException(
                file.Path,
                $"the tensor '{tensor.Name}' has shape {tensor.ShapeText}, the network expects {expected}",
                "Check that the file belongs to this configuration.");
        }
    }
}
