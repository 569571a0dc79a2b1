namespace KernelDiff.Engine.Files;

/// <summary>Where the elements of a tensor lie in a file. Whoever makes one has checked that every element lies inside the file.</summary>
/// <param name="File">The file.</param>
/// <param name="Offset">Byte offset of the tensor's first element.</param>
/// <param name="Strides">
/// Distance between neighbours along each dimension, in elements, or null where the elements lie in row-major order without gaps.
/// No two elements share a place.
/// </param>
/// <param name="IsBigEndian">Whether elements are stored most significant byte first.</param>
internal sealed record ElementRegion(RandomAccessFile File, long Offset, long[]? Strides = null, bool IsBigEndian = false);
