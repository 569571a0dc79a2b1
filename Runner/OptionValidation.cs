using System.CommandLine;

namespace KernelDiff.Runner;

/// <summary>Checks that options of several commands share.</summary>
internal static class OptionValidation
{
    /// <summary>Refuses numbers below 1 as a usage error.</summary>
    public static void RequirePositive(Option<int> option) => option.Validators.Add(result =>
    {
        if (result.Tokens.Count > 0 && result.GetValueOrDefault<int>() < 1)
        {
            result.AddError($"{option.Name} takes a number from 1 on.");
        }
    });
}
