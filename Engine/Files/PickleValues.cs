namespace KernelDiff.Engine.Files;

// What a pickle describes. None is null; truth values, integers, floats, text and bytes are bool, long or BigInteger, double, string and
// byte[]. Nothing here has behaviour: an object of Python's is a name and what was stored with it.

/// <summary>A Python class or function that a pickle names. It stays a name.</summary>
internal sealed class PickleGlobal(string module, string name)
{
    /// <summary>Module and name joined by a dot, which is how the allow-list and messages spell it.</summary>
    public string FullName { get; } = $"{module}.{name}";

    public override string ToString() => FullName;
}

/// <summary>A tuple.</summary>
internal sealed class PickleTuple(object?[] items)
{
    public object?[] Items { get; } = items;
}

/// <summary>A list, set or frozen set.</summary>
internal sealed class PickleList
{
    public List<object?> Items { get; } = [];
}

/// <summary>A dictionary, with its entries in the order in which they were stored, repeated keys included.</summary>
internal sealed class PickleDictionary
{
    public List<KeyValuePair<object?, object?>> Entries { get; } = [];
}

/// <summary>An object of one of the data classes on the allow-list: a name and the state that was stored with it, if any.</summary>
internal sealed class PickleObject(PickleGlobal type)
{
    public PickleGlobal Type { get; } = type;

    public object? State { get; set; }
}
