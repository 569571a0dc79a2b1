using System.Text;
using KernelDiff.Engine.Files;

namespace KernelDiff.Engine.Tests.Files;

/// <summary>Pickles that call something, are malformed, or describe more than they may.</summary>
[TestFixture]
internal sealed class PickleRefusalTests
{
    private TemporaryFolder folder = null!;

    [SetUp]
    public void CreateFolder() => folder = new TemporaryFolder();

    [TearDown]
    public void DeleteFolder() => folder.Dispose();

    [TestCase("cos\nsystem\n(S'true'\ntR.", "calls os.system (REDUCE at byte 21 of data.pkl)")]
    [TestCase("cos\nsystem\n(S'true'\nt\u0081.", "calls os.system (NEWOBJ")]
    [TestCase("cos\nsystem\n(S'true'\nt}\u0092.", "calls os.system (NEWOBJ_EX")]
    [TestCase("(S'true'\nios\nsystem\n.", "calls os.system (INST")]
    [TestCase("(cos\nsystem\nS'true'\no.", "calls os.system (OBJ")]
    [TestCase("cos\nsystem\n}b.", "calls os.system (BUILD")]
    [TestCase("\u008c\u0002os\u008c\u0006system\u0093)R.", "calls os.system (REDUCE")]
    [TestCase("cbuiltins\ngetattr\n(cos\nsystem\nS'x'\ntR.", "calls builtins.getattr")]
    [TestCase("ctorch.storage\n_load_from_bytes\n(C\u0001xtR.", "calls torch.storage._load_from_bytes")]
    [TestCase("ctorch._utils\n_rebuild_sparse_tensor\n)R.", "calls torch._utils._rebuild_sparse_tensor")]
    [TestCase("ctorch._tensor\n_rebuild_from_type_v2\n(cos\nsystem\ncos\nx\n)}tR.", "calls os.system")]
    [TestCase("ctorch._tensor\n_rebuild_from_type_v2\n(ctorch._tensor\n_rebuild_from_type_v2\ncos\nx\n)}tR.", "calls torch._tensor._rebuild_from_type_v2")]
    [TestCase("ccollections\nOrderedDict\n)R)R.", "calls a dictionary, which is no function or class")]
    [TestCase("cunet\nModel\n)\u0081}b.", "calls unet.Model (NEWOBJ")]
    [TestCase("ccopy_reg\n_reconstructor\n(cx\ny\nc__builtin__\nobject\nNtR.", "calls copy_reg._reconstructor")]
    [TestCase("ccollections\ndefaultdict\n(]tR.", "calls collections.defaultdict with a list as the default")]
    [TestCase("ccollections\nOrderedDict\n(]S'x'\natR.", "something else than pairs")]
    [TestCase("\u0082\u0001.", "has no use for (EXT1")]
    [TestCase("\u0083\u0001\u0000.", "has no use for (EXT2")]
    [TestCase("\u0084\u0001\u0000\u0000\u0000.", "has no use for (EXT4")]
    [TestCase("\u0097.", "outside the file (NEXT_BUFFER")]
    [TestCase("\u0098.", "outside the file (READONLY_BUFFER")]
    [TestCase("Pstorage\n.", "refers to something else than a storage")]
    [TestCase("NQ.", "refers to something else than a storage")]
    [TestCase("(S'module'\nctorch.nn\nLinear\nS'x.py'\nS'source'\ntQ.", "a whole module")]
    [TestCase("?.", "no opcode of any pickle protocol (0x3F")]
    [TestCase("\u0080\u0006.", "protocol beyond 5")]
    [TestCase("\u0095\u00ff\u0000\u0000\u0000\u0000\u0000\u0000\u0000.", "beyond its end (FRAME")]
    [TestCase(".", "where there is none (STOP")]
    [TestCase("NN.", "values left over")]
    [TestCase("N(.", "where there is none (STOP")]
    [TestCase("N(N.", "values left over")]
    [TestCase("t.", "never begun (TUPLE")]
    [TestCase("R.", "where there is none (REDUCE")]
    [TestCase("N(R.", "where there is none (REDUCE")]
    [TestCase("h\u0001.", "never stored (BINGET")]
    [TestCase("gx\n.", "malformed or very long number (GET")]
    [TestCase("Np-1\n.", "numbers a stored value impossibly")]
    [TestCase("(u.", "where there is none (SETITEMS")]
    [TestCase("}(Nu.", "without a value")]
    [TestCase("](Nu.", "something else than a dictionary")]
    [TestCase("}Na.", "something else than a list")]
    [TestCase("NN\u0093.", "something else than strings")]
    [TestCase("I12x\n.", "malformed or very long number")]
    [TestCase("Fx\n.", "malformed number")]
    [TestCase("Sx\n.", "malformed text")]
    [TestCase("S'\\xZZ'\n.", "malformed text")]
    [TestCase("V\\u12\n.", "malformed text")]
    [TestCase("X\u0002\u0000\u0000\u0000\u00ff\u00ff.", "malformed text (BINUNICODE")]
    [TestCase("X\u00ff\u00ff\u00ff\u00ff.", "string of 4294967295 bytes")]
    [TestCase("\u008d\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff.", "string of 18446744073709551615 bytes")]
    [TestCase("X\u00ff\u0000\u0000\u0000.", "ends in the middle")]
    [TestCase("\u008b\u0000\u0001\u0000\u0000.", "more than 255 bytes")]
    [TestCase("N", "ends in the middle")]
    [TestCase("N.N.", "something follows its end")]
    public void A_pickle_that_breaks_a_rule_is_refused_with_the_rule_and_the_place(string pickle, string fault) =>
        AssertRefused(new PickleBytes().Op(pickle), fault);

