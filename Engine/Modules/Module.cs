using KernelDiff.Engine.Tensors;

namespace KernelDiff.Engine.Modules;

/// <summary>
/// A node of the tree that is a network. Modules declare parameters and children when they are constructed, which costs no memory; an
/// arena is made for the whole tree afterwards (<see cref="Materialize"/>).
/// </summary>
public abstract class Module
{
    private readonly List<(string Name, Module Child)> children = [];
    private readonly List<ParameterSlot> slots = [];

    /// <summary>Every parameter of the tree with its full name in the state dict, in order of declaration.</summary>
    public IReadOnlyList<ParameterSpecification> Specifications => [.. Slots("").Select(entry => entry.Specification)];

    /// <summary>Number of values in all parameters of the tree.</summary>
    public long ParameterCount => Specifications.Sum(specification => (long)specification.Shape.Elements);

    /// <summary>Makes the memory of every parameter of the tree. Values are zero until they are initialised or loaded.</summary>
    /// <param name="session">Where the parameters live.</param>
    /// <param name="withGradients">Whether to train.</param>
    /// <exception cref="InvalidOperationException">The tree has its memory already.</exception>
    /// <exception cref="Kernels.DeviceMemoryException">The device has too little memory.</exception>
    public ParameterArena Materialize(Session session, bool withGradients)
    {
        var entries = Slots("").ToList();
        var arena = new ParameterArena(session, [.. entries.Select(entry => entry.Specification)], withGradients);
        for (var i = 0; i < entries.Count; i++)
        {
            entries[i].Slot.Fill(arena.Parameters[i]);
        }

        return arena;
    }

    /// <summary>Declares a parameter of this module; its value is there after <see cref="Materialize"/>.</summary>
    protected ParameterSlot Declare(ParameterSpecification specification)
    {
        var slot = new ParameterSlot(specification);
        slots.Add(slot);
        return slot;
    }

    /// <summary>Adds a child under a name, which may contain dots.</summary>
    protected T Add<T>(string name, T child)
        where T : Module
    {
        children.Add((name, child));
        return child;
    }

    private IEnumerable<(ParameterSpecification Specification, ParameterSlot Slot)> Slots(string prefix)
    {
        foreach (var slot in slots)
        {
            yield return (slot.Specification with { Name = prefix + slot.Specification.Name }, slot);
        }

        foreach (var (name, child) in children)
        {
            foreach (var entry in child.Slots($"{prefix}{name}."))
            {
                yield return entry;
            }
        }
    }
}

/// <summary>The place of a declared parameter.</summary>
public sealed class ParameterSlot
{
    private Parameter? parameter;

    internal ParameterSlot(ParameterSpecification specification)
    {
        Specification = specification;
    }

    internal ParameterSpecification Specification { get; }

    /// <exception cref="InvalidOperationException">The network has no memory yet.</exception>
    public Parameter Value => parameter ?? throw new InvalidOperationException(
        $"The parameter '{Specification.Name}' has no memory yet: materialize the network before running it.");

    internal void Fill(Parameter value) => parameter = parameter is null
        ? value
        : throw new InvalidOperationException($"The parameter '{Specification.Name}' has its memory already.");
}
