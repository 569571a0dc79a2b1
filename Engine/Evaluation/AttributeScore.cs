using KernelDiff.Engine.Data;

namespace KernelDiff.Engine.Evaluation;

/// <summary>How well found attributes agree with given ones, over images. Attributes that either side leaves unspecified do not count.</summary>
public sealed class AttributeScore
{
    /// <summary>[attribute][given][found] images.</summary>
    private readonly int[,,] counts = new int[FaceAttributes.Count, 2, 2];

    /// <summary>Images added.</summary>
    public int Images { get; private set; }

    /// <summary>Part of all given attributes that were found.</summary>
    public double Accuracy
    {
        get
        {
            var (right, all) = (0, 0);
            for (var attribute = 0; attribute < FaceAttributes.Count; attribute++)
            {
                right += counts[attribute, 0, 0] + counts[attribute, 1, 1];
                all += Given(attribute, 0) + Given(attribute, 1);
            }

            return right / (double)all;
        }
    }

    /// <summary>The accuracy of always answering what is more frequent in these images, for each attribute.</summary>
    public double BaseRate
    {
        get
        {
            var (right, all) = (0, 0);
            for (var attribute = 0; attribute < FaceAttributes.Count; attribute++)
            {
                right += Math.Max(Given(attribute, 0), Given(attribute, 1));
                all += Given(attribute, 0) + Given(attribute, 1);
            }

            return right / (double)all;
        }
    }

    /// <summary>Attributes that occur with yes and with no: those that <see cref="BalancedAccuracy"/> is the mean of.</summary>
    public int BalancedAttributes => Balanced().Count();

    /// <summary>Mean over the attributes that occur with both states; guessing gives one half whatever their frequencies are.</summary>
    public double BalancedAccuracy => Balanced().DefaultIfEmpty(double.NaN).Average();

    /// <summary>Adds an image.</summary>
    /// <param name="given">40 states.</param>
    /// <param name="found">40 states.</param>
    public void Add(ReadOnlySpan<AttributeState> given, ReadOnlySpan<AttributeState> found)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(given.Length, FaceAttributes.Count);
        ArgumentOutOfRangeException.ThrowIfNotEqual(found.Length, FaceAttributes.Count);
        for (var attribute = 0; attribute < FaceAttributes.Count; attribute++)
        {
            if (given[attribute] != AttributeState.Unspecified && found[attribute] != AttributeState.Unspecified)
            {
                counts[attribute, (int)given[attribute], (int)found[attribute]]++;
            }
        }

        Images++;
    }

    /// <summary>Mean of the part of yes and the part of no that were found; null where the attribute does not occur with both.</summary>
    public double? BalancedAccuracyOf(int attribute) => Given(attribute, 0) == 0 || Given(attribute, 1) == 0
        ? null
        : ((counts[attribute, 0, 0] / (double)Given(attribute, 0)) + (counts[attribute, 1, 1] / (double)Given(attribute, 1))) / 2;

    /// <summary>Images that were given an attribute with a state.</summary>
    public int Given(int attribute, AttributeState state) => Given(attribute, (int)state);

    private int Given(int attribute, int state) => counts[attribute, state, 0] + counts[attribute, state, 1];

    private IEnumerable<double> Balanced() => Enumerable.Range(0, FaceAttributes.Count).Select(BalancedAccuracyOf).OfType<double>();
}
