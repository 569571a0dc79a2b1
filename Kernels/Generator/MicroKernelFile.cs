namespace KernelDiff.Kernels.Generator;

/// <summary>
/// The matrix-multiplication micro-kernels of one vector width: straight-line code over named vector locals, because only those stay
/// in registers whatever the compiler thinks of arrays and loops.
/// </summary>
public sealed class MicroKernelFile(MicroKernelTarget target) : IGeneratedFile
{
    // Steps of k per iteration halve and halve again the loop's overhead, but not where a loop waits for memory. More gained nothing.
    private const int Unroll = 4;
    private const int UnrollFetching = 2;
    private const int UnrollTransposed = 2;

    // Rows of B between the one in use and the one prefetched: far enough for a third-level cache, and within the ways of a first-level
    // cache where all rows fall into the same set (an unpacked B of 1024 columns).
    private const int PrefetchDistance = 8;

    private const string Attribute = "[MethodImpl(HotLoop.Options)]";

    private const string MultiplyType = "delegate*<float**, long, long, float*, long, float*, long, float*, bool, void>";

    private const string MultiplyTransposedType = "delegate*<float**, long, long, float*, long, float*, long, bool, void>";

    private string ClassName => $"MicroKernels{target.Bits}";

    public string Path => $"Kernels/Matmul/{ClassName}.g.cs";

    public string Text
    {
        get
        {
            CodeWriter code = CodeWriter.StartFile();
            code.Line("using System.Runtime.CompilerServices;");
            code.Line("using System.Runtime.Intrinsics;");
            code.Line("using System.Runtime.Intrinsics.X86;");
            code.Line("using KernelDiff.Kernels.Cpu;");
            code.Line();
            code.Line("namespace KernelDiff.Kernels.Matmul;");
            code.Line();
            code.Line("/// <summary>");
            code.Line($"/// Tiles of up to {target.Rows} rows and {target.Vectors} vectors of {target.Lanes} columns{Wide}.");
            code.Line("/// </summary>");
            code.Open($"internal static unsafe class {ClassName}");
            WriteConstants(code);
            WriteSelector(code, "Select", "Multiply", MultiplyType, target.WidestVectors);
            if (target.HasPrefetch)
                WriteSelector(code, "SelectFetching", "MultiplyFetching", MultiplyType, target.WidestVectors);
            WriteSelector(code, "SelectTransposed", "MultiplyTransposed", MultiplyTransposedType, target.WidestVectors);
            ForEachTile(code, target.WidestVectors, (writer, rows, vectors) => WriteMultiply(writer, rows, vectors, fetching: false));
            if (target.HasPrefetch)
                ForEachTile(code, target.WidestVectors, (writer, rows, vectors) => WriteMultiply(writer, rows, vectors, fetching: true));
            ForEachTile(code, target.WidestVectors, WriteMultiplyTransposed);
            code.Close();
            return code.ToString();
        }
    }

    private void ForEachTile(CodeWriter code, int widest, Action<CodeWriter, int, int> write)
    {
        for (int vectors = widest; vectors >= 1; vectors--)
        {
            for (int rows = target.RowsOf(vectors); rows >= 1; rows--)
            {
                code.Line();
                write(code, rows, vectors);
            }
        }
    }

    private void WriteConstants(CodeWriter code)
    {
        code.Line($"public const int MaximumRows = {target.Rows};");
        code.Line();
        code.Line($"public const int MaximumVectors = {target.Vectors};");
        code.Line();
        code.Line($"public const int WidestVectors = {target.WidestVectors};");
        code.Line();
        code.Line($"public const int WideRows = {target.WideRows};");
    }

    private void WriteSelector(CodeWriter code, string name, string kernel, string type, int widest)
    {
        code.Line();
        code.Open($"public static {type} {name}(int rows, int vectors) => (vectors, rows) switch");
        for (int vectors = widest; vectors >= 1; vectors--)
        {
            for (int rows = target.RowsOf(vectors); rows >= 1; rows--)
                code.Line($"({vectors}, {rows}) => &{kernel}{rows}x{vectors * target.Lanes},");
        }

        code.Line("_ => throw new ArgumentOutOfRangeException(nameof(rows), $\"There is no tile of {rows} rows and {vectors} vectors.\"),");
        code.Close(";");
    }

    private void WriteMultiply(CodeWriter code, int rows, int vectors, bool fetching)
    {
        int unroll = fetching ? UnrollFetching : Unroll;
        code.Line(Attribute);
        code.Line($"private static void Multiply{(fetching ? "Fetching" : "")}{rows}x{vectors * target.Lanes}(");
        code.Line("    float** a, long taps, long depth, float* b, long bStride, float* c, long cStride, float* bias, bool accumulate)");
        code.Open();
        WriteAccumulators(code, rows, vectors, initialise: false);
        code.Open("if (accumulate)");
        WriteLoadTile(code, rows, vectors);
        code.Close();
        code.Open("else if (bias != null)");
        for (int v = 0; v < vectors; v++)
            code.Line($"{Chain(rows, v)} = {target.Vector}.Load(bias{Offset(v)});");
        code.Close();
        code.Open("else");
        for (int v = 0; v < vectors; v++)
            code.Line($"{Chain(rows, v)} = {target.Vector}<float>.Zero;");
        code.Close();
        code.Line();
        if (fetching)
            code.Line($"float* ahead = b + {PrefetchDistance} * bStride;");
        code.Open("do");
        for (int r = 0; r < rows; r++)
            code.Line($"float* a{r} = a[{r}];");
        code.Line($"a += {rows};");
        code.Line("long k = 0;");
        code.Open($"for (; k <= depth - {unroll}; k += {unroll})");
        for (int u = 0; u < unroll; u++)
        {
            if (fetching)
                WritePrefetch(code, vectors);
            WriteStep(code, rows, vectors, u);
        }

        code.Close();
        code.Line();
        code.Open("for (; k < depth; k++)");
        if (fetching)
            code.Line("ahead += bStride;");
        WriteStep(code, rows, vectors, 0);
        code.Close();
        code.Close();
        code.Line("while (--taps > 0);");
        code.Line();
        WriteStoreTile(code, rows, vectors);
        code.Close();
    }

