using KernelDiff.Kernels;

namespace KernelDiff.Engine.Tensors;

/// <summary>
/// The parameters of a model in one run of device memory, in device layout, with gradients in another, so that an optimiser step, the
/// gradient norm and the moving average are one launch each.
/// </summary>
public sealed class ParameterArena : IDisposable
{
    /// <summary>Every parameter starts on a cache line, so that kernels may load whole vectors from its start.</summary>
    private const int Alignment = 16;

    private readonly Device device;

    /// <param name="session">Where the parameters live.</param>
    /// <param name="specifications">In the order of the arena, with full names.</param>
    /// <param name="withGradients">Whether to train; sampling needs no gradients.</param>
    /// <exception cref="ArgumentException">A name occurs twice, or the model is over 2^31 - 1 elements.</exception>
    /// <exception cref="DeviceMemoryException">The device has too little memory.</exception>
    public ParameterArena(Session session, IReadOnlyList<ParameterSpecification> specifications, bool withGradients)
    {
        ArgumentNullException.ThrowIfNull(session);
        ArgumentNullException.ThrowIfNull(specifications);
        device = session.Device;
        var offsets = Offsets(specifications, out var trainedLength, out var length);
        Values = device.Allocate<float>(length);
        Values.Clear();
        TrainedValues = Values.Slice(0, trainedLength);
        if (withGradients)
        {
            Gradients = device.Allocate<float>(trainedLength);
            Gradients.Clear();
        }

        Parameters = [.. specifications.Select((specification, index) => new Parameter(
            session,
            specification,
            Values.Slice(offsets[index], specification.Shape.Elements),
            withGradients && !specification.IsFrozen ? Gradients.Slice(offsets[index], specification.Shape.Elements) : default))];
    }

    public IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>All values; the few elements of padding between parameters are zero and stay zero.</summary>
    public DeviceSpan<float> Values { get; }

    /// <summary>The values that an optimiser may change: all but those of frozen parameters, which lie at the end.</summary>
    public DeviceSpan<float> TrainedValues { get; }

    /// <summary>Gradients of <see cref="TrainedValues"/>, absent when the arena was made without.</summary>
    public DeviceSpan<float> Gradients { get; }

    /// <summary>Number of trained and frozen values, without padding.</summary>
    public long ParameterCount => Parameters.Sum(parameter => (long)parameter.Shape.Elements);

    /// <summary>The part of a run of values in this arena's order that belongs to a parameter.</summary>
    /// <param name="values">As long as <see cref="Values"/> or, for a trained parameter, <see cref="TrainedValues"/>.</param>
    /// <param name="parameter">One of <see cref="Parameters"/>.</param>
    /// <exception cref="ArgumentException">The parameter is not this arena's.</exception>
    public DeviceSpan<float> SliceLike(DeviceSpan<float> values, Parameter parameter)
    {
        ArgumentNullException.ThrowIfNull(parameter);
        return parameter.Single.Buffer == Values.Buffer
            ? values.Slice((int)(parameter.Single.Offset - Values.Offset), parameter.Single.Length)
            : throw new ArgumentException($"'{parameter.Name}' is a parameter of another arena.", nameof(parameter));
    }

    /// <summary>Sets every gradient to zero, before a step or before the first of several accumulated passes.</summary>
    public void ClearGradients() => Gradients.Clear();

    public void Dispose()
    {
        device.Pool.Return(Values.Buffer!);
        if (!Gradients.IsAbsent)
        {
            device.Pool.Return(Gradients.Buffer!);
        }
    }

    /// <summary>Trained parameters first, so that an optimiser's one launch leaves the frozen ones alone.</summary>
    private static int[] Offsets(IReadOnlyList<ParameterSpecification> specifications, out int trainedLength, out int length)
    {
        var offsets = new int[specifications.Count];
        var names = new HashSet<string>();
        long offset = 0;
        trainedLength = 0;
        foreach (var isFrozen in new[] { false, true })
        {
            for (var i = 0; i < offsets.Length; i++)
            {
                if (specifications[i].IsFrozen != isFrozen)
                {
                    continue;
                }

                if (!names.Add(specifications[i].Name))
                {
                    throw new ArgumentException($"Two parameters are named '{specifications[i].Name}'.", nameof(specifications));
                }

                offsets[i] = (int)offset;
                offset += (specifications[i].Shape.Elements + Alignment - 1L) / Alignment * Alignment;
                if (offset > int.MaxValue)
                {
                    throw new ArgumentException($"The model is over the limit of {int.MaxValue} parameters.", nameof(specifications));
                }
            }

            trainedLength = isFrozen ? trainedLength : (int)offset;
        }

        length = (int)offset;
        return offsets;
    }
}
