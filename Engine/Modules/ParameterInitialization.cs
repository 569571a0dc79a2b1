using System.Collections.Concurrent;
using KernelDiff.Engine.Tensors;
using KernelDiff.Kernels.RandomNumbers;

namespace KernelDiff.Engine.Modules;

/// <summary>Gives parameters their first values.</summary>
public static class ParameterInitialization
{
    // Each holds a parameter on the host, twice while it is reordered.
    private const int MostThreads = 4;

    /// <summary>
    /// Initialises every parameter as it specifies. The values of a parameter follow from the seed and its name, element by element in
    /// the order of PyTorch's files, so that neither the device layout nor the rest of the network changes them.
    /// </summary>
    public static void Initialize(this ParameterArena arena, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(arena);

        // Drawn by several threads, copied by the one that drives the device.
        var drawn = Partitioner.Create(arena.Parameters, EnumerablePartitionerOptions.NoBuffering)
            .AsParallel()
            .WithDegreeOfParallelism(Math.Min(MostThreads, Environment.ProcessorCount))
            .WithMergeOptions(ParallelMergeOptions.NotBuffered)
            .Select(parameter => (Parameter: parameter, Values: Draw(parameter, seed)));
        foreach (var (parameter, values) in drawn)
        {
            parameter.Single.CopyFrom(values);
        }
    }

    private static float[] Draw(Parameter parameter, ulong seed)
    {
        var specification = parameter.Specification;
        var values = new float[parameter.Shape.Elements];
        Draw(specification.Initializer, new Philox(seed, StreamOf(parameter.Name)), values);
        return ParameterLayouts.FromFile(specification, values);
    }

    private static void Draw(Initializer initializer, Philox random, Span<float> values)
    {
        foreach (ref var value in values)
        {
            value = initializer.Kind switch
            {
                InitializerKind.Constant => initializer.Scale,
                InitializerKind.Uniform => initializer.Scale * ((2 * random.NextSingle()) - 1),
                _ => initializer.Mean + (initializer.Scale * random.NextNormal()),
            };
        }
    }

    /// <summary>FNV-1a of the name.</summary>
    private static uint StreamOf(string name)
    {
        var hash = 2166136261u;
        foreach (var character in name)
        {
            hash = (hash ^ character) * 16777619u;
        }

        return hash;
    }
}
