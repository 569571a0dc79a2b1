namespace KernelDiff.Kernels.Generator;

/// <summary>A tile of accumulators for ILGPU kernels: a few rows, each a struct of columns.</summary>
public sealed class RowsFile(int rows) : IGeneratedFile
{
    public static IReadOnlyList<RowsFile> All { get; } = [new(4)];

    private string StructName => $"Rows{rows}";

    public string Path => $"Kernels/Matmul/Tiles/{StructName}.Gpu.g.cs";

    public string Text
    {
        get
        {
            CodeWriter code = CodeWriter.StartFile();
            code.Line("using System.Runtime.CompilerServices;");
            code.Line("using ILGPU;");
            code.Line();
            code.Line("namespace KernelDiff.Kernels.Matmul;");
            code.Line();
            code.Line($"/// <summary>{rows} rows of columns.</summary>");
            code.Line($"internal struct {StructName}<TColumns> : ITile<{StructName}<TColumns>>");
            code.Line("    where TColumns : struct, IColumns<TColumns>");
            code.Open();
            code.Line("// The compiler does not see that rows change through their own methods.");
            code.Line("#pragma warning disable CS0649");
            for (int row = rows - 1; row >= 0; row--)
                code.Line($"private TColumns r{row};");
            code.Line("#pragma warning restore CS0649");
            code.Line();
            code.Line($"public static int Rows => {rows};");
            code.Line();
            code.Line("public static int Columns => TColumns.Width;");
            WriteMethod(
                code,
                "public void MultiplyAdd(ArrayView<float> left, int leftIndex, int leftStride, ArrayView<float> right, int rightIndex)",
                "TColumns columns = TColumns.Load(right, rightIndex);",
                row => $"r{row}.MultiplyAdd(left[leftIndex{Times(row, "leftStride")}], columns);");
            WriteMethod(
                code,
                "public readonly void Store(ArrayView<float> destination, int index, int stride)",
                null,
                row => $"r{row}.Store(destination, index{Times(row, "stride")});");
            code.Line();
            code.Line("/// <summary>As <see cref=\"Store\"/>, for stores that come before the loop that computes: see <see cref=\"IColumns{TSelf}.StoreVectors\"/>.</summary>");
            WriteMethod(
                code,
                "public readonly void StoreVectors(ArrayView<float> destination, long index, int stride)",
                null,
                row => $"r{row}.StoreVectors(destination, index{Times(row, "stride")});",
                isDocumented: true);
            code.Close();
            return code.ToString();
        }
    }

    private void WriteMethod(CodeWriter code, string signature, string? first, Func<int, string> statement, bool isDocumented = false)
    {
        if (!isDocumented)
            code.Line();
        code.Line("[MethodImpl(MethodImplOptions.AggressiveInlining)]");
        code.Open(signature);
        if (first is not null)
            code.Line(first);
        for (int row = 0; row < rows; row++)
            code.Line(statement(row));
        code.Close();
    }

    private static string Times(int row, string stride) => row switch
    {
        0 => "",
        1 => $" + {stride}",
        _ => $" + {row} * {stride}",
    };
}
