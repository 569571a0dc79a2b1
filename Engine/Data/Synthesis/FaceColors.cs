using KernelDiff.Kernels.RandomNumbers;
using SkiaSharp;

namespace KernelDiff.Engine.Data.Synthesis;

/// <summary>The colours of a face and of what surrounds it.</summary>
internal sealed class FaceColors
{
    private const uint ColorStream = 3;

    private static readonly SKColor[] SkinTones =
    [
        new(236, 188, 150), new(222, 164, 122), new(198, 134, 92), new(160, 100, 66), new(120, 74, 50), new(92, 58, 42),
    ];

    private static readonly SKColor[] PaleTones = [new(255, 232, 218), new(252, 224, 210), new(255, 236, 226)];

    private static readonly SKColor[] IrisTones =
    [
        new(92, 56, 30), new(66, 40, 26), new(58, 110, 160), new(96, 140, 170), new(80, 120, 66), new(120, 110, 60),
    ];

    private static readonly SKColor[] LipstickTones = [new(196, 22, 52), new(160, 16, 60), new(222, 46, 96), new(184, 34, 34)];

    private static readonly SKColor[] MetalTones = [new(236, 190, 72), new(206, 212, 222), new(232, 150, 120)];

    public FaceColors(FaceTraits traits, ulong seed, long index)
    {
        var random = new Philox(seed, ColorStream, (ulong)index);
        var tone = random.NextSingle() * (SkinTones.Length - 1.001f);
        var pale = PaleTones[random.Next(PaleTones.Length)];
        Skin = traits.PaleSkin ? pale : Tone.Mix(SkinTones[(int)tone], SkinTones[(int)tone + 1], tone - (int)tone);
        var jitter = random.NextSingle();
        Hair = traits.HairColor switch
        {
            HairColor.Black => Tone.Mix(new SKColor(20, 18, 24), new SKColor(40, 32, 34), jitter),
            HairColor.Blond => Tone.Mix(new SKColor(226, 186, 98), new SKColor(244, 216, 142), jitter),
            HairColor.Brown => Tone.Mix(new SKColor(84, 50, 28), new SKColor(116, 74, 42), jitter),
            HairColor.Gray => Tone.Mix(new SKColor(148, 148, 152), new SKColor(196, 196, 200), jitter),
            _ => Tone.Mix(new SKColor(170, 62, 24), new SKColor(204, 90, 40), jitter),
        };
        Iris = IrisTones[random.Next(IrisTones.Length)];
        var lipstick = LipstickTones[random.Next(LipstickTones.Length)];
        Lips = traits.Lipstick ? lipstick : Tone.Mix(Tone.ShadedSkin(Skin, 0.22f), new SKColor(196, 104, 96), 0.3f);
        EyeShadow = Tone.Random(random, 0.35f, 0.6f, 0.35f, 0.5f);
        Cloth = Tone.Random(random, 0.15f, 0.65f, 0.25f, 0.65f);
        Tie = Tone.Random(random, 0.5f, 0.85f, 0.25f, 0.45f);
        Hat = Tone.Random(random, 0.2f, 0.7f, 0.25f, 0.6f);
        HatBand = Tone.Random(random, 0.3f, 0.7f, 0.3f, 0.7f);
        Metal = MetalTones[random.Next(MetalTones.Length)];
        Gem = Tone.Random(random, 0.6f, 0.9f, 0.4f, 0.6f);
        Frame = random.Next(3) == 0 ? Tone.Mix(Metal, SKColors.Black, 0.25f) : Tone.Random(random, 0, 0.6f, 0.1f, 0.25f);
        BackgroundTop = Tone.Random(random, 0.1f, 0.5f, 0.3f, 0.75f);
        BackgroundBottom = Tone.Mix(BackgroundTop, Tone.Random(random, 0.1f, 0.5f, 0.15f, 0.6f), 0.75f);
    }

    public SKColor Skin { get; }

    public SKColor Hair { get; }

    /// <summary>Brows and beards: as the hair, but never so light that they vanish on the skin.</summary>
    public SKColor FacialHair => Tone.Mix(Tone.Darker(Hair, 0.3f), Tone.ShadedSkin(Skin, 0.6f), 0.12f);

    public SKColor Iris { get; }

    public SKColor Lips { get; }

    public SKColor EyeShadow { get; }

    public SKColor Cloth { get; }

    public SKColor Tie { get; }

    public SKColor Hat { get; }

    public SKColor HatBand { get; }

    public SKColor Metal { get; }

    public SKColor Gem { get; }

    public SKColor Frame { get; }

    public SKColor BackgroundTop { get; }

    public SKColor BackgroundBottom { get; }
}
