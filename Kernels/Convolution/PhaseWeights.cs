using System.Runtime.CompilerServices;
using KernelDiff.Kernels.Cpu;
using KernelDiff.Kernels.Matmul;

namespace KernelDiff.Kernels.Convolution;

/// <summary>
/// The weights of a phase as the micro-kernels read them, block by block: where they lie, or packed, transposed and added up as the phase
/// asks for it.
/// </summary>
internal unsafe struct PhaseWeights<T>
    where T : unmanaged, ISimd<T>
{
    private readonly GatherConvolution convolution;
    private readonly GatherPhase phase;
    private readonly IndirectConvolutionPlan plan;
    private readonly float* weights;
    private readonly int firstPanel;
    private readonly int lastPanel;
    private readonly float* packed;
    private readonly float* addend;
    private readonly long panelLength;

    /// <param name="convolution">What is computed.</param>
    /// <param name="phase">A phase with taps.</param>
    /// <param name="plan">How it is cut.</param>
    /// <param name="weights">As the arguments hold them.</param>
    /// <param name="firstPanel">First panel of the item.</param>
    /// <param name="lastPanel">The panel behind the item's last one.</param>
    /// <param name="scratch">Holds the panels.</param>
    public PhaseWeights(
        GatherConvolution convolution, GatherPhase phase, in IndirectConvolutionPlan plan, float* weights, int firstPanel, int lastPanel, in WorkerScratch scratch)
    {
        this.convolution = convolution;
        this.phase = phase;
        this.plan = plan;
        this.weights = weights;
        this.firstPanel = firstPanel;
        this.lastPanel = lastPanel;
        var mostTaps = (phase.Taps + plan.TapBlocks - 1) / plan.TapBlocks;
        var mostChannels = (convolution.SourceChannels + plan.DepthBlocks - 1) / plan.DepthBlocks;
        var widest = 0;
        for (var panel = 0; panel < plan.Layout.Panels; panel++)
        {
            widest = Math.Max(widest, plan.Layout.Width(panel));
        }

        panelLength = (long)mostTaps * mostChannels * widest;
        packed = scratch.Take<float>(panelLength * (lastPanel - firstPanel));
        addend = phase.Vertical.KernelSpan * phase.Horizontal.KernelSpan > 1 ? scratch.Take<float>((long)mostChannels * widest) : null;
    }

    /// <summary>First tap of the block that was loaded last.</summary>
    public int FirstTap { get; private set; }

    public int Taps { get; private set; }

    /// <summary>First source channel of the block that was loaded last.</summary>
    public int FirstChannel { get; private set; }

    public int Channels { get; private set; }

    /// <summary>The loaded block of a panel.</summary>
    public readonly float* Panel(int panel) =>
        IsDirect(panel)
            ? weights + ((((long)FirstTap * convolution.SourceChannels) + FirstChannel) * convolution.TargetChannels) + plan.Layout.Column(panel)
            : packed + ((panel - firstPanel) * panelLength);

    /// <summary>Floats between the rows of a loaded panel.</summary>
    public readonly int Stride(int panel) => IsDirect(panel) ? convolution.TargetChannels : plan.Layout.Width(panel);

    /// <summary>Loads a block of taps or, where a tap is cut, of its channels.</summary>
    public void Load(int block)
    {
        var (tapBlock, depthBlock) = Math.DivRem(block, plan.DepthBlocks);
        FirstTap = Part(phase.Taps, tapBlock, plan.TapBlocks);
        Taps = Part(phase.Taps, tapBlock + 1, plan.TapBlocks) - FirstTap;
        FirstChannel = Part(convolution.SourceChannels, depthBlock, plan.DepthBlocks);
        Channels = Part(convolution.SourceChannels, depthBlock + 1, plan.DepthBlocks) - FirstChannel;
        for (var panel = firstPanel; panel < lastPanel; panel++)
        {
            if (IsDirect(panel))
            {
                continue;
            }

            var to = Panel(panel);
            for (var tap = FirstTap; tap < FirstTap + Taps; tap++, to += (long)Channels * plan.Layout.Width(panel))
            {
                PackTap(tap, panel, to);
            }
        }
    }

    private static int Part(int length, int index, int parts) => (int)((long)length * index / parts);

    /// <summary>Whether a panel is read where it lies; beyond the last channel there is nothing to read.</summary>
    private readonly bool IsDirect(int panel) => plan.ReadsWeightsInPlace && plan.Layout.ColumnsIn(panel) == plan.Layout.Width(panel);

    private readonly void PackTap(int tap, int panel, float* to)
    {
        var (tapY, tapX) = Math.DivRem(tap, phase.Horizontal.Taps);
        var (firstY, countY) = phase.Vertical.KernelRange(tapY);
        var (firstX, countX) = phase.Horizontal.KernelRange(tapX);
        for (var y = firstY; y < firstY + countY; y++)
        {
            for (var x = firstX; x < firstX + countX; x++)
            {
                var isFirst = y == firstY && x == firstX;
                PackElement((y * convolution.KernelWidth) + x, panel, isFirst ? to : addend);
                if (!isFirst)
                {
                    Add(addend, to, (long)Channels * plan.Layout.Width(panel));
                }
            }
        }
    }

    private readonly void PackElement(int element, int panel, float* to)
    {
        var (rows, columns) = (convolution.SourceChannels, convolution.TargetChannels);
        var from = weights + ((long)element * rows * columns);
        var column = plan.Layout.Column(panel);
        if (convolution.TransposedWeights)
        {
            PanelPacking.PackColumns<T>(
                from + ((long)column * rows) + FirstChannel, rows, Channels, plan.Layout.ColumnsIn(panel), to, plan.Layout.Width(panel));
        }
        else
        {
            PanelPacking.PackRows<T>(
                from + ((long)FirstChannel * columns) + column, columns, Channels, plan.Layout.ColumnsIn(panel), to, plan.Layout.Width(panel));
        }
    }

    [MethodImpl(HotLoop.Options)]
    private static void Add(float* addend, float* to, long length)
    {
        for (long i = 0; i < length; i += T.Width)
        {
            T.Store(T.Load(to + i) + T.Load(addend + i), to + i);
        }
    }
}