    [Test]
    public void A_refused_call_says_that_nothing_was_executed()
    {
        string path = folder.Write("x.pt", TorchBytes.Zip(new PickleBytes().Op("cnt\nsystem\n(S'calc'\ntR.")));

        Assert.That(() => WeightFile.Open(path), Throws.TypeOf<WeightFileException>().With.Property("Advice").Contains("Nothing was executed"));
    }

    [Test]
    public void A_number_of_many_digits_is_refused_instead_of_parsed() =>
        AssertRefused(new PickleBytes().Op($"L{new string('9', 5000)}L\n."), "very long number");

    [Test]
    public void A_line_without_end_is_refused() =>
        AssertRefused(new PickleBytes().Op("S'" + new string('x', 70_000) + "'\n."), "line of more than 65536 bytes");

    [TestCase("N0", 4_200_000, "more than 4194304 steps")]
    [TestCase("(", 2_000, "nests values more than 1024 deep")]
    [TestCase("N", 300_000, "stacks more than 262144 values")]
    [TestCase("}", 300_000, "stacks more than 262144 values")]
    [TestCase("}0", 3_000_000, "64 MiB")]
    [TestCase("V\\u0041\\u0041\\u0041\\u0041\n0", 30_000_000, "64 MiB")]
    [TestCase("\u008a\u0010xxxxxxxxxxxxxxxx0", 30_000_000, "64 MiB")]
    [TestCase("L1234567890123456789012345678901234567890L\n0", 30_000_000, "64 MiB")]
    [TestCase("N\u00940", 4_000_000, "stores more than 1048576 values")]
    public void A_pickle_without_end_meets_a_limit(string unit, int length, string fault)
    {
        byte[] pattern = Encoding.Latin1.GetBytes(unit);
        byte[] bytes = new byte[length];
        for (int index = 0; index < length; index++)
            bytes[index] = pattern[index % pattern.Length];
        AssertRefused(new PickleBytes().Raw(bytes), fault);
    }

    [Test]
    public void Lists_that_hold_each_other_over_and_over_are_refused()
    {
        // Thirty lists, each holding the one before twice: a billion ways to the tensor at the bottom.
        var pickle = new PickleBytes().Proto().Vector("0", 1).Op("q").Raw(0).Op("0");
        for (byte level = 0; level < 30; level++)
            pickle.Op("](h").Raw(level).Op("h").Raw(level).Op("eq").Raw((byte)(level + 1)).Op("0");
        pickle.Op("h").Raw(30).Stop();

        AssertRefused(pickle, "64 MiB");
    }

    [Test]
    public void Values_nested_deeper_than_any_checkpoint_are_refused()
    {
        var pickle = new PickleBytes().Proto().Vector("0", 1);
        for (int level = 0; level < 100; level++)
            pickle.Raw(0x85);

        AssertRefused(pickle.Stop(), "nested more than 64 deep");
    }

    [Test]
    public void Two_tensors_under_one_name_are_refused() => AssertRefused(
        new PickleBytes().Proto().Dictionary(("a", value => value.Vector("0", 1)), ("a", value => value.Vector("0", 1))).Stop(),
        "two tensors under the name \"a\"");

    private void AssertRefused(PickleBytes pickle, string fault)
    {
        string path = folder.Write("model.pt", TorchBytes.Zip(pickle, ("0", TorchBytes.Floats(1))));

        WeightFileException? refusal = ReadingLimits.TryRead(path);

        Assert.That(refusal?.Message, Does.Contain(fault));
    }
}
