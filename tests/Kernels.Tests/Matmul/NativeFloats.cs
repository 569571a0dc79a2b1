using System.Runtime.InteropServices;

namespace KernelDiff.Kernels.Tests.Matmul;

/// <summary>Native memory with random values in it, and canaries behind its end.</summary>
internal sealed unsafe class NativeFloats : IDisposable
{
    private const int Canaries = 64;
    private const float Canary = -98765.4321f;

    private readonly int length;

    public NativeFloats(int length, int seed)
    {
        this.length = length;
        Pointer = (float*)NativeMemory.AlignedAlloc((nuint)((length + Canaries) * sizeof(float)), 64);
        var random = new Random(seed);
        for (var i = 0; i < length; i++)
        {
            Pointer[i] = random.NextSingle() - 0.5f;
        }

        new Span<float>(Pointer + length, Canaries).Fill(Canary);
    }

    public float* Pointer { get; }

    public Span<float> Span => new(Pointer, length);

    public void Dispose()
    {
        var intact = new Span<float>(Pointer + length, Canaries).IndexOfAnyExcept(Canary) < 0;
        NativeMemory.AlignedFree(Pointer);
        Assert.That(intact, Is.True, "Something wrote behind the end of a matrix.");
    }
}
