using System.Buffers.Binary;
using System.Globalization;

namespace KernelDiff.Engine.Files;

/// <summary>
/// Interprets a pickle as a description. It knows every opcode of protocols 0 to 5, but builds no Python objects: a class or function is
/// an inert name, and whatever would call one is either on the short list in <see cref="PickleCalls"/>, which says what the result
/// describes, or refused by name. All its loops and tables are bounded.
/// </summary>
/// <param name="input">The bytes.</param>
/// <param name="budget">Pays for what is built.</param>
/// <param name="calls">The list of calls that can be described.</param>
/// <param name="loadPersistent">Resolves a persistent identifier, which is how a torch file refers to a storage.</param>
internal sealed class PickleMachine(
    PickleInput input, DescriptionBudget budget, PickleCalls calls, Func<object?, PickleInput, object> loadPersistent)
{
    private const int MostOpcodes = 1 << 22;
    private const int DeepestStack = 1 << 18;
    private const int DeepestNesting = 1 << 10;
    private const int MostMemos = 1 << 20;

    private readonly List<object?> stack = [];
    private readonly Stack<int> marks = [];
    private readonly Dictionary<uint, object?> memo = [];
    private PickleOpcode opcode;
    private long start;

    /// <summary>Reads up to and with the STOP opcode and returns what the pickle describes.</summary>
    /// <exception cref="WeightFileException">The pickle is malformed, calls what is not on the list, or goes beyond a limit.</exception>
    public object? Run()
    {
        for (int count = 0; count < MostOpcodes; count++)
        {
            start = input.Position;
            opcode = (PickleOpcode)input.ReadByte();
            if (opcode == PickleOpcode.Stop)
            {
                object? result = Pop();
                return stack.Count == 0 && marks.Count == 0 ? result : throw Fault("it stops with values left over");
            }

            Step();
        }

        throw Fault(string.Create(CultureInfo.InvariantCulture, $"it takes more than {MostOpcodes} steps"));
    }

    private void Step()
    {
        switch (opcode)
        {
            case PickleOpcode.Proto:
                if (input.ReadByte() > 5)
                    throw Fault("it has a protocol beyond 5");
                break;
            case PickleOpcode.Frame:
                if (ReadUInt64() > (ulong)input.Remaining)
                    throw Fault("a frame reaches beyond its end");
                break;
            case PickleOpcode.Mark:
                if (marks.Count == DeepestNesting)
                    throw Fault(string.Create(CultureInfo.InvariantCulture, $"it nests values more than {DeepestNesting} deep"));
                marks.Push(stack.Count);
                break;
            case PickleOpcode.Pop:
                // Python's pickler also writes POP to take back a mark that turned out to be needless.
                if (marks.TryPeek(out int mark) && mark == stack.Count)
                    marks.Pop();
                else
                    Pop();
                break;
            case PickleOpcode.PopMark:
                PopToMark();
                break;
            case PickleOpcode.Dup:
                Push(Peek());
                break;
            case PickleOpcode.Get or PickleOpcode.BinGet or PickleOpcode.LongBinGet:
                Push(memo.TryGetValue(ReadMemoIndex(), out object? value) ? value : throw Fault("it recalls a value that was never stored"));
                break;
            case PickleOpcode.Put or PickleOpcode.BinPut or PickleOpcode.LongBinPut or PickleOpcode.Memoize:
                Memoize(opcode == PickleOpcode.Memoize ? (uint)memo.Count : ReadMemoIndex());
                break;
            case PickleOpcode.Ext1 or PickleOpcode.Ext2 or PickleOpcode.Ext4:
                throw Fault("it refers to Python's extension registry, which a weight file has no use for");
            case PickleOpcode.NextBuffer or PickleOpcode.ReadOnlyBuffer:
                throw Fault("it refers to a buffer outside the file");
            case PickleOpcode.PersId:
                Push(loadPersistent(PickleText.DecodeLegacy(ReadLine()), input));
                break;
            case PickleOpcode.BinPersId:
                Push(loadPersistent(Pop(), input));
                break;
            default:
                if (!StepScalar() && !StepContainer() && !StepGlobal())
                    throw Fault("it is no opcode of any pickle protocol");
                break;
        }
    }

    private bool StepScalar()
    {
        switch (opcode)
        {
            case PickleOpcode.None:
                Push(null);
                return true;
            case PickleOpcode.NewTrue or PickleOpcode.NewFalse:
                Push(opcode == PickleOpcode.NewTrue);
                return true;
            case PickleOpcode.BinInt1:
                PushObject((long)input.ReadByte());
                return true;
            case PickleOpcode.BinInt2:
                PushObject((long)BinaryPrimitives.ReadUInt16LittleEndian(input.ReadBytes(2)));
                return true;
            case PickleOpcode.BinInt:
                PushObject((long)BinaryPrimitives.ReadInt32LittleEndian(input.ReadBytes(4)));
                return true;
            case PickleOpcode.Int:
                ReadOnlySpan<byte> digits = ReadLine();
                PushObject(digits.SequenceEqual("01"u8) ? true : digits.SequenceEqual("00"u8) ? false : ParseInteger(digits));
                return true;
            case PickleOpcode.Long:
                ReadOnlySpan<byte> line = ReadLine();
                PushObject(ParseInteger(line.EndsWith((byte)'L') ? line[..^1] : line));
                return true;
            case PickleOpcode.Long1:
                PushInteger(input.ReadByte());
                return true;
            case PickleOpcode.Long4:
                uint length = ReadUInt32();
                PushInteger(length <= byte.MaxValue ? (int)length : throw Fault("it holds an integer of more than 255 bytes"));
                return true;
            case PickleOpcode.Float:
                PushObject(double.TryParse(ReadLine(), NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
                    ? number
                    : throw Fault("it holds a malformed number"));
                return true;
            case PickleOpcode.BinFloat:
                PushObject(BinaryPrimitives.ReadDoubleBigEndian(input.ReadBytes(8)));
                return true;
            case PickleOpcode.String:
                PushText(PickleText.DecodeQuoted, ReadLine());
                return true;
            case PickleOpcode.Unicode:
                PushText(PickleText.DecodeRawUnicode, ReadLine());
                return true;
            case PickleOpcode.ShortBinString:
                PushText(PickleText.DecodeLegacy, input.ReadBytes(input.ReadByte()));
                return true;
            case PickleOpcode.BinString:
                PushText(PickleText.DecodeLegacy, input.ReadString(ReadUInt32()));
                return true;
            case PickleOpcode.ShortBinUnicode:
                PushText(PickleText.DecodeUtf8, input.ReadBytes(input.ReadByte()));
                return true;
            case PickleOpcode.BinUnicode:
                PushText(PickleText.DecodeUtf8, input.ReadString(ReadUInt32()));
                return true;
            case PickleOpcode.BinUnicode8:
                PushText(PickleText.DecodeUtf8, input.ReadString(ReadUInt64()));
                return true;
            case PickleOpcode.ShortBinBytes:
                PushBytes(input.ReadBytes(input.ReadByte()));
                return true;
            case PickleOpcode.BinBytes:
                PushBytes(input.ReadString(ReadUInt32()));
                return true;
            case PickleOpcode.BinBytes8 or PickleOpcode.ByteArray8:
                PushBytes(input.ReadString(ReadUInt64()));
                return true;
            default:
                return false;
        }
    }

    private bool StepContainer()
    {
        switch (opcode)
        {
            case PickleOpcode.EmptyTuple:
                PushTuple([]);
                return true;
            case PickleOpcode.Tuple1 or PickleOpcode.Tuple2 or PickleOpcode.Tuple3:
                PushTuple(PopMany(opcode - PickleOpcode.Tuple1 + 1));
                return true;
            case PickleOpcode.Tuple:
                PushTuple(PopToMark());
                return true;
            case PickleOpcode.EmptyList or PickleOpcode.EmptySet:
                PushObject(new PickleList());
                return true;
            case PickleOpcode.List or PickleOpcode.FrozenSet:
                object?[] items = PopToMark();
                PushObject(new PickleList());
                AddItems(items);
                return true;
            case PickleOpcode.EmptyDict:
                PushObject(new PickleDictionary());
                return true;
            case PickleOpcode.Dict:
                object?[] entries = PopToMark();
                PushObject(new PickleDictionary());
                AddEntries(entries);
                return true;
            case PickleOpcode.Append:
                AddItems(PopMany(1));
                return true;
            case PickleOpcode.Appends or PickleOpcode.AddItems:
                AddItems(PopToMark());
                return true;
            case PickleOpcode.SetItem:
                AddEntries(PopMany(2));
                return true;
            case PickleOpcode.SetItems:
                AddEntries(PopToMark());
                return true;
            default:
                return false;
        }
    }

    private bool StepGlobal()
    {
        var site = new PickleSite(input, opcode, start);
        switch (opcode)
        {
            case PickleOpcode.Global:
                PushGlobal(ReadName(), ReadName());
                return true;
            case PickleOpcode.StackGlobal:
                if (PopMany(2) is not [string module, string name])
                    throw Fault("it names a global by something else than strings");
                PushGlobal(module, name);
                return true;
            case PickleOpcode.Inst:
                throw PickleCalls.Refuse(site, calls.CreateGlobal(ReadName(), ReadName()));
            case PickleOpcode.Obj:
                throw PickleCalls.Refuse(site, PopToMark().FirstOrDefault());
            case PickleOpcode.NewObjEx:
                throw PickleCalls.Refuse(site, PopMany(3)[0]);
            case PickleOpcode.Reduce:
                object?[] call = PopMany(2);
                Push(calls.Reduce(site, call[0], call[1]));
                return true;
            case PickleOpcode.NewObj:
                object?[] creation = PopMany(2);
                Push(calls.NewObject(site, creation[0], creation[1]));
                return true;
            case PickleOpcode.Build:
                object?[] building = PopMany(2);
                PickleCalls.Build(site, building[0], building[1]);
                Push(building[0]);
                return true;
            default:
                return false;
        }
    }

    private void AddItems(object?[] items)
    {
        if (Peek() is not PickleList list)
            throw Fault("it appends to something else than a list");
        budget.Charge(16L * items.Length);
        list.Items.AddRange(items);
    }

    private void AddEntries(object?[] items)
    {
        if (Peek() is not PickleDictionary dictionary)
            throw Fault("it sets an item of something else than a dictionary");
        if (items.Length % 2 != 0)
            throw Fault("it sets a key without a value");
        budget.Charge(16L * items.Length);
        for (int index = 0; index < items.Length; index += 2)
            dictionary.Entries.Add(new(items[index], items[index + 1]));
    }

    private void Memoize(uint index)
    {
        if (memo.Count >= MostMemos)
            throw Fault(string.Create(CultureInfo.InvariantCulture, $"it stores more than {MostMemos} values"));
        budget.Charge(48);
        memo[index] = Peek();
    }

    private uint ReadMemoIndex() => opcode switch
    {
        PickleOpcode.BinGet or PickleOpcode.BinPut => input.ReadByte(),
        PickleOpcode.LongBinGet or PickleOpcode.LongBinPut => ReadUInt32(),
        _ => ParseInteger(ReadLine()) is long index and >= 0 and <= uint.MaxValue
            ? (uint)index
            : throw Fault("it numbers a stored value impossibly"),
    };

    private object ParseInteger(ReadOnlySpan<byte> digits) =>
        PickleText.ParseInteger(digits) ?? throw Fault("it holds a malformed or very long number");

    /// <summary>The next line. It pays for what decoding it takes, and for its length: a file without end would be read without end.</summary>
    private ReadOnlySpan<byte> ReadLine()
    {
        ReadOnlySpan<byte> line = input.ReadLine();
        budget.Charge(4L * line.Length);
        return line;
    }

    private uint ReadUInt32() => BinaryPrimitives.ReadUInt32LittleEndian(input.ReadBytes(4));

    private ulong ReadUInt64() => BinaryPrimitives.ReadUInt64LittleEndian(input.ReadBytes(8));

    private string ReadName()
    {
        ReadOnlySpan<byte> line = ReadLine();
        return PickleText.DecodeUtf8(line) ?? throw Fault("it names a global in something else than UTF-8");
    }

    private void PushGlobal(string module, string name) => PushObject(calls.CreateGlobal(module, name));

    private void PushText(Func<ReadOnlySpan<byte>, string?> decode, ReadOnlySpan<byte> bytes)
    {
        budget.ChargeText(bytes.Length);
        Push(decode(bytes) ?? throw Fault("it holds malformed text"));
    }

    private void PushInteger(int length)
    {
        budget.Charge(2L * length);
        PushObject(PickleText.DecodeInteger(input.ReadBytes(length)));
    }

    private void PushBytes(ReadOnlySpan<byte> bytes)
    {
        budget.Charge(DescriptionBudget.Object + bytes.Length);
        Push(bytes.ToArray());
    }

    private void PushTuple(object?[] items)
    {
        budget.Charge(DescriptionBudget.Object);
        Push(new PickleTuple(items));
    }

    private void PushObject(object value)
    {
        budget.Charge(DescriptionBudget.Object);
        Push(value);
    }

    private void Push(object? value)
    {
        if (stack.Count == DeepestStack)
            throw Fault(string.Create(CultureInfo.InvariantCulture, $"it stacks more than {DeepestStack} values"));
        stack.Add(value);
    }

    private object? Peek() => stack.Count > Floor ? stack[^1] : throw Fault("it takes a value where there is none");

    private object? Pop()
    {
        object? value = Peek();
        stack.RemoveAt(stack.Count - 1);
        return value;
    }

    private object?[] PopMany(int count)
    {
        if (stack.Count - Floor < count)
            throw Fault("it takes a value where there is none");
        budget.Charge(DescriptionBudget.Object + (8L * count));
        object?[] values = new object?[count];
        stack.CopyTo(stack.Count - count, values, 0, count);
        stack.RemoveRange(stack.Count - count, count);
        return values;
    }

    private object?[] PopToMark()
    {
        if (marks.Count == 0)
            throw Fault("it ends a group that was never begun");
        object?[] values = PopMany(stack.Count - Floor);
        marks.Pop();
        return values;
    }

    /// <summary>Values below the innermost mark are out of reach until the group that it begins is closed.</summary>
    private int Floor => marks.TryPeek(out int mark) ? mark : 0;

    private WeightFileException Fault(string fault) => input.Fault($"{fault} ({input.Locate(opcode, start)})");
}
