using System.Runtime.CompilerServices;
using ILGPU;

namespace KernelDiff.Kernels.Matmul;

/// <summary>
/// The steps of the inner dimension that a team adds up when several teams share a tile. All teams have as many rounds, whole slices of
/// <see cref="SliceProducts.Depth"/> steps; those of the last ones may find fewer steps, or none.
/// </summary>
internal struct TeamSteps
{
    /// <summary>Slices of every team.</summary>
    public int Rounds;

    /// <summary>The team's first step.</summary>
    public int First;

    /// <summary>The team's steps; not positive where it has none.</summary>
    public int Count;

    /// <param name="team">A team.</param>
    /// <param name="teams">How many there are.</param>
    /// <param name="steps">Steps of all of them.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TeamSteps Of(int team, int teams, int steps)
    {
        TeamSteps part = default;
        part.Rounds = (steps + (teams * SliceProducts.Depth) - 1) / (teams * SliceProducts.Depth);
        var length = part.Rounds * SliceProducts.Depth;
        part.First = team * length;
        var left = steps - part.First;
        part.Count = left < length ? left : length;
        return part;
    }

    /// <summary>Adds up what the teams have, in their order: a sum's bits follow from it.</summary>
    /// <param name="shared">Shared memory.</param>
    /// <param name="index">Index of the first team's part.</param>
    /// <param name="distance">Floats from one team's part to the next one's.</param>
    /// <param name="teams">How many there are.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float AddUp(ArrayView<float> shared, int index, int distance, int teams)
    {
        var sum = shared[index];
        for (var other = 1; other < teams; other++)
        {
            index += distance;
            sum += shared[index];
        }

        return sum;
    }
}
