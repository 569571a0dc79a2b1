namespace KernelDiff.Kernels.Generator;

/// <summary>A struct of consecutive floats for ILGPU kernels, one field per column.</summary>
public sealed class ColumnsFile(int width) : IGeneratedFile
{
    public static IReadOnlyList<ColumnsFile> All { get; } = [new(32), new(64)];

    private string StructName => $"Columns{width}";

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
            code.Line($"/// <summary>{width} columns.</summary>");
            code.Open($"internal struct {StructName} : IColumns<{StructName}>");
            code.Line("// In descending order: LLVM then joins accumulators in ascending order, that of the elements in memory.");
            for (int column = width - 1; column >= 0; column--)
                code.Line($"private float c{column};");
            code.Line();
            code.Line($"public static int Width => {width};");
            WriteMethod(code, $"public static {StructName} Load(ArrayView<float> source, int index)", "columns.c{0} = source[index + {0}];", isLoad: true);
            WriteMethod(code, "public readonly void Store(ArrayView<float> destination, int index)", "destination[index + {0}] = c{0};");
            WriteMethod(code, "public readonly void StoreVectors(ArrayView<float> destination, long index)", "destination[index + {0}] = c{0};");
            WriteMethod(code, $"public void MultiplyAdd(float factor, {StructName} other)", "c{0} += factor * other.c{0};");
            code.Close();
            return code.ToString();
        }
    }

    private void WriteMethod(CodeWriter code, string signature, string statement, bool isLoad = false)
    {
        code.Line();
        code.Line("[MethodImpl(MethodImplOptions.AggressiveInlining)]");
        code.Open(signature);
        if (isLoad)
            code.Line($"{StructName} columns = default;");
        for (int column = 0; column < width; column++)
            code.Line(statement.Replace("{0}", $"{column}", StringComparison.Ordinal));
        if (isLoad)
            code.Line("return columns;");
        code.Close();
    }
}
