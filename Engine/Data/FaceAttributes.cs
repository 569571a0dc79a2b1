namespace KernelDiff.Engine.Data;

/// <summary>The 40 attributes of CelebA, in the order of its files.</summary>
public static class FaceAttributes
{
    /// <summary>Number of attributes.</summary>
    public const int Count = 40;

    /// <summary>Names by index.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        "5_o_Clock_Shadow", "Arched_Eyebrows", "Attractive", "Bags_Under_Eyes", "Bald", "Bangs", "Big_Lips", "Big_Nose", "Black_Hair",
        "Blond_Hair", "Blurry", "Brown_Hair", "Bushy_Eyebrows", "Chubby", "Double_Chin", "Eyeglasses", "Goatee", "Gray_Hair",
        "Heavy_Makeup", "High_Cheekbones", "Male", "Mouth_Slightly_Open", "Mustache", "Narrow_Eyes", "No_Beard", "Oval_Face",
        "Pale_Skin", "Pointy_Nose", "Receding_Hairline", "Rosy_Cheeks", "Sideburns", "Smiling", "Straight_Hair", "Wavy_Hair",
        "Wearing_Earrings", "Wearing_Hat", "Wearing_Lipstick", "Wearing_Necklace", "Wearing_Necktie", "Young",
    ];

    /// <summary>
    /// The index of an attribute, ignoring case, with spaces or hyphens for underscores; -1 where there is none of this name.
    /// </summary>
    public static int IndexOf(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var normal = name.Trim().Replace(' ', '_').Replace('-', '_');
        for (var i = 0; i < Count; i++)
        {
            if (string.Equals(Names[i], normal, StringComparison.OrdinalIgnoreCase))
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>
    /// Reads a list such as <c>Smiling, -Male, !Eyeglasses, not Wearing Hat</c>: names separated by commas or semicolons, a leading
    /// <c>-</c>, <c>!</c> or <c>not</c> for no. What is not named stays unspecified.
    /// </summary>
    /// <returns>The states of the 40 attributes.</returns>
    /// <exception cref="UnknownAttributeException">A name is none of the 40.</exception>
    /// <exception cref="FormatException">An attribute is named twice with different states.</exception>
    public static AttributeState[] Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var states = new AttributeState[Count];
        Array.Fill(states, AttributeState.Unspecified);
        foreach (var word in text.Split([',', ';'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var (name, state) = SplitNegation(word);
            var index = IndexOf(name);
            if (index < 0)
            {
                throw new UnknownAttributeException(name);
            }

            if (states[index] != AttributeState.Unspecified && states[index] != state)
            {
                throw new FormatException($"The attribute {Names[index]} is asked for both with yes and with no.");
            }

            states[index] = state;
        }

        return states;
    }

    /// <summary>
    /// The list that <see cref="Parse"/> reads back: names of the specified attributes, a minus before those that are no.
    /// </summary>
    public static string Format(ReadOnlySpan<AttributeState> states)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(states.Length, Count);
        var words = new List<string>();
        for (var i = 0; i < Count; i++)
        {
            if (states[i] != AttributeState.Unspecified)
            {
                words.Add(states[i] == AttributeState.Yes ? Names[i] : "-" + Names[i]);
            }
        }

        return string.Join(",", words);
    }

    private static (string Name, AttributeState State) SplitNegation(string word)
    {
        var name = word.TrimStart('-', '!').TrimStart();
        if (name.Length < word.Length)
        {
            return (name, AttributeState.No);
        }

        return word.StartsWith("not ", StringComparison.OrdinalIgnoreCase)
            ? (word[4..].TrimStart(), AttributeState.No)
            : (word.TrimStart('+'), AttributeState.Yes);
    }
}
