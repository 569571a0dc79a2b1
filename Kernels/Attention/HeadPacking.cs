using KernelDiff.Kernels.Cpu;
using KernelDiff.Kernels.Matmul;

namespace KernelDiff.Kernels.Attention;

/// <summary>Packs tokens of one head as panels.</summary>
internal static unsafe class HeadPacking<T>
    where T : unmanaged, ISimd<T>
{
    /// <summary>Tokens become columns: the panels of the transpose, <paramref name="width"/> rows deep.</summary>
    public static void Columns(float* tokens, long stride, int width, PanelLayout columns, float* packed)
    {
        for (var panel = 0; panel < columns.Panels; panel++)
        {
            PanelPacking.PackColumns<T>(
                tokens + (columns.Column(panel) * stride),
                stride,
                width,
                columns.ColumnsIn(panel),
                packed + columns.PackedOffset(panel, width),
                columns.Width(panel));
        }
    }

    /// <summary>Tokens become rows, their channels the columns of the panels.</summary>
    public static void Rows(float* tokens, long stride, int count, PanelLayout channels, float* packed)
    {
        for (var panel = 0; panel < channels.Panels; panel++)
        {
            PanelPacking.PackRows<T>(
                tokens + channels.Column(panel),
                stride,
                count,
                channels.ColumnsIn(panel),
                packed + channels.PackedOffset(panel, count),
                channels.Width(panel));
        }
    }
}
