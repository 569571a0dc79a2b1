using KernelDiff.Engine.Files;

namespace KernelDiff.Engine.Plans;

/// <summary>Where a plan is looked for.</summary>
public static class PlanSearch
{
    /// <summary>Names a plan file, or one of the words.</summary>
    public const string EnvironmentVariable = "KERNELDIFF_PLAN";

    /// <summary>The word for no plan: every choice is left to the rules of the registry.</summary>
    public const string None = "none";

    /// <summary>The word for the plan that comes with this version.</summary>
    public const string Shipped = "shipped";

    /// <summary>The plan that was named, else that of the environment variable, else the shipped one.</summary>
    /// <param name="named">A file, <see cref="None"/>, <see cref="Shipped"/>, or null.</param>
    /// <returns>Null for none.</returns>
    /// <exception cref="DataFileException">The file cannot be read or is no plan.</exception>
    public static PlanFile? Find(string? named) => (named ?? Environment.GetEnvironmentVariable(EnvironmentVariable)) switch
    {
        null or "" or Shipped => PlanFile.Shipped,
        None => null,
        var path => PlanFile.Read(path),
    };

    /// <summary>The plan that has a hash.</summary>
    /// <param name="named">A file, <see cref="None"/>, <see cref="Shipped"/>, or null to look in the places where one may be.</param>
    /// <param name="hash">Of the plan by which something was computed; null where there was none.</param>
    /// <returns>Null for none.</returns>
    /// <exception cref="DataFileException">A file cannot be read or is no plan.</exception>
    /// <exception cref="PlanMissingException">What was named, or everything that could be found, has another hash.</exception>
    public static PlanFile? FindByHash(string? named, string? hash)
    {
        if (named is not null)
        {
            var found = Find(named);
            return found is null || found.Hash == hash ? found : throw new PlanMissingException(
                hash is null
                    ? $"It was made without a plan, not by {found.Source} ({found.Hash[..12]}). Leave --plan out."
                    : $"It was made by the plan {Short(hash)}, and {found.Source} is the plan {found.Hash[..12]}.");
        }

        if (hash is null)
        {
            return null;
        }

        return Find(null) is { } usual && usual.Hash == hash
            ? usual
            : PlanFile.Shipped.Hash == hash ? PlanFile.Shipped : throw new PlanMissingException(
                $"It was made by the plan {Short(hash)}, which is neither what {EnvironmentVariable} names nor the plan that comes with this version "
                + $"({PlanFile.Shipped.Hash[..12]}). Name the file with --plan; `kerneldiff plan FILE` tells a plan's hash. --plan {None} goes without, "
                + "which may round otherwise.");
    }

    /// <summary>As many digits as a person compares; a hash from a file may be shorter.</summary>
    private static string Short(string hash) => PrintableText.Escape(hash[..Math.Min(12, hash.Length)]);
}

/// <summary>The plan by which something was computed is not there.</summary>
public sealed class PlanMissingException(string message) : Exception(message);
