namespace KernelDiff.Kernels.Convolution;

/// <summary>Six elements of a line of a tile, in registers.</summary>
internal struct Line6
{
    public float E0;
    public float E1;
    public float E2;
    public float E3;
    public float E4;
    public float E5;
}

/// <summary>Four elements of a line of a tile, in registers.</summary>
internal struct Line4
{
    public float E0;
    public float E1;
    public float E2;
    public float E3;
}

/// <summary>Three elements of a line of a kernel, in registers.</summary>
internal struct Line3
{
    public float E0;
    public float E1;
    public float E2;
}

/// <summary>Two elements of a line of a tile, in registers.</summary>
internal struct Line2
{
    public float E0;
    public float E1;
}
