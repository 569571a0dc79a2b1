using KernelDiff.Kernels.RandomNumbers;

namespace KernelDiff.Engine.Data.Synthesis;

internal enum HairColor
{
    Red,
    Black,
    Blond,
    Brown,
    Gray,
}

internal enum HairCut
{
    Full,
    Bald,
    Receding,
    Bangs,
}

internal enum HairTexture
{
    Smooth,
    Straight,
    Wavy,
}

internal enum Beard
{
    None,
    Stubble,
    Goatee,
}

/// <summary>
/// What is to be drawn: everything that an attribute names, each drawn independently of the others but for those that exclude one another
/// (the hair colours; bald, receding hairline and bangs; straight and wavy; stubble and goatee), and everything that none names.
/// </summary>
internal sealed class FaceTraits
{
    private const uint TraitStream = 1;

    /// <param name="seed">The seed of the data set.</param>
    /// <param name="index">Which face of it.</param>
    public FaceTraits(ulong seed, long index)
    {
        var random = new Philox(seed, TraitStream, (ulong)index);
        HairColor = (HairColor)random.Next(5);
        HairCut = Choose(random, 0.5f, 0.1f, 0.15f, 0.25f) switch { 0 => HairCut.Full, 1 => HairCut.Bald, 2 => HairCut.Receding, _ => HairCut.Bangs };
        Texture = (HairTexture)random.Next(3);
        Beard = Choose(random, 0.7f, 0.15f, 0.15f) switch { 0 => Beard.None, 1 => Beard.Stubble, _ => Beard.Goatee };
        Male = Chance(random, 0.5f);
        Young = Chance(random, 0.6f);
        PaleSkin = Chance(random, 0.3f);
        Smiling = Chance(random, 0.5f);
        MouthOpen = Chance(random, 0.4f);
        Mustache = Chance(random, 0.15f);
        Sideburns = Chance(random, 0.15f);
        Lipstick = Chance(random, 0.35f);
        HeavyMakeup = Chance(random, 0.25f);
        RosyCheeks = Chance(random, 0.25f);
        HighCheekbones = Chance(random, 0.3f);
        BagsUnderEyes = Chance(random, 0.2f);
        Eyeglasses = Chance(random, 0.25f);
        Hat = Chance(random, 0.2f);
        Earrings = Chance(random, 0.3f);
        Necklace = Chance(random, 0.25f);
        Necktie = Chance(random, 0.2f);
        BigNose = Chance(random, 0.3f);
        PointyNose = Chance(random, 0.3f);
        BigLips = Chance(random, 0.3f);
        BushyEyebrows = Chance(random, 0.3f);
        ArchedEyebrows = Chance(random, 0.4f);
        NarrowEyes = Chance(random, 0.25f);
        Chubby = Chance(random, 0.2f);
        DoubleChin = Chance(random, 0.15f);
        OvalFace = Chance(random, 0.35f);

        // Long hair and a painted lash line are no attributes; they make the two outlines easier to tell apart.
        LongHair = Chance(random, Male ? 0.12f : 0.85f);
    }

    public HairColor HairColor { get; }

    public HairCut HairCut { get; }

    public HairTexture Texture { get; }

    public Beard Beard { get; }

    public bool Male { get; }

    public bool Young { get; }

    public bool PaleSkin { get; }

    public bool Smiling { get; }

    public bool MouthOpen { get; }

    public bool Mustache { get; }

    public bool Sideburns { get; }

    public bool Lipstick { get; }

    public bool HeavyMakeup { get; }

    public bool RosyCheeks { get; }

    public bool HighCheekbones { get; }

    public bool BagsUnderEyes { get; }

    public bool Eyeglasses { get; }

    public bool Hat { get; }

    public bool Earrings { get; }

    public bool Necklace { get; }

    public bool Necktie { get; }

    public bool BigNose { get; }

    public bool PointyNose { get; }

    public bool BigLips { get; }

    public bool BushyEyebrows { get; }

    public bool ArchedEyebrows { get; }

    public bool NarrowEyes { get; }

    public bool Chubby { get; }

    public bool DoubleChin { get; }

    public bool OvalFace { get; }

    public bool LongHair { get; }

    /// <summary>The 40 attributes. Attractive and Blurry are never drawn and always no.</summary>
    public bool[] Attributes() =>
    [
        Beard == Beard.Stubble, ArchedEyebrows, false, BagsUnderEyes, HairCut == HairCut.Bald, HairCut == HairCut.Bangs, BigLips, BigNose,
        HairColor == HairColor.Black, HairColor == HairColor.Blond, false, HairColor == HairColor.Brown, BushyEyebrows, Chubby, DoubleChin,
        Eyeglasses, Beard == Beard.Goatee, HairColor == HairColor.Gray, HeavyMakeup, HighCheekbones, Male, MouthOpen, Mustache, NarrowEyes,
        Beard == Beard.None && !Mustache, OvalFace, PaleSkin, PointyNose, HairCut == HairCut.Receding, RosyCheeks, Sideburns, Smiling,
        Texture == HairTexture.Straight, Texture == HairTexture.Wavy, Earrings, Hat, Lipstick, Necklace, Necktie, Young,
    ];

    private static bool Chance(Philox random, float probability) => random.NextSingle() < probability;

    /// <summary>An index, each with its probability; the last one takes what is left.</summary>
    private static int Choose(Philox random, params ReadOnlySpan<float> probabilities)
    {
        var draw = random.NextSingle();
        for (var i = 0; i < probabilities.Length - 1; i++)
        {
            draw -= probabilities[i];
            if (draw < 0)
            {
                return i;
            }
        }

        return probabilities.Length - 1;
    }
}
