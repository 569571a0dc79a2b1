namespace KernelDiff.Kernels.Resampling;

/// <summary>
/// Which input pixels make an output pixel. Along each axis of <c>n</c> input and <c>m</c> output pixels, output i covers the input
/// interval [i · n/m, (i + 1) · n/m) with centre (i + 1/2) · n/m; the corners of both images coincide.
/// </summary>
public enum ResizeMode
{
    /// <summary>The input pixel at the beginning of the interval, floor(i · n/m): PyTorch's <c>nearest</c>.</summary>
    Nearest,

    /// <summary>The input pixel at the centre of the interval, floor((i + 1/2) · n/m): PyTorch's <c>nearest-exact</c>.</summary>
    NearestCenter,

    /// <summary>The two input pixels nearest to the centre, by distance; beyond the border the border repeats.</summary>
    Bilinear,

    /// <summary>
    /// As <see cref="Bilinear"/>, but when shrinking the triangle is widened to n/m pixels on either side and its weights are
    /// normalised: PyTorch's <c>antialias</c>, Pillow's <c>BILINEAR</c>.
    /// </summary>
    BilinearAntialiased,

    /// <summary>The mean of all input pixels that the interval overlaps: adaptive average pooling.</summary>
    Area,
}
