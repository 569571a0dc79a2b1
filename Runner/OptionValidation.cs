using System.CommandLine;
using System.Globalization;

namespace KernelDiff.Runner;

/// <summary>Checks that options of several commands share.</summary>
internal static class OptionValidation
{
    /// <summary>Refuses numbers below 1 as a usage error.</summary>
    public static void RequirePositive(Option option) => Require(option, number => number >= 1, "a number from 1 on");

    /// <summary>Refuses numbers outside of a range as a usage error.</summary>
    public static void RequireRange(Option option, int lowest, int highest) =>
        Require(option, number => number >= lowest && number <= highest, $"a number from {lowest} to {highest}");

    /// <summary>Refuses numbers that are not accepted as a usage error.</summary>
    /// <param name="option">An option for one number.</param>
    /// <param name="accepts">Whether a number is good.</param>
    /// <param name="demand">What the option takes, as an object of that verb.</param>
    public static void Require(Option option, Func<double, bool> accepts, string demand) => option.Validators.Add(result =>
    {
        // A word that is no number is refused by the parser, which throws when it is asked for the value of such a word.
        if (result.Tokens is [.., var token]
            && double.TryParse(token.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            && !accepts(number))
        {
            result.AddError($"{option.Name} takes {demand}.");
        }
    });
}
