using System.Runtime.CompilerServices;

namespace KernelDiff.Kernels.Reduction;

/// <summary>Which elements a thread of a <see cref="ReductionLayout"/> reduces.</summary>
internal struct ReductionPlace
{
    /// <summary>0 in the thread that writes the result.</summary>
    public int Slice;

    /// <summary>First element of the part along the reduced axis.</summary>
    public int First;

    /// <summary>Elements of the part along the reduced axis; -1 for a thread beyond the outer or the inner size.</summary>
    public int Rows;

    /// <summary>Index of the part's first element of the thread's column.</summary>
    public int Input;

    /// <summary>Index of the part's result.</summary>
    public int Output;

    /// <summary>Outer index of the thread.</summary>
    public int Outer;

    /// <summary>Inner index of the thread.</summary>
    public int Column;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ReductionPlace Of(ReductionLayout layout, int group, int thread)
    {
        var rest = group / layout.Tiles;
        var tile = group - (rest * layout.Tiles);
        var block = rest / layout.Parts;
        var part = rest - (block * layout.Parts);
        var row = thread / layout.Columns;
        var column = (tile * layout.Columns) + thread - (row * layout.Columns);
        var outerInGroup = row / layout.Slices;
        var outer = (block * layout.Outers) + outerInGroup;

        var place = default(ReductionPlace);
        place.Slice = row - (outerInGroup * layout.Slices);
        place.First = part * layout.PartRows;
        var rows = layout.Reduced - place.First;
        rows = rows < layout.PartRows ? rows : layout.PartRows;
        place.Rows = column < layout.Inner && outer < layout.Outer ? rows : -1;
        place.Outer = outer;
        place.Column = column;
        place.Input = (((outer * layout.Reduced) + place.First) * layout.Inner) + column;
        place.Output = (((outer * layout.Parts) + part) * layout.Inner) + column;
        return place;
    }
}
