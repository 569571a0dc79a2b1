namespace KernelDiff.Kernels;

/// <summary>The zones of <see cref="MemoryMode.Guarded"/> before and after a buffer, filled with a pattern that no kernel would write.</summary>
internal static class GuardZone
{
    /// <summary>Bytes on each side: wider than any vector store, and a multiple of every alignment that kernels rely on.</summary>
    public const int Bytes = 512;

    private const byte Pattern = 0xA5;

    /// <summary>Fills the zones with the pattern and the usable bytes with ones, which read as NaN and as -1.</summary>
    public static void Fill(DeviceBuffer buffer)
    {
        var content = new byte[buffer.ByteLength];
        content.AsSpan().Fill(Pattern);
        content.AsSpan(Bytes, content.Length - (2 * Bytes)).Fill(0xFF);
        buffer.CopyFromHost(content, 0);
    }

    /// <exception cref="GuardZoneException">A byte of either zone, or of the rounding after the last element, has changed.</exception>
    public static void Verify(DeviceBuffer buffer)
    {
        if (buffer.GuardBytes == 0)
        {
            return;
        }

        var content = new byte[buffer.ByteLength];
        buffer.CopyToHost(content, 0);
        var before = content.AsSpan(0, Bytes).IndexOfAnyExcept(Pattern);
        if (before >= 0)
        {
            throw new GuardZoneException(
                $"A kernel on '{buffer.Device.Name}' wrote {Bytes - before} bytes before the start of a buffer of {buffer.RentedBytes} bytes.");
        }

        var rounding = content.AsSpan(Bytes + (int)buffer.RentedBytes, (int)(buffer.ByteLength - (2 * Bytes) - buffer.RentedBytes));
        var afterEnd = rounding.IndexOfAnyExcept((byte)0xFF);
        if (afterEnd < 0)
        {
            var inZone = content.AsSpan(content.Length - Bytes).IndexOfAnyExcept(Pattern);
            afterEnd = inZone < 0 ? -1 : rounding.Length + inZone;
        }

        if (afterEnd >= 0)
        {
            throw new GuardZoneException(
                $"A kernel on '{buffer.Device.Name}' wrote {afterEnd} bytes past the end of a buffer of {buffer.RentedBytes} bytes.");
        }
    }
}
