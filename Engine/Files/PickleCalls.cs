using System.Collections.Frozen;
using System.Text;

namespace KernelDiff.Engine.Files;

/// <summary>The opcode that is being interpreted, for messages.</summary>
internal readonly record struct PickleSite(PickleInput Input, PickleOpcode Opcode, long Position)
{
    public override string ToString() => Input.Locate(Opcode, Position);

    /// <summary>A fault of the arguments of a call.</summary>
    public WeightFileException Fault(string fault) => Input.Fault($"{fault} ({this})");
}

/// <summary>
/// The list of Python calls that a checkpoint may contain and what each describes. On the list are: the functions that rebuild tensors
/// (<see cref="TorchTensor"/>); containers; and a few classes without behaviour of their own that Lightning checkpoints are known to carry
/// as hyper-parameters and callback states (name spaces, attribute dictionaries, OmegaConf nodes, paths, time spans, NumPy scalars), which
/// become a name and their state. Every other call is refused by name.
/// </summary>
internal sealed class PickleCalls(DescriptionBudget budget)
{
    private delegate object Description(PickleCalls calls, PickleSite site, PickleGlobal callee, object?[] arguments);

    private static readonly FrozenDictionary<string, Description> Functions = new Dictionary<string, Description>
    {
        ["torch._utils._rebuild_tensor"] = static (calls, site, _, arguments) => TorchTensor.Rebuild(calls, site, arguments),
        ["torch._utils._rebuild_tensor_v2"] = static (calls, site, _, arguments) => TorchTensor.RebuildV2(calls, site, arguments),
        ["torch._utils._rebuild_tensor_v3"] = static (calls, site, _, arguments) => TorchTensor.RebuildV3(calls, site, arguments),
        ["torch._utils._rebuild_parameter"] = static (_, site, _, arguments) => TorchTensor.RebuildParameter(site, arguments),
        ["torch._utils._rebuild_parameter_with_state"] = static (_, site, _, arguments) => TorchTensor.RebuildParameter(site, arguments),
        ["torch._tensor._rebuild_from_type_v2"] = static (calls, site, _, arguments) => calls.RebuildFromType(site, arguments),
        ["torch.Size"] = static (_, site, _, arguments) => DescribeSize(site, arguments),
        ["torch.device"] = DescribeObject,
        ["torch.serialization._get_layout"] = DescribeObject,
        ["collections.OrderedDict"] = DescribeDictionary,
        ["collections.defaultdict"] = DescribeDefaultDictionary,
        ["collections.Counter"] = DescribeDictionary,
        ["builtins.set"] = DescribeList,
        ["builtins.frozenset"] = DescribeList,
        ["__builtin__.set"] = DescribeList,
        ["__builtin__.frozenset"] = DescribeList,
        ["builtins.bytearray"] = DescribeObject,
        ["builtins.complex"] = DescribeObject,
        ["__builtin__.bytearray"] = DescribeObject,
        ["__builtin__.complex"] = DescribeObject,
        ["_codecs.encode"] = DescribeEncodedBytes,
        ["datetime.date"] = DescribeObject,
        ["datetime.datetime"] = DescribeObject,
        ["datetime.time"] = DescribeObject,
        ["datetime.timedelta"] = DescribeObject,
        ["pathlib.Path"] = DescribeObject,
        ["pathlib.PosixPath"] = DescribeObject,
        ["pathlib.PurePosixPath"] = DescribeObject,
        ["pathlib.WindowsPath"] = DescribeObject,
        ["pathlib.PureWindowsPath"] = DescribeObject,
        ["pathlib._local.PosixPath"] = DescribeObject,
        ["pathlib._local.WindowsPath"] = DescribeObject,
        ["numpy.dtype"] = DescribeObject,
        ["numpy.core.multiarray.scalar"] = DescribeObject,
        ["numpy.core.multiarray._reconstruct"] = DescribeObject,
        ["numpy._core.multiarray.scalar"] = DescribeObject,
        ["numpy._core.multiarray._reconstruct"] = DescribeObject,
        ["types.SimpleNamespace"] = DescribeObject,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Classes that NEWOBJ may create: dictionaries by another name, and bags of attributes.</summary>
    private static readonly FrozenDictionary<string, Description> Classes = new Dictionary<string, Description>
    {
        ["collections.OrderedDict"] = DescribeDictionary,
        ["pytorch_lightning.utilities.parsing.AttributeDict"] = DescribeDictionary,
        ["lightning.pytorch.utilities.parsing.AttributeDict"] = DescribeDictionary,
        ["lightning_fabric.utilities.data.AttributeDict"] = DescribeDictionary,
        ["lightning.fabric.utilities.data.AttributeDict"] = DescribeDictionary,
        ["argparse.Namespace"] = DescribeObject,
        ["types.SimpleNamespace"] = DescribeObject,
        ["omegaconf.base.ContainerMetadata"] = DescribeObject,
        ["omegaconf.base.Metadata"] = DescribeObject,
        ["omegaconf.dictconfig.DictConfig"] = DescribeObject,
        ["omegaconf.listconfig.ListConfig"] = DescribeObject,
        ["omegaconf.nodes.AnyNode"] = DescribeObject,
        ["omegaconf.nodes.BooleanNode"] = DescribeObject,
        ["omegaconf.nodes.FloatNode"] = DescribeObject,
        ["omegaconf.nodes.IntegerNode"] = DescribeObject,
        ["omegaconf.nodes.StringNode"] = DescribeObject,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private readonly SortedSet<string> unusedGlobals = new(StringComparer.Ordinal);

    /// <summary>Names that are mentioned and not on the list.</summary>
    public IReadOnlyCollection<string> UnusedGlobals => unusedGlobals;

    public DescriptionBudget Budget => budget;

    public PickleGlobal CreateGlobal(string module, string name)
    {
        budget.ChargeText(module.Length + name.Length);
        var global = new PickleGlobal(module, name);
        if (!Functions.ContainsKey(global.FullName) && !Classes.ContainsKey(global.FullName) && TorchTypes.Find(global) is null)
        {
            budget.ChargeText(0);
            unusedGlobals.Add(global.FullName);
        }

        return global;
    }

    /// <summary>What calling a function with arguments describes.</summary>
    public object Reduce(PickleSite site, object? callee, object? arguments) => Describe(site, Functions, callee, arguments);

    /// <summary>What creating an object of a class describes.</summary>
    public object NewObject(PickleSite site, object? type, object? arguments) => Describe(site, Classes, type, arguments);

    /// <summary>Gives an object that was described before its state.</summary>
    public static void Build(PickleSite site, object? target, object? state)
    {
        switch (target)
        {
            case PickleObject described:
                described.State = state;
                break;
            case PickleDictionary when state is PickleDictionary or PickleTuple:
                // Attributes beside the entries, such as a state dict's _metadata of versions.
                break;
            default:
                throw Refuse(site, target);
        }
    }

    /// <summary>The exception for a call that is not on the list.</summary>
    public static WeightFileException Refuse(PickleSite site, object? callee)
    {
        string name = callee switch
        {
            PickleGlobal global => PrintableText.Escape(global.FullName.Length > 200 ? global.FullName[..200] : global.FullName),
            PickleObject described => PrintableText.Escape(described.Type.FullName),
            _ => $"{Name(callee)}, which is no function or class",
        };
        return site.Input.Fault(
            $"it calls {name} ({site}); only calls that describe tensors and plain data are accepted",
            "Nothing was executed. If you trust where the file comes from, save its state_dict() alone, or save it as safetensors.");
    }

    /// <summary>Says in a word what a value is.</summary>
    public static string Name(object? value) => value switch
    {
        null => "None",
        bool => "a truth value",
        string => "a string",
        byte[] => "bytes",
        PickleTuple => "a tuple",
        PickleList => "a list",
        PickleDictionary => "a dictionary",
        PickleGlobal => "a global",
        PickleObject => "an object",
        TorchStorage => "a storage",
        TorchTensor => "a tensor",
        _ => "a number",
    };

    private object Describe(PickleSite site, FrozenDictionary<string, Description> list, object? callee, object? arguments)
    {
        if (callee is not PickleGlobal global || !list.TryGetValue(global.FullName, out Description? description))
            throw Refuse(site, callee);
        if (arguments is not PickleTuple { Items: object?[] items })
            throw site.Fault($"it calls {global} with {Name(arguments)} for arguments");
        budget.Charge(DescriptionBudget.Object);
        return description(this, site, global, items);
    }

    private static PickleObject DescribeObject(PickleCalls calls, PickleSite site, PickleGlobal callee, object?[] arguments) => new(callee);

    private static PickleList DescribeList(PickleCalls calls, PickleSite site, PickleGlobal callee, object?[] arguments)
    {
        var list = new PickleList();
        switch (arguments)
        {
            case []:
                return list;
            case [PickleList source]:
                calls.Budget.Charge(8L * source.Items.Count);
                list.Items.AddRange(source.Items);
                return list;
            default:
                throw site.Fault($"it calls {callee} with something else than a list");
        }
    }

    private static PickleDictionary DescribeDictionary(PickleCalls calls, PickleSite site, PickleGlobal callee, object?[] arguments)
    {
        var dictionary = new PickleDictionary();
        switch (arguments)
        {
            case []:
                break;
            case [PickleDictionary source]:
                calls.Budget.Charge(16L * source.Entries.Count);
                dictionary.Entries.AddRange(source.Entries);
                break;
            case [PickleList { Items: List<object?> pairs }]:
                calls.Budget.Charge(16L * pairs.Count);
                dictionary.Entries.EnsureCapacity(pairs.Count);
                foreach (object? pair in pairs)
                {
                    dictionary.Entries.Add(pair switch
                    {
                        PickleList { Items: [var key, var value] } => new(key, value),
                        PickleTuple { Items: [var key, var value] } => new(key, value),
                        _ => throw site.Fault($"it calls {callee} with something else than pairs"),
                    });
                }

                break;
            default:
                throw site.Fault($"it calls {callee} with something else than pairs");
        }

        return dictionary;
    }

    private static PickleDictionary DescribeDefaultDictionary(
        PickleCalls calls, PickleSite site, PickleGlobal callee, object?[] arguments)
    {
        if (arguments is not ([] or [null or PickleGlobal, ..]))
            throw site.Fault($"it calls {callee} with {Name(arguments[0])} as the default");
        return DescribeDictionary(calls, site, callee, arguments.Length == 0 ? [] : arguments[1..]);
    }

    /// <summary>How protocol 2 spells bytes: text that is encoded as Latin-1.</summary>
    private static byte[] DescribeEncodedBytes(PickleCalls calls, PickleSite site, PickleGlobal callee, object?[] arguments)
    {
        if (arguments is not [string text, "latin1"])
            throw site.Fault($"it calls {callee} with something else than text and latin1");
        calls.Budget.Charge(text.Length);
        return Encoding.Latin1.GetBytes(text);
    }

    private static PickleTuple DescribeSize(PickleSite site, object?[] arguments) => arguments switch
    {
        [PickleTuple size] => size,
        [PickleList size] => new PickleTuple([.. size.Items]),
        _ => throw site.Fault("it calls torch.Size with something else than a tuple"),
    };

    /// <summary>A tensor with attributes or of a subclass: (rebuild function, class, its arguments, state).</summary>
    private object RebuildFromType(PickleSite site, object?[] arguments)
    {
        if (arguments is not [PickleGlobal function, PickleGlobal, PickleTuple inner, _])
            throw site.Fault("it rebuilds a tensor of a subclass with unexpected arguments");
        if (!function.FullName.StartsWith("torch._utils._rebuild_", StringComparison.Ordinal))
            throw Refuse(site, function);
        return Reduce(site, function, inner);
    }
}
