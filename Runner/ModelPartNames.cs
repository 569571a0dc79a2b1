using System.CommandLine.Parsing;
using KernelDiff.Engine.Configuration;

namespace KernelDiff.Runner;

/// <summary>How the command line names the parts of a model.</summary>
internal static class ModelPartNames
{
    /// <summary>In the order of <see cref="ModelPart"/>.</summary>
    public static IReadOnlyList<string> All { get; } = ["unet", "encoder", "decoder"];

    public static string Of(ModelPart part) => All[(int)part];

    /// <summary>Reads a part's name; anything else is a usage error.</summary>
    public static ModelPart Parse(ArgumentResult result) => Parse(result.Tokens.Single().Value, result);

    /// <summary>Reads one of several names; anything else is a usage error of the result.</summary>
    public static ModelPart Parse(string name, ArgumentResult result)
    {
        for (var i = 0; i < All.Count; i++)
        {
            if (All[i] == name)
            {
                return (ModelPart)i;
            }
        }

        var nearest = NearestMatch.Find(name, All);
        result.AddError(
            $"There is no part '{name}' of a model, only {string.Join(", ", All)}.{(nearest is null ? "" : $" Did you mean '{nearest}'?")}");
        return default;
    }
}
