namespace KernelDiff.Engine.Files;

/// <summary>Recognises pickles that are no weight files, so that they can be refused as what they are.</summary>
internal static class BarePickle
{
    private const int MostOpcodes = 100_000;
    private const long MostBytes = 16 << 20;
    private const int MostGlobals = 3;

    /// <summary>The exception for a file that is a pickle, or null where it is none.</summary>
    /// <param name="file">The file.</param>
    /// <param name="head">Its first bytes.</param>
    public static WeightFileException? Recognize(RandomAccessFile file, ReadOnlySpan<byte> head)
    {
        // The older protocols have no signature: a file counts as one of theirs if its opcodes lead to STOP.
        bool hasSignature = head is [0x80, <= 5, ..];
        List<string> globals = [];
        if (!Scan(new PickleInput(file, 0, Math.Min(file.Length, MostBytes), "pickle"), globals) && !hasSignature)
            return null;
        string mentions = globals.Count == 0 ? string.Empty : $"; it names {string.Join(", ", globals)}";
        return file.Fault(
            $"this is a bare Python pickle, not a weight file{mentions}",
            "Nothing in it was executed. Save the weights as safetensors or with torch.save.");
    }

    /// <summary>Follows the opcodes without their meaning and notes the first globals. True where STOP is reached.</summary>
    private static bool Scan(PickleInput input, List<string> globals)
    {
        try
        {
            string previous = string.Empty;
            string last = string.Empty;
            for (int count = 0; count < MostOpcodes; count++)
            {
                var opcode = (PickleOpcode)input.ReadByte();
                switch (opcode)
                {
                    case PickleOpcode.Stop:
                        return count > 0;
                    case PickleOpcode.Global or PickleOpcode.Inst:
                        Note(PickleText.DecodeLegacy(input.ReadLine()), PickleText.DecodeLegacy(input.ReadLine()));
                        break;
                    case PickleOpcode.StackGlobal:
                        Note(previous, last);
                        break;
                    case PickleOpcode.ShortBinUnicode:
                        (previous, last) = (last, PickleText.DecodeLegacy(input.ReadBytes(input.ReadByte())));
                        break;
                    default:
                        if (!Skip(input, opcode))
                            return false;
                        break;
                }
            }
        }
        catch (WeightFileException)
        {
            // It ends within an opcode.
        }

        return false;

        void Note(string module, string name)
        {
            if (globals.Count < MostGlobals && module.Length > 0 && name.Length > 0 && module.Length + name.Length < 200)
                globals.Add(PrintableText.Escape($"{module}.{name}"));
        }
    }

    private static bool Skip(PickleInput input, PickleOpcode opcode)
    {
        switch (opcode)
        {
            case PickleOpcode.Float or PickleOpcode.Int or PickleOpcode.Long or PickleOpcode.PersId or PickleOpcode.String
                or PickleOpcode.Unicode or PickleOpcode.Get or PickleOpcode.Put:
                input.ReadLine();
                return true;
            case PickleOpcode.Proto or PickleOpcode.BinInt1 or PickleOpcode.BinGet or PickleOpcode.BinPut or PickleOpcode.Ext1:
                input.ReadByte();
                return true;
            case PickleOpcode.BinInt2 or PickleOpcode.Ext2:
                input.ReadBytes(2);
                return true;
            case PickleOpcode.BinInt or PickleOpcode.LongBinGet or PickleOpcode.LongBinPut or PickleOpcode.Ext4:
                input.ReadBytes(4);
                return true;
            case PickleOpcode.BinFloat or PickleOpcode.Frame:
                input.ReadBytes(8);
                return true;
            case PickleOpcode.ShortBinString or PickleOpcode.ShortBinBytes or PickleOpcode.Long1:
                input.ReadBytes(input.ReadByte());
                return true;
            case PickleOpcode.BinString or PickleOpcode.BinUnicode or PickleOpcode.BinBytes or PickleOpcode.Long4:
                input.ReadString(BitConverter.ToUInt32(input.ReadBytes(4)));
                return true;
            case PickleOpcode.BinUnicode8 or PickleOpcode.BinBytes8 or PickleOpcode.ByteArray8:
                input.ReadString(BitConverter.ToUInt64(input.ReadBytes(8)));
                return true;
            default:
                return Enum.IsDefined(opcode);
        }
    }
}
