using KernelDiff.Engine.Files;

namespace KernelDiff.Engine.Tests.Files;

/// <summary>What holds for every file whatsoever: it is read, or refused by the one documented exception, within 200 MB.</summary>
internal static class ReadingLimits
{
    /// <summary>Opens a file and reads all its tensors. Returns the refusal, or null where it could be read.</summary>
    public static WeightFileException? TryRead(string path)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        WeightFileException? refusal = null;
        try
        {
            using var file = WeightFile.Open(path);
            foreach (WeightTensor tensor in file.Tensors)
            {
                // The elements are the caller's memory; a description may claim at most sixteen times what the file holds.
                Assert.That(tensor.ByteSize, Is.LessThanOrEqualTo((16 * file.Length) + (1 << 20)), path);
                file.ReadBytes(tensor, new byte[tensor.ByteSize]);
                file.ReadSingle(tensor);
            }
        }
        catch (WeightFileException exception)
        {
            Assert.That(exception.Message, Does.StartWith(path).And.EndsWith("."));
            Assert.That(exception.Message, Has.Length.LessThan(2000));
            refusal = exception;
        }

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(200_000_000), path);
        return refusal;
    }
}
