namespace KernelDiff.Engine.Data;

/// <summary>
/// The 19 classes of CelebAMask-HQ's masks, in the order of its script face_parsing/Data_preprocessing/g_mask.py. Left and right are
/// the person's own: l_eye lies on the right-hand side of the picture.
/// </summary>
public static class FaceClasses
{
    public const byte Background = 0;
    public const byte Skin = 1;
    public const byte Nose = 2;
    public const byte Eyeglasses = 3;
    public const byte LeftEye = 4;
    public const byte RightEye = 5;
    public const byte LeftBrow = 6;
    public const byte RightBrow = 7;
    public const byte LeftEar = 8;
    public const byte RightEar = 9;
    public const byte Mouth = 10;
    public const byte UpperLip = 11;
    public const byte LowerLip = 12;
    public const byte Hair = 13;
    public const byte Hat = 14;
    public const byte Earring = 15;
    public const byte Necklace = 16;
    public const byte Neck = 17;
    public const byte Cloth = 18;

    /// <summary>Number of classes.</summary>
    public const int Count = 19;

    /// <summary>Names as the files of the parts bear them, by class.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        "background", "skin", "nose", "eye_g", "l_eye", "r_eye", "l_brow", "r_brow", "l_ear", "r_ear", "mouth", "u_lip", "l_lip",
        "hair", "hat", "ear_r", "neck_l", "neck", "cloth",
    ];

    /// <summary>Red, green and blue by class, from the data set's script g_color.py.</summary>
    public static IReadOnlyList<(byte Red, byte Green, byte Blue)> Palette { get; } =
    [
        (0, 0, 0), (204, 0, 0), (76, 153, 0), (204, 204, 0), (51, 51, 255), (204, 0, 204), (0, 255, 255), (255, 204, 204), (102, 51, 0),
        (255, 0, 0), (102, 204, 0), (255, 255, 0), (0, 0, 153), (0, 0, 204), (255, 51, 153), (0, 204, 204), (0, 51, 0), (255, 153, 51),
        (0, 204, 0),
    ];

    /// <summary>
    /// The class of a colour, or null where no class has it. The right eyebrow has a second colour in the data set's script utils.py.
    /// </summary>
    public static byte? FromColor(byte red, byte green, byte blue)
    {
        for (byte i = 0; i < Count; i++)
        {
            if (Palette[i] == (red, green, blue))
            {
                return i;
            }
        }

        return (red, green, blue) == (51, 255, 255) ? RightBrow : null;
    }

    /// <summary>The class that a region has in the mirror image: left and right change places.</summary>
    public static byte Mirrored(byte label) => label switch
    {
        LeftEye => RightEye,
        RightEye => LeftEye,
        LeftBrow => RightBrow,
        RightBrow => LeftBrow,
        LeftEar => RightEar,
        RightEar => LeftEar,
        _ => label,
    };
}