    private void WriteMultiplyTransposed(CodeWriter code, int rows, int vectors)
    {
        code.Line(Attribute);
        code.Line($"private static void MultiplyTransposed{rows}x{vectors * target.Lanes}(");
        code.Line("    float** a, long offset, long depth, float* b, long bStride, float* c, long cStride, bool accumulate)");
        code.Open();
        WriteAccumulators(code, rows, vectors, initialise: true);
        code.Open("if (accumulate)");
        WriteLoadTile(code, rows, vectors);
        code.Close();
        code.Line();
        code.Line("long k = 0;");
        code.Open($"for (; k <= depth - {UnrollTransposed}; k += {UnrollTransposed})");
        for (int u = 0; u < UnrollTransposed; u++)
            WriteTransposedStep(code, rows, vectors, u);
        code.Close();
        code.Line();
        code.Open("for (; k < depth; k++)");
        WriteTransposedStep(code, rows, vectors, 0);
        code.Close();
        code.Line();
        WriteStoreTile(code, rows, vectors);
        code.Close();
    }

    private void WriteTransposedStep(CodeWriter code, int rows, int vectors, int step)
    {
        code.Open();
        code.Line($"float* source = a[k{(step == 0 ? "" : $" + {step}")}] + offset;");
        WriteLoadRow(code, vectors);
        for (int r = 0; r < rows; r++)
            WriteRow(code, r, vectors, $"source[{r}]");
        code.Close();
    }

    private void WriteAccumulators(CodeWriter code, int rows, int vectors, bool initialise)
    {
        string value = initialise ? $" = {target.Vector}<float>.Zero" : "";
        for (int r = 0; r < rows; r++)
            code.Line($"{target.Vector}<float> {string.Join(", ", Enumerable.Range(0, vectors).Select(v => $"c{r}_{v}{value}"))};");
    }

    private void WriteLoadTile(CodeWriter code, int rows, int vectors)
    {
        code.Line("float* source = c;");
        for (int r = 0; r < rows; r++)
        {
            for (int v = 0; v < vectors; v++)
                code.Line($"c{r}_{v} = {target.Vector}.Load(source{Offset(v)});");
            if (r < rows - 1)
                code.Line("source += cStride;");
        }
    }

    private void WriteStoreTile(CodeWriter code, int rows, int vectors)
    {
        for (int r = 0; r < rows; r++)
        {
            for (int v = 0; v < vectors; v++)
                code.Line($"{target.Vector}.Store(c{r}_{v}, c{Offset(v)});");
            if (r < rows - 1)
                code.Line("c += cStride;");
        }
    }

    private void WritePrefetch(CodeWriter code, int vectors)
    {
        const int FloatsPerCacheLine = 16;
        for (int column = 0; column < vectors * target.Lanes; column += FloatsPerCacheLine)
            code.Line($"Sse.Prefetch0(ahead{(column == 0 ? "" : $" + {column}")});");
        code.Line("ahead += bStride;");
    }

    private void WriteStep(CodeWriter code, int rows, int vectors, int step)
    {
        code.Open();
        WriteLoadRow(code, vectors);
        for (int r = 0; r < rows; r++)
            WriteRow(code, r, vectors, step == 0 ? $"a{r}[k]" : $"a{r}[k + {step}]");
        code.Close();
    }

    private void WriteLoadRow(CodeWriter code, int vectors)
    {
        for (int v = 0; v < vectors; v++)
            code.Line($"{target.Vector}<float> b{v} = {target.Vector}.Load(b{Offset(v)});");
        code.Line("b += bStride;");
    }

    private void WriteRow(CodeWriter code, int row, int vectors, string element)
    {
        code.Line($"{target.Vector}<float> x{row} = {target.Vector}.Create({element});");
        for (int v = 0; v < vectors; v++)
            code.Line($"c{row}_{v} = {target.Vector}.MultiplyAddEstimate(x{row}, b{v}, c{row}_{v});");
    }

    private string Wide => target.WidestVectors > target.Vectors ? $", and of {target.WideRows} rows and {target.WidestVectors} vectors" : "";

    private string Offset(int vector) => vector == 0 ? "" : $" + {vector * target.Lanes}";

    private static string Chain(int rows, int vector) => string.Join(" = ", Enumerable.Range(0, rows).Select(r => $"c{r}_{vector}"));
}
