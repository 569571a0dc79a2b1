namespace KernelDiff.Kernels.Cases;

/// <summary>The operands of a case in double precision. Inputs are rounded to the operand's type, so that they are what the device sees.</summary>
public sealed class CaseValues
{
    private readonly Dictionary<string, double[]> values = [];

    /// <summary>The elements of an operand.</summary>
    /// <exception cref="KeyNotFoundException">The case has no such operand.</exception>
    public double[] this[string name]
    {
        get => values.TryGetValue(name, out var found)
            ? found
            : throw new KeyNotFoundException($"The case has no operand '{name}'; it has {string.Join(", ", values.Keys)}.");
        set => values[name] = value;
    }

    /// <summary>Whether the case has the operand: optional ones may be left out.</summary>
    public bool Has(string name) => values.ContainsKey(name);

    /// <summary>The elements of an optional operand, null where the case leaves it out.</summary>
    public double[]? Optional(string name) => values.GetValueOrDefault(name);

    /// <summary>A copy that shares no array with this one.</summary>
    public CaseValues Clone()
    {
        var clone = new CaseValues();
        foreach (var (name, elements) in values)
        {
            clone[name] = (double[])elements.Clone();
        }

        return clone;
    }

    /// <summary>Fills the inputs of a case; outputs are zero.</summary>
    /// <param name="operationCase">Whose operands to fill.</param>
    /// <param name="seed">Other seeds give other random values; 0 gives those that every test and benchmark uses.</param>
    public static CaseValues Create(OperationCase operationCase, int seed = 0)
    {
        ArgumentNullException.ThrowIfNull(operationCase);
        var values = new CaseValues();
        foreach (var operand in operationCase.Operands)
        {
            var elements = new double[operand.Length];
            operand.Fill?.Invoke(values, new Random(StableHash(operationCase.Name + "/" + operand.Name) ^ seed), elements);
            for (var i = 0; i < elements.Length; i++)
            {
                elements[i] = operand.Type == OperandType.Single ? (float)elements[i] : Math.Truncate(elements[i]);
            }

            values[operand.Name] = elements;
        }

        return values;
    }

    /// <summary>FNV-1a: string.GetHashCode differs between processes.</summary>
    private static int StableHash(string text)
    {
        var hash = 2166136261u;
        foreach (var character in text)
        {
            hash = (hash ^ character) * 16777619u;
        }

        return (int)hash;
    }
}
